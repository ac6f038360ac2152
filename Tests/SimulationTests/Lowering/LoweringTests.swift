import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// What lowering refuses, in words, and how it reads scales.
@Suite struct LoweringTests {
  /// What a fully connected layer of one product varies in.
  struct Layer {
    var type = ElementType.int8
    var inputScale: Float = 1
    var weightScale: Float = 1
    var outputScale: Float = 1
    var weightZero: Int64 = 0
    var biasScale: Float?
    var biasZero: Int64 = 0
    var activation = Activation.none

    var network: Network {
      var builder = NetworkBuilder()
      let x = builder.input([1, 1], type, scale: inputScale)
      let w = builder.constant([1], [1, 1], type, Quantization(scale: weightScale, zeroPoint: weightZero))
      let b = builder.constant(
        [0], [1], .int32, biasScale.map { Quantization(scale: $0, zeroPoint: biasZero) })
      let y = builder.activation([1, 1], type, scale: outputScale)
      builder.node(.fullyConnected(FullyConnected(activation: activation)), [x, w, b], y)
      return builder.finish(y)
    }
  }

  static func message(_ network: Network, _ profile: HardwareProfile) -> String? {
    do throws(LoweringError) {
      _ = try Program.lower(network, for: profile)
      return nil
    } catch { return error.description }
  }

  static var shiftOnly: HardwareProfile {
    var profile = HardwareProfile.generic
    profile.requantize = [.shift(rounding: .tiesToEven, minimum: 0, maximum: 12)]
    profile.operators["FULLY_CONNECTED"]?.requantize = nil
    return profile
  }

  static func stages(_ layer: Layer, _ profile: HardwareProfile) throws -> [Requantization.Stage] {
    let program = try Program.lower(layer.network, for: profile)
    guard case .convolution(let kernel) = program.steps[0].kernel else { return [] }
    return kernel.outputStage.requantizations[0].stages
  }

  @Test(arguments: 0...12) func aPowerOfTwoBecomesAShift(_ count: Int) throws {
    let layer = Layer(outputScale: Float(sign: .plus, exponent: count, significand: 1))
    #expect(try Self.stages(layer, Self.shiftOnly) == (count == 0 ? [] : [.shiftRight(count, .tiesToEven)]))
  }

