import FixedPoint
import Foundation
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

@Suite struct VerifierTests {
  /// The reference engine with one element of one step changed.
  struct Wrong: Engine {
    let inner: ReferenceEngine
    let step: Int
    var program: Program { inner.program }

    func run(_ inputs: [[Int32]], trace: TraceSelection) throws(SimulationError) -> Outcome {
      var outcome = try inner.run(inputs, trace: trace)
      outcome.trace[program.steps[step].output]?[0] ^= 1
      return outcome
    }
  }

  static func statuses(_ report: VerificationReport) -> [VerificationReport.Status] { report.parts.map(\.status) }

  @Test func aSoundModelPassesWhatCanBeProved() throws {
    let network = Models.everyKernel()
    let report = Verifier(network: network, profile: .host).verify()
    #expect(report.parts.map(\.name) == [.conformance, .overflow, .engines, .provenance, .source])
    #expect(Self.statuses(report) == [.passed, .passed, .passed, .skipped, .skipped])
    #expect(report.passed)
    #expect(report.engines?.runs == 6)
    #expect(report.programDigest == (try Program.lower(network, for: .host)).digest())
  }

  @Test func aModelThatDoesNotConformIsListedAndNotRun() throws {
    let report = Verifier(network: Models.everyKernel(), profile: try .builtIn(named: "nna-int8-pow2")).verify()
    #expect(Self.statuses(report) == [.failed, .skipped, .skipped, .skipped, .skipped])
    #expect(!report.passed)
    #expect((report[.conformance]?.details.count ?? 0) > 3)
  }

  @Test func anUnsoundNetworkDoesNotConform() {
    var network = Models.everyKernel()
    network.outputs = [999]
    #expect(Verifier(network: network, profile: .host).verify()[.conformance]?.status == .failed)
  }

  @Test func anOverflowThatIsPossibleFailsUnlessAllowed() {
    let network = Models.layer(weights: [[1], [127]])
    var options = Verifier.Options()
    let failed = Verifier(network: network, profile: Models.profile(bits: 9), options: options).verify()
    #expect(failed[.overflow]?.status == .failed)
    #expect(
      failed[.overflow]?.summary
        == "1 channel in 1 operator could overflow: 15 bits are needed where the machine has 9.")
    #expect(failed[.overflow]?.details.first?.contains("1 channel of 2: 1") == true)
    #expect((failed.engines?.accumulatorOverflows ?? 0) > 0)
    options.allowsOverflow = true
    #expect(Verifier(network: network, profile: Models.profile(bits: 9), options: options).verify().passed)
  }

  @Test func aTrapEndsARunAndIsNamed() {
    let profile = Models.profile(bits: 9) { $0.accumulator.overflow = .trap }
    let network = Models.layer(weights: [[127]])
    let report = Verifier(network: network, profile: profile, engine: { ReferenceEngine($0) }).verify()
    #expect(report[.engines]?.details.count == 1)
    #expect(report[.engines]?.details.first?.contains("accumulator overflowed") == true)
  }

  @Test func aSecondEngineIsComparedTensorByTensor() throws {
    let network = Models.everyKernel()
    let steps = try Program.lower(network, for: .host).steps.count
    let equal = Verifier(network: network, profile: .host, engine: { ReferenceEngine($0) }).verify()
    #expect(equal.passed && equal.engines?.tensorsCompared == 6 * steps)
    for step in 0..<steps {
      let report = Verifier(network: network, profile: .host) {
        Wrong(inner: ReferenceEngine($0), step: step)
      }.verify()
      #expect(report[.engines]?.status == .failed)
      #expect(report.engines?.difference?.hasPrefix("operator \(step) (") == true)
      #expect(report.engines?.difference?.contains("element 0: got") == true)
    }
  }

  @Test func givenSamplesThatDoNotFitAreAFailure() {
    let report = Verifier(network: Models.layer(weights: [[1]]), profile: .host).verify(samples: [[[1, 2]]])
    #expect(report[.engines]?.status == .failed)
    #expect(report[.engines]?.details == ["input \"t0\" has 1 elements, and 2 were given"])
  }

  @Test func provenanceIsHeldToWhatIsComputedNow() throws {
    let verifier = Verifier(network: Models.everyKernel(), profile: .host)
    let record = try ProvenanceTests.record()
    #expect(verifier.verify(provenance: .present(record))[.provenance]?.status == .passed)
    var wrong = record
    wrong.programDigest = String(repeating: "0", count: 64)
    #expect(verifier.verify(provenance: .present(wrong))[.provenance]?.status == .failed)
    #expect(verifier.verify(provenance: .unreadable("why"))[.provenance]?.details == ["why"])
  }

  @Test func aSourceIsComparedBeforeTheSoftmaxAndByName() throws {
    let source = Models.everyKernel()
    var network = source
    let logits = source.logits(of: source.outputs[0])
    let same = Verifier(network: network, profile: .host).verify(source: .init(network: source))
    #expect(same.outputs.map(\.index) == [logits])
    #expect(same.outputs[0].sqnrDb == nil && same.outputs[0].agreement == 1)
    #expect(same.tensors.count == source.nodes.count)
    // A coarser scale before the logits is seen in them and after them, but not before.
    network.tensors[logits].quantization = Quantization(scale: 0.3, zeroPoint: -128)
    let report = Verifier(network: network, profile: .host).verify(source: .init(network: source))
    #expect(report[.source]?.status == .passed)
    #expect(report.tensors.filter { $0.index < logits }.allSatisfy { $0.maximumError == 0 })
    #expect(report.outputs[0].maximumError > 0 && report.outputs[0].maximumError <= 0.150_1)
  }

  @Test func aSourceOfAnotherShapeCannotBeCompared() {
    let report = Verifier(network: Models.layer(weights: [[1]]), profile: .host)
      .verify(source: .init(network: Models.layer(weights: [[1], [2]])))
    #expect(report[.source]?.status == .failed)
    #expect(report[.source]?.details.first?.contains("the second model's is 1×2") == true)
  }

  @Test func inputsOfAnotherTypeAreConvertedForTheSource() {
    let network = Models.layer(weights: [[1, 2, 3]], zeroPoint: -128, outputScale: 32)
    let source = Models.layer(weights: [[1, 2, 3]], type: .uint8, zeroPoint: 0, outputScale: 32)
    let report = Verifier(network: network, profile: .host).verify(source: .init(network: source))
    #expect(report.outputs.map(\.maximumError) == [0])
  }

  @Test func aReportSurvivesJSONAndSaysWhetherItPassed() throws {
    let report = Verifier(network: Models.everyKernel(), profile: .host)
      .verify(source: .init(network: Models.everyKernel()))
    let data = try JSONEncoder().encode(report)
    #expect(try JSONDecoder().decode(VerificationReport.self, from: data) == report)
    #expect(String(decoding: data, as: UTF8.self).contains("\"passed\":true"))
  }

  @Test func progressIsReportedForEachRun() {
    let log = Log()
    _ = Verifier(network: Models.layer(weights: [[1]]), profile: .host, progress: { log.append($0) }).verify()
    #expect(log.entries.map(\.done) == [1, 2, 3, 4, 5, 6])
    #expect(log.entries.allSatisfy { $0.total == 6 && $0.part == .engines })
  }

  /// Collects what a callback is told; one thread only.
  final class Log: @unchecked Sendable {
    private(set) var entries: [Verifier.Progress] = []

    func append(_ entry: Verifier.Progress) { entries.append(entry) }
  }
}
