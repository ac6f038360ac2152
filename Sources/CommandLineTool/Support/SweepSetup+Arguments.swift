internal import Digest
internal import Exploration
internal import HardwareProfile
internal import NetworkModel
internal import Requantizer
internal import TFLite
internal import Verification
internal import Workflows

extension SweepSetup {
  /// What the command line says.
  init(_ arguments: Arguments, _ points: [SweepPoint]) throws {
    let model = try LoadedModel(arguments.positionals[0], ModelSelection(arguments))
    var options = RequantizationOptions()
    if let effort = try arguments.choice("--effort", RequantizationOptions.Effort.self) { options.effort = effort }
    try self.init(
      model, base: arguments.text("--profile").map { try Profiles.resolve($0) }, points,
      input: .file(arguments.requiredText("--inputs")),
      calibration: arguments.text("--calibrate").map { (.file($0), Subset()) }, options, arguments.readers(),
      Notices(arguments))
  }

  /// What is explored, in a line: whatever changes a result changes it.
  func identity(_ subset: Subset, _ arguments: Arguments) throws -> String {
    let labels = arguments.text("--labels")
    let readers = Option.readers.map(\.name).filter(arguments.isSet).joined()
    let files = try [input.name, calibration.source.name, labels].compactMap(\.self)
      .map { SHA256.hash(of: try InputFile.bytes($0)).hex }
    let parts = [
      "sweep 3", Tool.version, model.digest(), SHA256.hash(of: Array(base.canonicalJSON().utf8)).hex,
      "\(subset)", "\(calibration.samples)", options.effort.rawValue, readers,
    ]
    // Another graph of the file, or other sizes of its inputs, are another model.
    var choice: [String] = []
    if let graph = model.graph, graph.subgraph != 0 { choice.append("subgraph \(graph.subgraph)") }
    if model.network.hasFreeSizes {
      choice.append("inputs \(model.network.inputs.map { model.network.tensors[$0].shape.extents })")
    }
    return SHA256.hash(of: Array((parts + files + choice).joined(separator: "\n").utf8)).hex
  }
}
