import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// What a machine refuses of operators that it has: factors and forms.
@Suite struct OperatorReachTests {
  /// A function of two tensors of one element, or of one.
  static func network(
    _ operation: Operation, _ first: Float, _ second: Float? = nil, zeroPoint: Int64 = 0, shape: [Int] = [1, 1]
  ) -> Network {
    var builder = NetworkBuilder()
    var inputs = [builder.input(shape, .int8, scale: first)]
    if let second { inputs.append(builder.input(shape, .int8, scale: second, zeroPoint: zeroPoint)) }
    let y = builder.activation(shape, .int8, scale: 1)
    builder.node(operation, inputs, y)
    return builder.finish(y)
  }

  /// Whether LiteRT's default delegate takes the operator, by the profile; its ends were asked of LiteRT itself.
  static func isTaken(_ network: Network) throws -> Bool {
    let message = LoweringTests.message(network, try HardwareProfile.builtIn(named: "xnnpack"))
    if let message { #expect(message.contains("factor") || message.contains("form"), "\(message)") }
    return message == nil
  }

  /// Whether LiteRT's own kernel runs the operator, which has the arithmetic of the profile `tflite`.
  static func isLeft(_ network: Network) throws -> Bool {
    let programs = try ["xnnpack", "tflite"].map { try Program.lower(network, for: .builtIn(named: $0)) }
    return programs[0].steps.map(\.kernel) == programs[1].steps.map(\.kernel)
  }

  @Test func sumsTakeRatiosOfScales() throws {
    for (ratio, isTaken) in [(0x1p-10, true), ((0x1p-10 as Float).nextDown, false), (0x1p8, false)] as [(Float, Bool)] {
      for (a, b) in [(ratio, 1), (1, ratio)] {
        #expect(try Self.isTaken(Self.network(.add(Add()), a, b)) == isTaken)
        #expect(try Self.isLeft(Self.network(.binary(Binary(.subtract, activation: .relu6)), a, b)) != isTaken)
      }
    }
    #expect(try Self.isTaken(Self.network(.add(Add()), (0x1p8 as Float).nextDown, 1)))
  }

  @Test func productsTakeTheProductOfScales() throws {
    for (factor, isTaken) in [
      (0x1p-16, true), ((0x1p-16 as Float).nextDown, false), (0x1p8, false), ((0x1p8 as Float).nextDown, true),
    ] as [(Float, Bool)] {
      #expect(try Self.isTaken(Self.network(.binary(Binary(.multiply)), factor / 4, 4)) == isTaken)
    }
  }

  @Test func slopesAreOfEightFractionBits() throws {
    for (scale, alpha, isTaken) in [
      (0x1p-8, 1, true), ((0x1p-8 as Float).nextDown, 2, false), (1, 0x1p-8, true), (1, -0x1p-8, true), (1, 0, false),
      (1, (0x1p-8 as Float).nextDown, false), (1, -127.99609375, true),
    ] as [(Float, Float, Bool)] {
      // Where all results are 0 or cut, the two arithmetics have the same table.
      let network = Self.network(.unary(Unary(.leakyRelu, alpha: alpha)), scale)
      let isEqual = try isTaken ? Self.isTaken(network) : Self.isLeft(network)
      #expect(isEqual, "\(scale) \(alpha)")
    }
    #expect(try !Self.isTaken(Self.network(.unary(Unary(.leakyRelu, alpha: -127.999)), 1)))
  }

  /// Ties of both slopes go up: the multiplier has the slope's sign.
  @Test(arguments: [0.5, -0.5] as [Float]) func tiesOfSlopesGoUp(_ alpha: Float) throws {
    let network = Self.network(.unary(Unary(.leakyRelu, alpha: alpha)), 1, shape: [1, 4])
    let program = try Program.lower(network, for: .builtIn(named: "xnnpack"))
    let found = try ReferenceEngine(program).run([[-3, -1, 1, 3]], trace: .none).outputs[0]
    #expect(found == (alpha > 0 ? [-1, 0, 1, 3] : [2, 1, 1, 3]))
  }

  @Test func productsOfMatricesHaveNoSecondZeroPoint() throws {
    let operation = Operation.batchMatMul(BatchMatMul())
    #expect(try !Self.isLeft(Self.network(operation, 0.1, 0.1)))
    #expect(try Self.isLeft(Self.network(operation, 0.1, 0.1, zeroPoint: 1)))
  }

  @Test(arguments: [(Padding.same, 2, false), (.same, 3, true), (.valid, 2, true)] as [(Padding, Int, Bool)])
  func transposedKernelsCoverTheirStride(_ padding: Padding, _ kernel: Int, _ isTaken: Bool) throws {
    var builder = NetworkBuilder()
    let size = padding == .same ? 6 : 3 + kernel
    let shape = builder.constant([1, Int64(size), Int64(size), 1], [4], .int32, nil)
    let weights = builder.constant(
      [Int64](repeating: 1, count: kernel * kernel), [1, kernel, kernel, 1], .int8, Quantization(scale: 0.1))
    let x = builder.input([1, 2, 2, 1], .int8, scale: 0.1)
    let y = builder.activation([1, size, size, 1], .int8, scale: 1)
    builder.node(
      .transposeConv(TransposeConv(padding: padding, strideHeight: 3, strideWidth: 3)), [shape, weights, x], y)
    #expect(try Self.isTaken(builder.finish(y)) == isTaken)
  }
}