  /// Scales of float32 seldom have an exact power of two as their ratio; the nearest scale to one does mean it.
  @Test func theNearestFloat32ToAPowerOfTwoRatioSnapsAndTheNextDoesNot() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<500 {
      var layer = Layer()
      layer.inputScale = Float(generator.next() % 100_000 + 1) / 77_777
      // The product is rounded once; of its neighbours those above a significand of 1½ lie closer than the tolerance.
      layer.weightScale = Float(generator.next() % 100_000 + 1) / 33_333
      let product = Double(layer.inputScale) * Double(layer.weightScale)
      layer.outputScale = Float(product * 16)
      #expect(try Self.stages(layer, Self.shiftOnly) == [.shiftRight(4, .tiesToEven)])
      layer.outputScale = layer.outputScale.nextUp.nextUp
      let refusal = try #require(Self.message(layer.network, Self.shiftOnly))
      #expect(refusal.contains("the machine only shifts; the factor must be a power of two"))
    }
  }

  @Test func aShiftBeyondTheMachinesIsRefused() throws {
    let tooSmall = try #require(Self.message(Layer(outputScale: 8192).network, Self.shiftOnly))
    #expect(tooSmall.hasSuffix("needs a right shift by 13; the machine shifts by 0 to 12 (requantize)"))
    #expect(tooSmall.hasPrefix("operator 0 (FULLY_CONNECTED): "))
    let tooLarge = try #require(Self.message(Layer(outputScale: 0.5).network, Self.shiftOnly))
    #expect(tooLarge.hasSuffix("needs a right shift by -1; the machine shifts by 0 to 12 (requantize)"))
  }

  @Test func aFactorAboveOneNeedsAStageThatShiftsLeft() throws {
    var profile = Self.shiftOnly
    profile.requantize = [.multiply(bits: 16, rounding: .floor)]
    #expect(Self.message(Layer(outputScale: 0.25).network, profile)?.contains("is too large") == true)
  }

  @Test func aFactorBeyondFloat32IsRefusedWhereTheMachineMultipliesInIt() throws {
    var profile = Self.shiftOnly
    profile.requantize = [.float(bits: 32, rounding: .floor)]
    let layer = Layer(inputScale: 1e30, weightScale: 1e30)
    #expect(Self.message(layer.network, profile)?.contains("float32") == true)
  }

  @Test func theMultiplierIsTensorFlowLites() throws {
    // 0.75 = 0.75 · 2^31 / 2^31; 3 = 0.75 · 2^2.
    var profile = Self.shiftOnly
    profile.requantize = HardwareProfile.host.requantize
    let significand = Int64(3) << 29
    #expect(
      try Self.stages(Layer(inputScale: 0.75), profile) == [
        .wrap(.int(32)), .multiply(significand), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32)),
      ])
    #expect(
      try Self.stages(Layer(inputScale: 3), profile) == [
        .shiftLeft(2), .wrap(.int(32)), .multiply(significand), .shiftRight(31, .tiesTowardPositive),
        .saturate(.int(32)),
      ])
    #expect(
      try Self.stages(Layer(inputScale: 0x3p-4), profile) == [
        .wrap(.int(32)), .multiply(significand), .shiftRight(31, .tiesTowardPositive), .saturate(.int(32)),
        .shiftRight(2, .tiesAwayFromZero),
      ])
  }

  @Test func aBiasScaleThatIsNotTheProductIsRefused() throws {
    #expect(Self.message(Layer(biasScale: 1).network, .host) == nil)
    let refusal = try #require(Self.message(Layer(biasScale: 1.25).network, .host))
    #expect(refusal.contains("has the bias scale 1.25; it must be input scale × weight scale = 1.0"))
    #expect(
      Self.message(Layer(biasScale: 1, biasZero: 1).network, .host)?.contains("bias with the zero point 1") == true)
  }

  @Test func outputBoundsFollowTheFusedActivation() throws {
    func bounds(_ activation: Activation, _ scale: Float) throws -> [Int64] {
      let program = try Program.lower(Layer(outputScale: scale, activation: activation).network, for: .host)
      guard case .convolution(let kernel) = program.steps[0].kernel else { return [] }
      return [kernel.outputStage.low, kernel.outputStage.high]
    }
    #expect(try bounds(.none, 1) == [-128, 127])
    #expect(try bounds(.relu, 1) == [0, 127])
    #expect(try bounds(.relu6, 1) == [0, 6])
    #expect(try bounds(.relu6, 0.01) == [0, 127])
    // 1 / 0.4 = 2.5 is a tie and goes away from zero.
    #expect(try bounds(.reluN1To1, 0.4) == [-3, 3])
  }

  @Test func movedIntegersMustKeepTheirMeaning() throws {
    var builder = NetworkBuilder()
    let x = builder.input([4], .int8, scale: 1)
    let y = builder.activation([2, 2], .int8, scale: 2)
    builder.node(.reshape(Reshape(newShape: [2, 2])), [x], y)
    #expect(Self.message(builder.finish(y), .host)?.contains("equal scales and zero points") == true)
  }

  @Test func everyFaultIsListed() throws {
    var builder = NetworkBuilder()
    let x = builder.input([4], .int8, scale: 1)
    let middle = builder.activation([2, 2], .int8, scale: 2)
    let y = builder.activation([4], .int8, scale: 4)
    builder.node(.reshape(Reshape(newShape: [2, 2])), [x], middle)
    builder.node(.reshape(Reshape(newShape: [4])), [middle], y)
    let error = #expect(throws: LoweringError.self) { try Program.lower(builder.finish(y), for: .host) }
    #expect(error?.faults.map(\.place) == ["operator 0 (RESHAPE)", "operator 1 (RESHAPE)"])
  }

  @Test func anUnsoundNetworkIsRefusedAsSuch() throws {
    var network = Layer().network
    network.outputs = [99]
    #expect(Self.message(network, .host) == "the graph: an output is tensor 99, and the file has 4 tensors")
  }
}
