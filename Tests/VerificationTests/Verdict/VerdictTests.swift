import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

/// What the last line says, and the place where noise is born.
@Suite struct VerdictTests {
  /// A chain of three layers of which the second one's weights are other ones.
  static func chain(_ second: Int64) -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, 2], .int8, scale: 1)
    var tensor = x
    for factor in [2, second, 3] {
      let w = builder.constant([factor, 0, 0, factor], [2, 2], .int8, Quantization(scale: 0.25))
      let y = builder.activation([1, 2], .int8, scale: 1)
      builder.node(.fullyConnected(FullyConnected()), [tensor, w, nil], y)
      tensor = y
    }
    return builder.finish(tensor)
  }

  static let samples: [[[Int32]]] = (0..<12).map { (number: Int32) -> [[Int32]] in [[number * 9 - 50, 40 - number * 7]]
  }

  static func report(
    _ network: Network, _ source: Network, samples: [[[Int32]]] = samples, demand: DistanceVerdict.Demand = .init()
  ) -> VerificationReport {
    var options = Verifier.Options()
    options.demand = demand
    return Verifier(network: network, profile: .host, options: options)
      .verify(samples: samples, source: .init(network: source))
  }

  @Test func aModelThatIsFarIsNotCalledVerified() {
    let report = Self.report(Self.chain(1), Self.chain(4))
    #expect(report.distance?.verdict.word == .far)
    #expect(report[.source]?.status == .failed && !report.passed && !report.isVerified && report.isProved)
    #expect(report.verdict.hasPrefix("FAR from its source: "))
    #expect(!report.verdict.lowercased().contains("verified"))
  }

  @Test func aDemandThatAFarModelHoldsDoesNotMakeItVerified() {
    let report = Self.report(Self.chain(1), Self.chain(4), demand: .init(sqnrDb: -3))
    #expect(report[.source]?.status == .passed && report.passed && !report.isVerified)
    #expect(!report.verdict.lowercased().contains("verified"))
  }

  @Test func theWordsOfTheOthers() {
    #expect(Self.report(Self.chain(4), Self.chain(4)).verdict == "verified, equal to its source")
    let strict = Self.report(Self.chain(1), Self.chain(1), demand: .init(agreement: 1))
    #expect(strict.verdict == "verified, equal to its source")
    #expect(Verifier(network: Self.chain(4), profile: .host).verify().verdict == "verified")
    let random = Self.report(Self.chain(4), Self.chain(4), samples: [])
    #expect(random.distance?.evidence == .random)
    #expect(random.verdict == "verified, equal to its source on random inputs")
    #expect(random[.source]?.summary.contains("say little of real data") == true)
  }

  @Test func whatIsNotProvedIsNotVerified() throws {
    let profile = Models.profile(bits: 9)
    let report = Verifier(network: Self.chain(4), profile: profile)
      .verify(samples: Self.samples, source: .init(network: Self.chain(4), profile: profile))
    #expect(report[.overflow]?.status == .failed)
    #expect(!report.isProved && report.verdict == "NOT verified")
  }

  @Test func madeUpSamplesAreTheSources() {
    let source = Verifier.Source(network: Self.chain(4), samples: Self.samples, isMadeUp: true)
    let report = Verifier(network: Self.chain(4), profile: .host).verify(source: source)
    #expect(report.distance?.evidence == .madeUp && report.outputs.first?.samples == Self.samples.count)
    #expect(report.verdict == "verified, equal to its source on made-up inputs")
  }

  @Test func theLayerWhereTheNoiseIsBornIsNamed() throws {
    let birth = try #require(Self.report(Self.chain(1), Self.chain(4)).distance?.birth)
    #expect(birth.operator == 1 && birth.operation == "FULLY_CONNECTED" && birth.inputSqnrDb == nil)
    #expect(birth.words.contains("operator 1 (FULLY_CONNECTED)"))
    #expect(Self.report(Self.chain(4), Self.chain(4)).distance?.birth == nil)
    let report = Self.report(Self.chain(1), Self.chain(4))
    #expect(report[.source]?.details.contains { $0.contains("falls most in operator 1 (FULLY_CONNECTED)") } == true)
  }

  @Test func anArgMaxIsComparedByWhatItReads() throws {
    func classifier(_ weight: Int64) -> Network {
      var builder = NetworkBuilder()
      let x = builder.input([1, 2], .int8, scale: 1)
      let w = builder.constant([weight, 0, 0, 4], [2, 2], .int8, Quantization(scale: 0.25))
      let y = builder.activation([1, 2], .int8, scale: 1)
      builder.node(.fullyConnected(FullyConnected()), [x, w, nil], y)
      let axis = builder.constant([1], [1], .int32)
      let place = builder.activation([1], .int32, scale: nil)
      builder.node(.argMax(ArgMax()), [y, axis], place)
      return builder.finish(place)
    }
    let network = classifier(4)
    #expect(network.scores(of: network.outputs[0]) == network.nodes[0].outputs[0])
    #expect(network.logits(of: network.outputs[0]) == network.outputs[0])
    let report = Self.report(classifier(-4), network)
    #expect(report.outputs.first?.agreement != 1 && report.distance?.verdict.word == .far)
  }

  @Test func underAnotherProfileTheModelIsHeldToItsOwn() throws {
    let network = Self.chain(4)
    let record = Provenance(
      toolVersion: "0", source: .init(file: "s.tflite", bytes: [], network: network), profile: .host,
      program: try Program.lower(network, for: .host), passes: [])
    var whatIf = HardwareProfile.host
    whatIf.name = "what-if"
    whatIf.accumulator.bits = 31
    func part(_ record: Provenance, own: HardwareProfile?) -> VerificationReport.Part? {
      Verifier(network: network, profile: whatIf).verify(provenance: .present(record), ownProfile: own)[.provenance]
    }
    let fine = try #require(part(record, own: .host))
    #expect(fine.status == .passed)
    #expect(fine.summary.hasSuffix("for the profile \(HardwareProfile.host.name); checked here under what-if."))
    // A file that was changed is found all the same.
    var changed = record
    changed.programDigest = String(repeating: "0", count: 64)
    #expect(part(changed, own: .host)?.status == .failed)
    var otherProfile = record
    otherProfile.profile.sha256 = String(repeating: "0", count: 64)
    #expect(part(otherProfile, own: .host)?.status == .failed)
    // Without its profile nothing can be held to it.
    #expect(part(record, own: nil)?.status == .failed)
  }
}
