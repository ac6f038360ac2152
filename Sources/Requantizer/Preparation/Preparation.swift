internal import HardwareProfile
internal import NetworkModel

/// What is put between a network's operators before formats are chosen, so that the machine can do what the source does.
///
/// No added operator changes an integer of the source.
package struct Preparation: Codable, Hashable, Sendable {
  /// Whether padded windows get an operator that pads before them.
  package var padsExplicitly: Bool
  /// Means that become pools although their own format cuts, so that a QUANTIZE to it stays; tensors of the file.
  package var cutMeans: [Int] = []
  /// Operators that cut where no clamp of the machine does, round by round: each round counts what those before have added.
  package var addedClamps: [[AddedClamp]] = []

  /// The network with everything that is stated here.
  ///
  /// - Parameters:
  ///   - network: The network as it was read.
  ///   - profile: The machine.
  /// - Returns: The network, each operator with its place in the file.
  /// - Throws: ``RequantizationError`` where operators cannot be added as stated.
  func applied(to network: Network, for profile: HardwareProfile) throws(RequantizationError) -> Network {
    var result = network.notingOrigins().poolingMeans(for: profile, cut: Set(cutMeans)).statingClamps(for: profile)
      .withDeviceEntrances(for: profile)
    if padsExplicitly { result = result.withExplicitPadding(for: profile) }
    result = result.notingAddedOperators()
    for round in addedClamps { result = try result.adding(round).notingAddedOperators() }
    return result
  }
}
