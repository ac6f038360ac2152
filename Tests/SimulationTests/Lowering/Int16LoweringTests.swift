import FixedPoint
import Foundation
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

/// What is refused beside int16 activations, and functions by tables of the machine's own.
@Suite struct Int16LoweringTests {
  static func layer(
    _ bias: [Int64], _ type: ElementType, stated: ElementType? = nil, zeroPoint: Int64 = 0,
    weights: ElementType = .int8, output: ElementType = .int16
  ) -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, 2], .int16, scale: 0.5, zeroPoint: zeroPoint)
    let quantization = Quantization(scale: 0.25)
    let w = builder.constant([1, -2], [1, 2], weights, quantization)
    let b = builder.constant(bias, [1], type, Quantization(scale: 0.125))
    let y = builder.activation([1, 1], output, scale: 1)
    builder.node(.fullyConnected(FullyConnected(biasType: stated)), [x, w, b], y)
    return builder.finish(y)
  }

  static func message(_ network: Network) -> String? { LoweringTests.message(network, .host) }

  @Test func biasesAreOfTheTypeThatTheOptionSays() {
    #expect(Self.message(Self.layer([5], .int64)) == nil)
    #expect(Self.message(Self.layer([5], .int64, stated: .int64)) == nil)
    #expect(Self.message(Self.layer([5], .int32, stated: .int32)) == nil)
    #expect(Self.message(Self.layer([5], .int32))?.contains("would read the bias as int64") == true)
    #expect(Self.message(Self.layer([5], .int64, stated: .int32))?.contains("quantized_bias_type says int32") == true)
  }

  @Test func sumsStayWithin47Bits() {
    let room = Int64(1) << 47 - 2 << 22
    #expect(Self.message(Self.layer([room - 1], .int64)) == nil)
    #expect(Self.message(Self.layer([-room], .int64))?.contains("may leave 47 bits") == true)
    #expect(Self.message(Self.layer([.min], .int64))?.contains("may leave 47 bits") == true)
  }

  @Test func aViolationNamesTheSectionThatRulesTheLayer() throws {
    var profile = try HardwareProfile.builtIn(named: "tflite")
    func keys(_ network: Network) -> [String?] { profile.conformanceFaults(of: network).map(\.key) }
    let (wide, narrow) = (Self.layer([500], .int64), Self.layer([500], .int32, stated: .int32))
    #expect(keys(wide).isEmpty && keys(narrow).isEmpty)
    let shift = [StageTemplate.shift(rounding: .floor, minimum: 0, maximum: 0)]
    profile.operators["FULLY_CONNECTED"]?.requantize = nil
    profile.int16?.operators["FULLY_CONNECTED"] = nil
    profile.requantize = shift
    profile.int16?.requantize = shift
    #expect(keys(wide) == ["int16.requantize"] && keys(narrow) == ["requantize"])
    profile.operators["FULLY_CONNECTED"]?.requantize = shift
    let policy = profile.operators["FULLY_CONNECTED"]
    profile.int16?.operators["FULLY_CONNECTED"] = policy
    #expect(keys(wide) == ["int16.operators.FULLY_CONNECTED.requantize"])
    #expect(keys(narrow) == ["operators.FULLY_CONNECTED.requantize"])
    // Even where both sections say the same.
    profile.bias.bits = 8
    let bias = profile.bias
    profile.int16?.bias = bias
    #expect(keys(wide) == ["int16.bias.bits"] && keys(narrow) == ["bias.bits"])
  }

  @Test func otherFormsAreRefused() {
    #expect(Self.message(Self.layer([5], .int64, zeroPoint: 3))?.contains("zero point 3; it must be 0") == true)
    #expect(Self.message(Self.layer([5], .int64, weights: .int4))?.contains("int4 for an input of type int16") == true)
    #expect(Self.message(Self.layer([5], .int64, output: .int8))?.contains("int16 into int8") == true)
    let refusal = Self.message(Self.function(.hardSwish, .int16))
    #expect(refusal?.contains("tensor 0 \"t0\" of int16, which is not supported for HARD_SWISH") == true)
  }

  static func function(
    _ function: Unary.Function, _ type: ElementType, scale: Float = 0.0003, zeroPoint: Int64 = 0
  ) -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([4], type, scale: scale, zeroPoint: zeroPoint)
    let y = builder.activation([4], type, scale: scale, zeroPoint: zeroPoint)
    builder.node(.unary(Unary(function)), [x], y)
    return builder.finish(y)
  }

  static func entries(_ network: Network, _ table: FunctionTable) throws -> [Int32] {
    var profile = HardwareProfile.host
    for name in ["TANH", "HARD_SWISH", "LOGISTIC"] { profile.operators[name]?.table = table }
    let program = try Program.lower(network, for: profile)
    guard case .table(let kernel) = program.steps[0].kernel else { return [] }
    return kernel.entries
  }

  @Test(arguments: [Interpolation.none, .linear])
  func aTableOfAllInputsIsTheFunction(_ interpolation: Interpolation) throws {
    for (type, entries, scale, zeroPoint) in [
      (ElementType.int8, 257, Float(0.03), Int64(-7)), (.int16, 65537, 0.0003, 0),
    ] {
      let table = FunctionTable(
        entries: entries, interpolation: interpolation, rounding: .floor, isBalanced: false)
      let found = try Self.entries(Self.function(.tanh, type, scale: scale, zeroPoint: zeroPoint), table)
      let range = try #require(type.integerRange)
      #expect(found.count == entries - 1)
      for (result, stored) in zip(found, range) {
        let real = tanh(Double(scale) * Double(stored - zeroPoint)) / Double(scale)
        let wanted = Int64(real.rounded(.toNearestOrAwayFromZero)) + zeroPoint
        #expect(Int64(result) == min(max(wanted, range.lowerBound), range.upperBound))
      }
    }
  }

  @Test func aLineLiesBetweenTwoEntriesAndTheBalancedOneIsNearer() throws {
    let network = Self.function(.tanh, .int16)
    let exact = (Int16.min...Int16.max).map { tanh(Double(Float(0.0003)) * Double($0)) / Double(Float(0.0003)) }
    var errors: [Double] = []
    for isBalanced in [false, true] {
      let table = FunctionTable(
        entries: 129, interpolation: .linear, rounding: .tiesTowardPositive, isBalanced: isBalanced)
      let found = try Self.entries(network, table)
      for place in stride(from: 0, to: 65536 - 512, by: 512) {
        let (from, to) = (found[place], found[place + 512])
        for rest in 1..<512 {
          let line = (Double(from) + Double(to - from) * Double(rest) / 512 + 0.5).rounded(.down)
          #expect(Double(found[place + rest]) == line)
        }
      }
      errors.append(zip(found, exact).map { abs(Double($0) - $1) }.max() ?? 0)
    }
    #expect(errors[0] < 8 && errors[1] < 0.7 * errors[0])
    let steps = try Self.entries(
      network, FunctionTable(entries: 3, interpolation: .none, rounding: .floor, isBalanced: true))
    #expect(Set(steps).count == 2)
  }

  @Test func aTableServesWhatTensorFlowLiteDoesNotHave() throws {
    let table = FunctionTable(entries: 513, interpolation: .linear, rounding: .tiesToEven, isBalanced: true)
    let found = try Self.entries(Self.function(.hardSwish, .int16), table)
    #expect(found[32768] == 0 && found[65535] > 32000 && found[0] == 0)
  }
}
