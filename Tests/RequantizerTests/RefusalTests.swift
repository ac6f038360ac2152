import FixedPoint
import HardwareProfile
import NetworkModel
import Requantizer
import Simulation
import Testing

@Suite struct RefusalTests {
  /// The text of the refusal, or `nil` when there was none.
  static func refusal(
    _ source: Network, _ profile: HardwareProfile, _ calibration: CalibrationSet? = nil
  ) async -> RequantizationError? {
    do {
      _ = try await Requantizer(profile: profile).requantize(source, calibration: calibration)
      return nil
    } catch {
      return error as? RequantizationError
    }
  }

  static func expect(_ refusal: RequantizationError?, says words: String...) {
    let text = refusal?.description ?? "no refusal"
    for word in words { #expect(text.contains(word), "\(text)") }
  }

  static let untouchable = CalibrationSet(count: 1) { _ in throw RequantizationError(["a sample was computed"]) }

  @Test func unknownOperatorsAreNamedWithARemedyBeforeAnySampleIsComputed() async throws {
    let profile = try WhatIfTests.profile("nna-int8") {
      $0.operators["ADD"] = nil
      $0.operators["MEAN"] = nil
      $0.operators["AVERAGE_POOL_2D"] = nil
    }
    let refusal = await Self.refusal(SourceBuilder.everything(.uint8PerTensor), profile, Self.untouchable)
    #expect(refusal?.reasons.count == 4)
    Self.expect(
      refusal, says: "operator 3 (ADD)", "operator 5 (ADD)", "operator 10 (MEAN)", "nna-int8",
      "operators.ADD.run = \"host\"")
  }

  @Test func sizesAndClampsThatTheMachineLacksAreNamedBeforeAnySampleIsComputed() async throws {
    let profile = try WhatIfTests.profile("nna-int8") {
      $0.limits.kernelSize = 2
      $0.fusedActivations = ["NONE"]
    }
    let refusal = await Self.refusal(SourceBuilder.everything(.int8PerChannel), profile, Self.untouchable)
    Self.expect(refusal, says: "does not fuse RELU6", "the largest kernel is 2; this one is 3", "operator 1")
  }

  @Test func formatsThatNothingCanHoldAreRefused() async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    let wide = try WhatIfTests.profile("nna-int8") { $0.activations.formats = [.int(12)] }
    Self.expect(await Self.refusal(source, wide), says: "nna-int8", "no activations of 8 or 16 bits", "int12")
    let unsigned = try WhatIfTests.profile("nna-int8") { $0.activations.formats = [.uint(8)] }
    Self.expect(await Self.refusal(source, unsigned), says: "uint8", "zeroPoint is none")
    let weights = try WhatIfTests.profile("nna-int8") { $0.weights.formats = [.int(12), .int(1), .uint(8)] }
    Self.expect(
      await Self.refusal(source, weights), says: "operator 0 (CONV_2D)", "no int2 to int8", "int12", "weights.formats")
  }

  @Test func shiftsThatServeNothingAreRefused() async throws {
    for range in [0...0, 40...62] {
      let profile = try WhatIfTests.profile("nna-int8-shift") {
        $0.requantize = [.shift(rounding: .tiesToEven, minimum: range.lowerBound, maximum: range.upperBound)]
      }
      let refusal = await Self.refusal(SourceBuilder.everything(.uint8PerTensor), profile)
      Self.expect(refusal, says: "operator ", "right shifts by \(range.lowerBound) to \(range.upperBound)")
    }
  }

  @Test func powerOfTwoWeightsNeedPowerOfTwoActivationsWhereTheMachineShifts() async throws {
    let profile = try WhatIfTests.profile("nna-int8-pow2") { $0.activations.scale = .real }
    Self.expect(
      await Self.refusal(SourceBuilder.everything(.uint8PerTensor), profile),
      says: "power-of-two weights", "set activations.scale to powerOfTwo")
  }

  @Test(arguments: [ElementType.float32, .int16])
  func sourcesOfOtherTypesAreRefusedTensorByTensor(_ type: ElementType) async throws {
    var source = SourceBuilder.everything(.int8PerTensor)
    let changed = [source.inputs[0], source.nodes[0].outputs[0]]
    for tensor in changed {
      source.tensors[tensor].type = type
      source.tensors[tensor].quantization = type == .int16 ? Quantization(scale: 0.001) : nil
    }
    let refusal = await Self.refusal(source, try .builtIn(named: "nna-int8"), Self.untouchable)
    #expect(refusal?.reasons.count == changed.count)
    Self.expect(refusal, says: "\"input\"", "\"conv\"", "is \(type)", "int8 or uint8", "quantize")
  }

  @Test func weightsThatAreComputedAreRefused() async throws {
    var net = SourceBuilder(.int8PerTensor)
    let input = net.input([1, 6])
    let weights = net.input([3, 6])
    let output = net.activation("fc", [1, 3], 0.2)
    let source = net.finish(net.append(.fullyConnected(FullyConnected()), [input, weights, nil], output))
    Self.expect(
      await Self.refusal(source, try .builtIn(named: "nna-int8")), says: "operator 0 (FULLY_CONNECTED)", "constant")
  }

  @Test func errorsOfTheCalibrationSetComeAsTheyAre() async throws {
    struct Broken: Error {}
    let source = SourceBuilder.everything(.uint8PerTensor)
    let requantizer = Requantizer(profile: try .builtIn(named: "nna-int8"), threads: 2)
    await #expect(throws: Broken.self) {
      try await requantizer.requantize(source, calibration: CalibrationSet(count: 3) { _ in throw Broken() })
    }
    await #expect(throws: SimulationError.self) {
      try await requantizer.requantize(source, calibration: CalibrationSet(count: 3) { _ in [[1, 2]] })
    }
  }
}
