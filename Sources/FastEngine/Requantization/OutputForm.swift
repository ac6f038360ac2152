internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// An output stage in a form that kernels have, one entry per channel.
struct OutputForm: Sendable {
  /// The arithmetic.
  enum Kind: Sendable {
    /// `(sum + add + negative·[sum < 0] + odd·[floor is odd]) >> right`
    case shift
    /// TensorFlow Lite's double rounding.
    case double
    /// One rounding of a product, ties toward positive.
    case single
    /// The product with a float64 factor, ties away from zero.
    case float64
    /// The product with a float32 factor, ties to even.
    case float32
    /// Whatever the stages say, one by one.
    case general
  }

  var kind: Kind
  /// Added to the sum before anything else (shift).
  var add: [Int64]
  /// Added to a negative sum (shift).
  var negative: [Int64]
  /// Added where the floor is odd (shift).
  var odd: [Int64]
  /// double, single.
  var multiplier: [Int64]
  /// double.
  var left: [Int]
  /// shift, double, single.
  var right: [Int]
  /// float64, float32.
  var factor: [Double]
  /// The stage itself.
  let stage: OutputStage

  /// Finds the form of a stage for so many channels.
  init(_ stage: OutputStage, channels: Int) {
    self.stage = stage
    (kind, add, negative, odd, multiplier, left, right, factor) = (.general, [], [], [], [], [], [], [])
    let all = (0..<channels).map { stage.requantization($0).stages }
    if let shifts = all.allMapped(ShiftEntry.init) {
      kind = .shift
      add = shifts.map(\.add)
      negative = shifts.map(\.negative)
      odd = shifts.map(\.odd)
      right = shifts.map(\.right)
    } else if let doubles = all.allMapped({ DoubleEntry($0) }) {
      kind = .double
      multiplier = doubles.map(\.multiplier)
      left = doubles.map(\.left)
      right = doubles.map(\.right)
    } else if let singles = all.allMapped(SingleEntry.init) {
      kind = .single
      multiplier = singles.map(\.multiplier)
      right = singles.map(\.right)
    } else if let factors = all.allMapped({ floatFactor($0, 53, .tiesAwayFromZero) }) {
      kind = .float64
      factor = factors
    } else if let factors = all.allMapped({ floatFactor($0, 24, .tiesToEven) }) {
      kind = .float32
      factor = factors
    }
  }

  /// The output integer for a channel's sum, in plain Swift: what every kernel must give.
  @inline(__always)
  func apply(_ sum: Int64, _ channel: Int) -> Int64 {
    let result: Int64
    switch kind {
    case .shift:
      var x = sum + add[channel]
      if sum < 0 { x += negative[channel] }
      if odd[channel] != 0 && ((sum >> Int64(right[channel])) & 1) != 0 { x += odd[channel] }
      result = x >> Int64(right[channel])
    case .double:
      let shifted = Int64(Int32(truncatingIfNeeded: sum << Int64(left[channel])))
      let high = (shifted * multiplier[channel] + (1 << 30)) >> 31
      let n = Int64(right[channel])
      result = n == 0 ? high : (high + (1 << (n - 1)) - (high < 0 ? 1 : 0)) >> n
    case .single:
      let n = Int64(right[channel])
      result = (sum * multiplier[channel] + (n == 0 ? 0 : 1 << (n - 1))) >> n
    case .float64, .float32, .general:
      result = stage.requantization(channel).apply(sum)
    }
    return stage.finish(result)
  }

  /// The largest magnitude of a sum for which 32-bit arithmetic gives what ``apply(_:_:)`` gives.
  func safeMagnitude(_ channel: Int) -> Int64 {
    let room = Int64(Int32.max)
    switch kind {
    case .shift:
      let zero = abs(stage.zeroPoint) + 256
      guard right[channel] < 22 else { return -1 }
      return room - abs(add[channel]) - abs(negative[channel]) - abs(odd[channel]) - (zero << Int64(right[channel]))
    case .double:
      return right[channel] == 0 ? room : room - (1 << Int64(right[channel] - 1))
    case .float32:
      // The product must fit 32 bits as well.
      return factor[channel] == 0 ? room : Int64(min(0x1p30 / factor[channel], Double(room)))
    case .single, .float64, .general: return room
    }
  }

  /// The real factor of a product.
  func realFactor(_ channel: Int) -> Double {
    switch kind {
    case .double:
      Double(multiplier[channel]) * Double(sign: .plus, exponent: left[channel] - 31 - right[channel], significand: 1)
    case .single: Double(multiplier[channel]) * Double(sign: .plus, exponent: -right[channel], significand: 1)
    case .float64, .float32: factor[channel]
    case .shift, .general: 0
    }
  }
}

