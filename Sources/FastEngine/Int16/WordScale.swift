internal import FixedPoint
internal import HardwareProfile
internal import Simulation

/// A requantization of values of a known reach as one product, one shift, one cut and one shift more.
///
/// It stands for its stages because no value on the way leaves 62 bits, which the reach says, so that plain 64-bit
/// arithmetic is exact; stages that the reach makes idle are left out.
struct WordScale: Sendable {
  /// A right shift: `(x + half − [x < 0]·less) >> count`.
  private struct Shift: Sendable {
    var count: Int64 = 0
    var half: Int64 = 0
    var less: Int64 = 0

    init() {}

    init?(_ count: Int, _ rounding: Rounding) {
      guard count < 62 else { return nil }
      self.count = Int64(count)
      if count == 0 { return }
      switch rounding {
      case .floor: break
      case .tiesTowardPositive: half = 1 << Int64(count - 1)
      case .tiesAwayFromZero: (half, less) = (1 << Int64(count - 1), 1)
      default: return nil
      }
    }

    @inline(__always)
    func callAsFunction(_ x: Int64) -> Int64 { (x &+ half &+ ((x &>> 63) & (0 &- less))) &>> count }
  }

  private var factor: Int64 = 1
  private var first = Shift()
  private var low = Int64.min
  private var high = Int64.max
  /// Whether the low 32 bits are kept rather than the nearest value between `low` and `high`.
  private var wraps = false
  private var second = Shift()

  /// Finds the form of a requantization; `nil` where it has another one.
  ///
  /// - Parameters:
  ///   - requantization: The stages.
  ///   - reach: The largest magnitude of a value.
  init?(_ requantization: Requantization, reach: Int128) {
    var reach = reach
    var shifts = 0
    for stage in requantization.stages {
      switch stage {
      case .multiply(let next) where shifts == 0: factor *= next
      case .shiftLeft(let count) where shifts == 0: factor <<= Int64(count)
      case .shiftRight(let count, let rounding) where shifts < 2:
        guard let shift = Shift(count, rounding) else { return nil }
        if shifts == 0 { first = shift } else { second = shift }
        shifts += 1
        reach = reach >> Int128(count) + 1
        continue
      case .saturate(let format), .wrap(let format):
        let isIdle = reach <= format.maximum && -reach >= format.minimum
        if isIdle { continue }
        guard shifts == 1, !wraps, low == .min, second.count == 0, reach < 1 << 62 else { return nil }
        if case .wrap = stage {
          guard format == .int(32) else { return nil }
          wraps = true
        } else {
          (low, high) = (Int64(format.minimum), Int64(format.maximum))
        }
        reach = max(format.maximum, -format.minimum)
        continue
      default: return nil
      }
      // Only a product comes here.
      switch stage {
      case .multiply(let next): reach *= Int128(next.magnitude)
      case .shiftLeft(let count): reach <<= Int128(count)
      default: break
      }
      // The half that a shift adds is below the product, or the result is 0 or 1 anyway and fits too.
      guard reach < 1 << 61 else { return nil }
    }
    guard reach < 1 << 62 else { return nil }
  }

  /// The result for a value.
  @inline(__always)
  func callAsFunction(_ x: Int64) -> Int64 {
    let scaled = first(x &* factor)
    let cut = wraps ? Int64(Int32(truncatingIfNeeded: scaled)) : min(max(scaled, low), high)
    return second(cut)
  }
}

/// What becomes of sums of a known reach: requantized, moved by the zero point, clamped.
struct WordOutput: Sendable {
  /// One for each channel, or one for all; empty where a requantization has another form.
  private let scales: [WordScale]
  private let stage: OutputStage

  /// Finds the form of a stage.
  ///
  /// - Parameters:
  ///   - stage: The stage.
  ///   - reaches: The largest magnitude of each channel's sums, or of all.
  init(_ stage: OutputStage, reaches: [Int128]) {
    self.stage = stage
    let channels = max(stage.requantizations.count, reaches.count)
    let found = (0..<channels).compactMap { channel in
      WordScale(stage.requantization(channel), reach: reaches[reaches.count == 1 ? 0 : channel])
    }
    scales = found.count == channels ? found : []
  }

  /// The stored integer for a sum.
  @inline(__always)
  func callAsFunction(_ sum: Int64, _ channel: Int) -> Int32 {
    let scaled =
      scales.isEmpty
      ? stage.requantization(channel).apply(sum) : scales[scales.count == 1 ? 0 : channel](sum)
    return Int32(truncatingIfNeeded: stage.finish(scaled))
  }
}
