import DemoModel
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import TestSupport
import Testing

/// The parts of the method, each left out in turn, and made-up samples.
@Suite struct OptionsTests {
  @Test(arguments: TestScope.pairs(RequantizationStep.allCases, BuiltNetworkTests.machines))
  func whateverIsLeftOutTheResultFits(_ step: RequantizationStep, _ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = SourceBuilder.everything(.uint8PerTensor)
    let requantizer = Requantizer(
      profile: profile, options: RequantizationOptions(effort: .best, skipped: [step]), threads: 2)
    let result = try await requantizer.requantize(source, calibration: Calibration.random(source, count: 4))
    #expect(Laws.breaches(result.network, source: source, profile) == [])
  }

  @Test(arguments: RequantizationOptions.Effort.allCases)
  func everyEffortGivesTheSameBitsForAnyThreads(_ effort: RequantizationOptions.Effort) async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    for name in TestScope.those(of: BuiltNetworkTests.machines, where: { $0 == "nna-int8-pow2" }) {
      let profile = try HardwareProfile.builtIn(named: name)
      let calibration = CalibrationSet.synthetic(for: source, count: 5)
      var networks: [Network] = []
      for threads in [1, 2] {
        let requantizer = Requantizer(
          profile: profile, options: RequantizationOptions(effort: effort), threads: threads)
        networks.append(try await requantizer.requantize(source, calibration: calibration).network)
      }
      #expect(networks[0] == networks[1])
      #expect(Laws.breaches(networks[0], source: source, profile) == [])
    }
  }

  @Test(arguments: [ElementType.int8, .uint8, .int16, .int32, .uint32, .int64, .uint64, .float32, .bool])
  func madeUpSamplesAreOfTheirType(_ type: ElementType) throws {
    var builder = NetworkBuilder()
    let (image, row) = (builder.input([1, 3, 3, 2], type), builder.input([1, 5], type))
    let samples = CalibrationSet.synthetic(for: builder.finish(image, row), count: 3)
    let range = type.integerRange ?? 0...0
    for number in 0..<3 {
      let sample = try samples.sample(number)
      #expect(sample.map(\.count) == [18, 5])
      #expect(sample.joined().allSatisfy { range.contains(Int64($0)) })
    }
  }

  @Test(arguments: [
    ("nna-int8", SourceKind.uint8PerTensor, RequantizationOptions.Effort.balanced, true),
    ("nna-int8-shift", .uint8PerTensor, .balanced, true), ("nna-int8-pow2", .uint8PerTensor, .balanced, true),
    ("nna-int8", .uint8PerTensor, .fast, false), ("nna-int8-shift", .uint8PerTensor, .fast, false),
    ("nna-int8-pow2", .uint8PerTensor, .fast, false), ("nna-w4a8-pow2", .uint8PerTensor, .fast, true),
    // Its channels have steps of their own; one of these machines takes them away.
    ("nna-int8", .int8PerChannel, .balanced, false), ("nna-int8-shift", .int8PerChannel, .balanced, true),
    ("nna-int8-shift", .int8PerChannel, .fast, false),
  ])
  func weightsAreFittedToTheSourceWhereMuchIsLost(
    _ name: String, _ kind: SourceKind, _ effort: RequantizationOptions.Effort, _ isExpected: Bool
  ) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = SourceBuilder.everything(kind)
    let calibration = Calibration.random(source, count: 16)
    var networks: [Network] = []
    for skipped in [[], [.matchSource]] as [Set<RequantizationStep>] {
      let requantizer = Requantizer(
        profile: profile, options: RequantizationOptions(effort: effort, skipped: skipped), threads: 2)
      networks.append(try await requantizer.requantize(source, calibration: calibration).network)
    }
    #expect((networks[0] != networks[1]) == isExpected)
  }

  /// Made-up samples move weights only where much is lost.
  @Test(arguments: [("nna-int8", false), ("nna-int8-shift", false), ("nna-int8-pow2", true), ("nna-w4a8-pow2", true)])
  func madeUpSamplesFitWeightsOnTheCoarsestMachinesOnly(_ name: String, _ isExpected: Bool) async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    var networks: [Network] = []
    for skipped in [[], [.matchSource]] as [Set<RequantizationStep>] {
      let requantizer = Requantizer(
        profile: try HardwareProfile.builtIn(named: name), options: RequantizationOptions(skipped: skipped), threads: 2)
      let samples = CalibrationSet.synthetic(for: source, count: 16)
      networks.append(try await requantizer.requantize(source, calibration: samples).network)
    }
    #expect((networks[0] != networks[1]) == isExpected)
  }

  @Test func scalesAreAbsorbedOnlyWhereNobodyReadsTheIntegers() async throws {
    let profile = try HardwareProfile.builtIn(named: "nna-int8-pow2")
    let source = SourceBuilder.everything(.uint8PerTensor)
    let result = try await Requantizer(profile: profile).requantize(
      source, calibration: Calibration.random(source, count: 4))
    let ends = Set(source.inputs + source.outputs)
    #expect(!result.meanings.isEmpty)
    #expect(result.meanings.allSatisfy { !ends.contains($0.tensor) })
  }

  @Test(arguments: TestScope.those(of: ["nna-int8-pow2", "nna-int8-shift", "nna-int8"]) { $0 == "nna-int8-pow2" })
  func theLogitsMeaningIsWhatTheSourceSaysAndTheirScaleTheFiles(_ name: String) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = try Demo.network(.uint8Model)
    let calibration = try Calibration.demo(source, count: TestScope.count(4, quick: 2))
    let result = try await Requantizer(profile: profile, threads: 2).requantize(source, calibration: calibration)
    let softmax = try #require(source.nodes.last { $0.operation.name == "SOFTMAX" })
    let logits = try #require(softmax.input(0))
    let scale = try Double(#require(result.network.tensors[logits].quantization).scale)
    let meaning = result.meanings.first { $0.tensor == logits } ?? TensorMeaning(tensor: logits, scales: [scale])
    let old = try #require(source.tensors[logits].quantization)
    // A constant is all that the file's own parameters do not say.
    #expect(meaning.scales == [scale])
    let engines = (
      ReferenceEngine(try Program.lower(source, for: .host)),
      ReferenceEngine(try Program.lower(result.network, for: profile))
    )
    var (signal, noise) = (0.0, 0.0)
    for sample in 0..<calibration.count {
      let input = try calibration.sample(sample)
      let wanted = try engines.0.run(input, trace: .only([logits])).trace[logits] ?? []
      let converted = Calibration.converted(input, source, result.network)
      let found = try engines.1.run(converted, trace: .only([logits])).trace[logits] ?? []
      #expect(!wanted.isEmpty && wanted.count == found.count)
      for (a, b) in zip(wanted, found) {
        let real = Double(old.scale) * Double(Int64(a) - old.zeroPoint)
        let error = meaning.scales[0] * Double(b) + meaning.offset(0) - real
        signal += real * real
        noise += error * error
      }
    }
    #expect(noise < signal / 50)
  }
}
