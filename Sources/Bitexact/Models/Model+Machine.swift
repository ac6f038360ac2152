internal import HardwareProfile
internal import NetworkModel
internal import Simulation
internal import Workflows

extension Model {
  /// The model on a machine: the given one, or else its own.
  func on(_ profile: Profile?) throws(BitexactError) -> LoadedModel {
    guard let profile else { return loaded }
    return try BitexactError.rethrowing(BitexactError.model) { try loaded.on(profile.hardware) }
  }
}

extension LoadedModel {
  /// What the machine does when it runs the model, with every reason where it cannot.
  func lowered() throws(BitexactError) -> Program {
    do throws(LoweringError) {
      return try Program.lower(network, for: profile)
    } catch {
      throw .conformance(error.faults.map { "\(fileName) does not fit the profile \(profile.name): \($0)" })
    }
  }

  /// Refuses to conclude anything from inputs whose sizes are open.
  func requireKnownSizes() throws(BitexactError) {
    try BitexactError.rethrowing(BitexactError.model) { try requireSizes() }
  }
}

extension Shape {
  /// The extents of one sample in an array: a leading 1 is the array's own axis.
  var sampleExtents: [Int] { extents.first == 1 ? Array(extents.dropFirst()) : extents }
}
