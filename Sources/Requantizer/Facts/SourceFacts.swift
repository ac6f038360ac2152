internal import HardwareProfile
internal import NetworkModel

/// What is known before anything is chosen: the source, the machine, the types, and what the samples showed.
///
/// Every later stage reads it and none changes it.
struct SourceFacts: Sendable {
  /// The source and the machine.
  let deployment: Deployment
  /// What is done.
  var options: RequantizationOptions
  /// The source with a type of the machine for each tensor; its scales are provisional.
  let formats: AdoptedFormats
  /// What the calibration samples showed; `nil` without calibration.
  var statistics: SourceStatistics?
  /// How much the noise of each activation matters at the outputs.
  var sensitivities = Sensitivities()

  init(_ deployment: Deployment, _ options: RequantizationOptions) throws(RequantizationError) {
    self.deployment = deployment
    self.options = options
    formats = try AdoptedFormats(deployment)
  }

  /// The network as it was read.
  var source: Network { deployment.source }

  /// The network in the machine's types, with the source's weights and provisional scales.
  var target: Network { formats.network }

  /// The activations that live on the device, whose formats and scales the profile rules.
  var deviceTensors: Set<Int> { formats.deviceTensors }

  /// The machine.
  var profile: HardwareProfile { deployment.profile }

  /// Whether the device runs an operator; see ``Deployment``.
  func isDeviceOperator(_ node: Node) -> Bool { deployment.isDeviceOperator(node) }

  /// The arithmetic of whoever runs an operator; see ``Deployment``.
  func machine(of node: Node) -> HardwareProfile { deployment.machine(of: node) }

  /// The same facts where a part of the method is left out.
  func skipping(_ step: RequantizationStep) -> SourceFacts {
    var result = self
    result.options.skipped.insert(step)
    return result
  }
}