extension OutputStage {
  /// The end of a stage: zero point and clamp, compared first because a requantization that saturates at 64 bits leaves
  /// the zero point no room.
  @inline(__always)
  func finish(_ scaled: Int64) -> Int64 { min(max(scaled, low - zeroPoint), high - zeroPoint) + zeroPoint }
}

extension Array {
  /// The results for all elements, or `nil` when one has none.
  fileprivate func allMapped<Result>(_ transform: (Element) -> Result?) -> [Result]? {
    var results: [Result] = []
    results.reserveCapacity(count)
    for element in self {
      guard let result = transform(element) else { return nil }
      results.append(result)
    }
    return results
  }
}

/// The factor of a float product that is the whole stage, if its precision and rounding are these.
private func floatFactor(_ stages: [Requantization.Stage], _ precision: Int, _ rule: Rounding) -> Double? {
  guard stages.count == 1, case .scaleAsFloat(let scale, rule) = stages[0], scale.precision == precision else {
    return nil
  }
  let real = Double(sign: .plus, exponent: scale.exponent, significand: Double(scale.significand))
  // Subnormal factors and infinite ones have no place in tables.
  return real == 0 || (real.isNormal && Float(real).isNormal) ? real : nil
}

/// One rounding shift as additions before a flooring shift.
private struct ShiftEntry {
  var add: Int64 = 0
  var negative: Int64 = 0
  var odd: Int64 = 0
  var right = 0

  init?(_ stages: [Requantization.Stage]) {
    if stages.isEmpty { return }
    guard stages.count == 1, case .shiftRight(let count, let rounding) = stages[0], (0...31).contains(count) else {
      return nil
    }
    right = count
    if count == 0 { return }
    let half = Int64(1) << Int64(count - 1)
    let whole = Int64(1) << Int64(count)
    switch rounding {
    case .floor: break
    case .ceiling: add = whole - 1
    case .towardZero: negative = whole - 1
    case .awayFromZero: (add, negative) = (whole - 1, 1 - whole)
    case .tiesTowardPositive: add = half
    case .tiesTowardNegative: add = half - 1
    case .tiesAwayFromZero: (add, negative) = (half, -1)
    case .tiesTowardZero: (add, negative) = (half - 1, 1)
    case .tiesToEven: (add, odd) = (half - 1, 1)
    case .tiesToOdd: (add, odd) = (half, -1)
    // An inexact quotient or a sign beside the floor's parity decides here: no sum of constants says that.
    case .toOdd, .tiesTowardPositiveWhenNegativeElseToEven: return nil
    }
  }
}

/// TensorFlow Lite's double rounding, as lowering writes it.
struct DoubleEntry {
  var multiplier: Int64
  var left = 0
  var right = 0

  init?(_ stages: [Requantization.Stage]) {
    var rest = stages[...]
    if rest.count >= 2, case .shiftLeft(let count) = rest[rest.startIndex], rest[rest.startIndex + 1] == .wrap(.int(32))
    {
      left = count
      rest = rest.dropFirst(2)
    } else if rest.first == .wrap(.int(32)) {
      // A 32-bit register holds 32 bits already.
      rest = rest.dropFirst()
    }
    guard case .multiply(let factor)? = rest.first, factor >= 0, factor < 1 << 31 else { return nil }
    multiplier = factor
    rest = rest.dropFirst()
    guard rest.first == .shiftRight(31, .tiesTowardPositive) else { return nil }
    rest = rest.dropFirst()
    guard rest.first == .saturate(.int(32)) else { return nil }
    rest = rest.dropFirst()
    if case .shiftRight(let count, .tiesAwayFromZero)? = rest.first, (0...31).contains(count) {
      right = count
      rest = rest.dropFirst()
    }
    if !rest.isEmpty || (left > 0 && right > 0) { return nil }
  }

  /// The alignment of an addition's operand, whose left shift is exact and stands before any right shift.
  init?(alignment stages: [Requantization.Stage]) {
    guard case .shiftLeft(let count)? = stages.first, let rest = DoubleEntry(Array(stages.dropFirst())), rest.left == 0
    else { return nil }
    (multiplier, left, right) = (rest.multiplier, count, rest.right)
  }
}

/// A product and one rounding shift.
private struct SingleEntry {
  var multiplier: Int64
  var right: Int

  init?(_ stages: [Requantization.Stage]) {
    guard stages.count == 2, case .multiply(let factor) = stages[0], factor >= 0, factor < 1 << 31,
      case .shiftRight(let count, .tiesTowardPositive) = stages[1], (0...62).contains(count)
    else { return nil }
    multiplier = factor
    right = count
  }
}
