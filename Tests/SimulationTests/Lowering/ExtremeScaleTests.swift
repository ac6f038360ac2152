import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// Scales that a file may state and that no arithmetic has room for: refused where a network is lowered, in one line.
@Suite struct ExtremeScaleTests {
  /// A MEAN or SUM over two pixels.
  private static func reduction(_ operation: Operation, _ type: ElementType, from: Float, to: Float) -> Network {
    var builder = NetworkBuilder()
    let zero: Int64 = type == .uint8 ? 128 : 5
    let x = builder.input([1, 2, 1, 3], type, scale: from, zeroPoint: zero)
    let axes = builder.constant([1], [1], .int32)
    let y = builder.activation([1, 1, 3], type, scale: to, zeroPoint: zero)
    builder.node(operation, [x, axes], y)
    return builder.finish(y)
  }

  @Test(
    arguments: [Operation.mean(Mean(keepsAxes: false)), .sum(Sum(keepsAxes: false))],
    [(3e38, 1), (3e38, 2e-38), (1, Float.leastNormalMagnitude / 16)] as [(Float, Float)])
  func divisionsInFloat32AreRefused(_ operation: Operation, _ scales: (Float, Float)) throws {
    let profile = try HardwareProfile.builtIn(named: "xnnpack")
    for type in [ElementType.int8, .uint8] {
      let message = LoweringTests.message(
        Self.reduction(operation, type, from: scales.0, to: scales.1), profile)
      #expect(message?.contains("operator 0") == true && message?.contains("float32") == true, "\(message ?? "none")")
    }
    // An ordinary ratio passes.
    #expect(LoweringTests.message(Self.reduction(operation, .int8, from: 0.5, to: 0.25), profile) == nil)
  }

  /// Every function of one number with every pair of extreme scales: an answer or a refusal.
  @Test(arguments: ["tflite", "xnnpack", "nna-int8"]) func functionsOfOneNumberNeverEndTheProgram(_ name: String) throws
  {
    let scales: [Float] = [Float.leastNonzeroMagnitude, 1.2e-38, 1e-20, 1 / 256, 1, 1e20, 3e38]
    var profile = try HardwareProfile.builtIn(named: name)
    profile.operators["HARD_SWISH"]?.table = FunctionTable(
      entries: 257, interpolation: .linear, rounding: .floor, isBalanced: false, arithmetic: .float32)
    var lowered = 0
    for function in Unary.Function.allCases {
      for (from, to) in scales.flatMap({ from in scales.map { (from, $0) } }) {
        var builder = NetworkBuilder()
        let x = builder.input([1, 256], scale: from, zeroPoint: 7)
        let y = builder.activation([1, 256], scale: to, zeroPoint: -3)
        builder.node(.unary(Unary(function, alpha: from > 1 ? 3e38 : 0.1)), [x], y)
        guard let program = try? Program.lower(builder.finish(y), for: profile) else { continue }
        lowered += 1
        #expect(try ReferenceEngine(program).run([Array(-128...127)]).outputs[0].count == 256)
      }
    }
    #expect(lowered > 0)
  }

  /// Aligned inputs of more than 61 bits have no exact sum; before, adding them ended the program.
  @Test func sumsThatLeave64BitsAreRefused() throws {
    var profile = HardwareProfile.generic
    profile.operators["ADD"]?.alignment = .rescaleToOutput(input: [
      .float(bits: 64, rounding: .tiesToEven, factor: .float64)
    ])
    profile.accumulator.check = .end
    for (scale, isTaken) in [(1, true), (0x1p40, true), (0x1p60, false), (1e30, false)] as [(Float, Bool)] {
      var builder = NetworkBuilder()
      let x = builder.input([1, 2], scale: scale)
      let y = builder.activation([1, 2], scale: 1)
      builder.node(.add(Add()), [x, x], y)
      let message = LoweringTests.message(builder.finish(y), profile)
      #expect((message == nil) == isTaken && (isTaken || message?.contains("2^61") == true), "\(scale)")
    }
  }

  @Test func poolsOfMoreThanAMillionElementsHaveNoTableOfReciprocals() throws {
    for (division, isTaken) in [
      (AverageDivision.divide(rounding: .floor), true), (.reciprocal(bits: 16, rounding: .floor), false),
      (.foldedFactor, false),
    ] {
      var profile = HardwareProfile.generic
      profile.operators["AVERAGE_POOL_2D"]?.division = division
      var builder = NetworkBuilder()
      let x = builder.input([1, 1025, 1024, 1])
      let y = builder.activation([1, 1, 1, 1])
      builder.node(
        .averagePool2D(Pool2D(padding: .valid, filterHeight: 1025, filterWidth: 1024)), [x], y)
      let message = LoweringTests.message(builder.finish(y), profile)
      #expect((message == nil) == isTaken, "\(message ?? "")")
    }
  }

  /// A program's elements have 32 bits; a constant that does not fit was cut to them.
  @Test(arguments: [(1 << 31, false), ((1 << 31) - 1, true), (-(1 << 31), true)] as [(Int64, Bool)])
  func wideConstantsThatDoNotFitAreRefused(_ value: Int64, _ isTaken: Bool) throws {
    var builder = NetworkBuilder()
    let x = builder.input([2], .int64, scale: nil)
    let constant = builder.constant([1, value], [2], .int64)
    let y = builder.activation([4], .int64, scale: nil)
    builder.node(.concatenation(Concatenation(axis: 0)), [x, constant], y)
    let message = LoweringTests.message(builder.finish(y), .host)
    #expect((message == nil) == isTaken && (isTaken || message?.contains("fit int32") == true), "\(message ?? "")")
  }
}
