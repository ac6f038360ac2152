internal import CKernels
internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// An output form as the tables that kernels in C read, one entry per lane.
struct OutputTables: Sendable {
  private let form: OutputForm
  private let outputBias: Int32
  private let hasTies: Bool
  private let hasLeft: Bool
  let multiplier: Table<Int32>
  let left: Table<Int32>
  let right: Table<Int32>
  let add: Table<Int32>
  let negative: Table<Int32>
  let odd: Table<Int32>
  let round: Table<Int64>
  let scale: Table<Float>
  let gap: Table<Float>
  let scale64: Table<Double>
  private let certain: Float

  /// - Parameters:
  ///   - form: The form, not `general`.
  ///   - lanes: The order of the entries.
  ///   - outputBias: Added to a result to give its byte.
  ///   - bounds: For each channel the largest magnitude of its sums.
  init(_ form: OutputForm, _ lanes: LaneOrder, outputBias: Int32, bounds: [Int64]) {
    self.form = form
    self.outputBias = outputBias
    hasTies = form.kind == .shift && (form.negative + form.odd).contains { $0 != 0 }
    hasLeft = form.left.contains { $0 != 0 }
    let count = bounds.count
    func table(_ values: [Int64]) -> Table<Int32> {
      Table(values.isEmpty ? [] : lanes.map(upTo: count, zero: 0) { Int32(truncatingIfNeeded: values[$0]) }, zero: 0)
    }
    multiplier = table(form.multiplier)
    left = table(form.left.map(Int64.init))
    right = table(form.right.map(Int64.init))
    switch form.kind {
    case .double:
      add = table([])
      negative = table(form.right.map { $0 == 0 ? 0 : 1 })
      odd = table(form.right.map { $0 == 0 ? 0 : 1 << Int64($0 - 1) })
    default:
      let zero = form.stage.zeroPoint + Int64(outputBias)
      add = table(zip(form.add, form.right).map { $0 + zero << Int64($1) })
      negative = table(form.negative)
      odd = table(form.odd)
    }
    round = Table(OutputTables.rounds(form, lanes, count), zero: 0)
    let isProduct = form.kind != .shift
    scale = Table(isProduct ? lanes.map(upTo: count, zero: 0) { Float(form.realFactor($0)) } : [], zero: 0)
    scale64 = Table(form.kind == .float64 ? lanes.map(upTo: count, zero: 0) { form.factor[$0] } : [], zero: 0)
    let gaps = isProduct ? lanes.map(upTo: count, zero: 0) { OutputTables.gap(form, $0) } : []
    gap = Table(gaps, zero: 0)
    certain = OutputTables.certain(form, bounds)
  }

  /// How far TensorFlow Lite's two roundings move a tie away from zero.
  ///
  /// With the high product h = ⌊P/2^31 + ½⌋ and a right shift by n, ⌊(h + 2^(n−1) − [h < 0]) / 2^n⌋ is
  /// ⌊v + ½ + s·2^−(n+1)⌋, where v is the real product and s the sign of h: nested floors are one. Where s is not v's
  /// sign, h is zero and so are both results.
  private static func gap(_ form: OutputForm, _ channel: Int) -> Float {
    guard form.kind == .double, form.right[channel] > 0 else { return 0 }
    return Float(sign: .plus, exponent: -(form.right[channel] + 1), significand: 1)
  }

  /// The largest distance from an integer at which a float32 estimate of the result is certain.
  ///
  /// The conversion of the sum, the factor and the sum of product and gap are each rounded to 24 bits: for results
  /// within ±512, which are all that a byte and its zero point leave unclamped, that is less than 2^−13 together. An
  /// estimate is only good where 32 bits hold the product, and the sum after a left shift.
  private static func certain(_ form: OutputForm, _ bounds: [Int64]) -> Float {
    switch form.kind {
    case .float32: return 1
    case .double, .single, .float64:
      let isGood = bounds.indices.allSatisfy { channel in
        let shifted = form.kind == .double ? bounds[channel] << Int64(form.left[channel]) : bounds[channel]
        return bounds[channel] <= Int64(Int32.max) && shifted <= Int64(Int32.max)
          && Double(bounds[channel]) * form.realFactor(channel) < 0x1p30
      }
      return isGood ? 0.5 - 0x1p-13 : -1
    case .shift, .general: return -1
    }
  }

  /// The rounding constants of products, for each vector of lanes the even ones and then the odd ones.
  private static func rounds(_ form: OutputForm, _ lanes: LaneOrder, _ count: Int) -> [Int64] {
    guard form.kind == .single else { return [] }
    let ordered = lanes.map(upTo: count, zero: Int64(0)) { form.right[$0] == 0 ? 0 : 1 << Int64(form.right[$0] - 1) }
    let vector = lanes.vectorLanes
    return stride(from: 0, to: ordered.count, by: vector).flatMap { start in
      stride(from: 0, to: vector, by: 2).map { ordered[start + $0] }
        + stride(from: 1, to: vector, by: 2).map { ordered[start + $0] }
    }
  }

  /// What a shift without ties adds to every sum stands in the bias: the rounding constant and the zero point.
  func addedToBias(_ channel: Int) -> Int64 {
    guard form.kind == .shift, !hasTies else { return 0 }
    return form.add[channel] + (form.stage.zeroPoint + Int64(outputBias)) << Int64(form.right[channel])
  }

  /// The tables' addresses; valid as long as this value lives.
  @unsafe var value: bx_output {
    let kind =
      switch form.kind {
      case .double: bx_requantize_double
      case .single: bx_requantize_single
      case .float64: bx_requantize_float64
      case .float32: bx_requantize_float32
      case .shift, .general: bx_requantize_shift
      }
    let zeroPoint = Int32(form.stage.zeroPoint) + outputBias
    let low = UInt8(form.stage.low + Int64(outputBias))
    let high = UInt8(form.stage.high + Int64(outputBias))
    return unsafe bx_output(
      kind: kind, has_left: hasLeft, has_ties: hasTies, multiplier: multiplier.pointer, left: left.pointer,
      right: right.pointer, add: add.pointer, negative: negative.pointer, odd: odd.pointer, round: round.pointer,
      scale: scale.pointer, gap: gap.pointer, scale64: scale64.pointer, certain: certain,
      zero_point: zeroPoint, low: low, high: high,
      zero_points: UInt32(UInt16(truncatingIfNeeded: zeroPoint)) * 0x1_0001, lows: UInt32(low) * 0x101_0101,
      highs: UInt32(high) * 0x101_0101)
  }
}
