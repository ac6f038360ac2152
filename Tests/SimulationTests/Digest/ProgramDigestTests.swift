import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// A digest names what is computed: equal for equal programs, another one for any changed bit.
@Suite struct ProgramDigestTests {
  static func digest(_ network: Network, _ profile: HardwareProfile) throws -> String {
    try Program.lower(network, for: profile).digest()
  }

  static func profile() throws -> HardwareProfile { try ConformanceTests.profile() }

  @Test func aTinyProgramKeepsItsDigest() throws {
    // Frozen: certificates that were written name this number. It changes only with the serialization's version.
    let digest = try Self.digest(ConformanceTests.network(), Self.profile())
    #expect(digest == "65c714a5cdc9b48f03932b1bba406b90d42f6384f45434446c01d96d92870106")
  }

  @Test func namesDoNotCount() throws {
    var network = ConformanceTests.network()
    for index in network.tensors.indices { network.tensors[index].name = "other" }
    network.name = "other"
    var profile = try Self.profile()
    profile.name = "other"
    #expect(try Self.digest(network, profile) == Self.digest(ConformanceTests.network(), Self.profile()))
  }

  @Test func everythingThatDecidesABitCounts() throws {
    var digests = [try Self.digest(ConformanceTests.network(), Self.profile())]
    digests.append(try Self.digest(ConformanceTests.network(weight: 6), Self.profile()))
    digests.append(try Self.digest(ConformanceTests.network(bias: 1), Self.profile()))
    digests.append(try Self.digest(ConformanceTests.network(weights: .init(scale: 0.5)), Self.profile()))
    digests.append(try Self.digest(ConformanceTests.network(activation: .relu), Self.profile()))
    digests.append(try Self.digest(ConformanceTests.network(stride: 2), Self.profile()))
    let network = ConformanceTests.network(weights: .init(scale: 0.25))
    digests.append(try Self.digest(network, Self.profile()))
    let changes: [(inout HardwareProfile) -> Void] = [
      { $0.requantize = [.shift(rounding: .floor, minimum: 0, maximum: 31)] },
      { $0.accumulator.bits = 24 }, { $0.accumulator.overflow = .wrap }, { $0.accumulator.check = .end },
      {
        $0.accumulator.check = .group
        $0.accumulator.groupSize = 4
      }, { $0.accumulator.order = .channelHeightWidth }, { $0.accumulator.bias = .last },
      { $0.operators["CONV_2D"]?.run = .host },
    ]
    for change in changes {
      var profile = try Self.profile()
      change(&profile)
      digests.append(try Self.digest(network, profile))
    }
    #expect(Set(digests).count == digests.count)
    #expect(digests.allSatisfy { $0.count == 64 })
  }
}
