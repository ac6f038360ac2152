internal import Simulation

/// From rows of 32-bit sums to output bytes, eight channels at a time.
///
/// The same arithmetic as `OutputForm.apply`, in 32 and unsigned 64 bits: used where no sum that can occur makes any of
/// its parts leave them, and one by one elsewhere.
struct PortableRequantization: Sendable {
  private enum Way: Sendable {
    /// One flooring shift; the rounding constant stands in the bias.
    case shift
    /// A shift whose rounding looks at the sum's sign or the floor's parity.
    case tiedShift
    /// TensorFlow Lite's double rounding.
    case double
    /// One rounding of a product.
    case single
    /// Whatever `OutputForm.apply` does.
    case oneByOne
  }

  private let form: OutputForm
  private let way: Way
  /// From one channel's entry to the next one's: 0 where one entry serves all.
  private let step: Int
  private let outputBias: Int32
  /// Added to each sum, modulo 2^32: the true sum lies within 32 bits.
  private let bias: Table<Int32>
  private let add: Table<Int32>
  private let negative: Table<Int32>
  private let odd: Table<Int32>
  private let multiplier: Table<Int32>
  private let left: Table<Int32>
  private let right: Table<Int32>
  private let offset: Table<UInt64>
  private let hasLeft: Bool

  /// Prepares a form.
  ///
  /// - Parameters:
  ///   - form: The form; one with a single channel serves all.
  ///   - bias: For each channel what is added to its sum first.
  ///   - bounds: For each channel the largest magnitude of a sum with its bias.
  ///   - outputBias: From the stored integer to its byte.
  /// - Precondition: The bounds lie within 32 bits.
  init(_ form: OutputForm, bias: [Int64], bounds: [Int64], outputBias: Int32) {
    self.form = form
    self.outputBias = outputBias
    way = PortableRequantization.way(form, bounds)
    step = bias.count == 1 ? 0 : 1
    let count = max(bias.count, Lanes.scalarCount)
    func table(_ values: [Int64]) -> Table<Int32> {
      let lanes = values.count == 1 ? [Int64](repeating: values[0], count: count) : values
      return Table(lanes.map { Int32(truncatingIfNeeded: $0) }, zero: 0)
    }
    self.bias = table(way == .shift ? zip(bias, form.add).map { $0 + $1 } : bias)
    hasLeft = form.left.contains { $0 != 0 }
    multiplier = table(form.multiplier)
    left = table(form.left.map(Int64.init))
    right = table(form.right.map(Int64.init))
    let halves = form.right.map { $0 == 0 ? 0 : Int64(1) << Int64($0 - 1) }
    switch way {
    case .double:
      add = table(halves)
      negative = table(halves.map { $0 == 0 ? 0 : -1 })
    default:
      add = table(form.add)
      negative = table(form.negative)
    }
    odd = table(form.odd)
    var offsets: [UInt64] = []
    if way == .single {
      offsets = zip(halves, form.multiplier).map { UInt64(bitPattern: (1 << 62) + $0 - $1 << 31) }
      if offsets.count == 1 { offsets = [UInt64](repeating: offsets[0], count: count) }
    }
    offset = Table(offsets, zero: 0)
  }

  /// The short way that is exact for all sums within the bounds.
  private static func way(_ form: OutputForm, _ bounds: [Int64]) -> Way {
    let stage = form.stage
    // The ends of the clamp, less the zero point, are compared in 16 bits.
    guard abs(stage.zeroPoint) < 1 << 14, abs(stage.low) < 1 << 14, abs(stage.high) < 1 << 14 else { return .oneByOne }
    let room = Int64(Int32.max)
    func holds(_ limit: (Int) -> Int64) -> Bool { bounds.indices.allSatisfy { bounds[$0] <= limit($0) } }
    switch form.kind {
    case .shift:
      guard holds({ room - abs(form.add[$0]) - abs(form.negative[$0]) - abs(form.odd[$0]) }) else { return .oneByOne }
      return (form.negative + form.odd).allSatisfy { $0 == 0 } ? .shift : .tiedShift
    case .double:
      // A shift to the left wraps, as the stage does, and has no shift to the right after it.
      return holds { form.right[$0] == 0 ? room : room - 1 << Int64(form.right[$0] - 1) } ? .double : .oneByOne
    case .single:
      let isNarrow = bounds.indices.allSatisfy {
        Int128(bounds[$0]) * Int128(form.multiplier[$0]) <= Int128(room) << Int128(form.right[$0])
      }
      return isNarrow ? .single : .oneByOne
    case .float64, .float32, .general: return .oneByOne
    }
  }

  /// Requantizes the sums of the first channels of a row; reads up to seven sums more.
  @unsafe func run(_ sums: UnsafePointer<Int32>, _ count: Int, to target: UnsafeMutablePointer<UInt8>) {
    switch way {
    case .shift:
      unsafe forEachLanes(sums, count, target) { x, place in x &>> right.lanes(place) }
    case .tiedShift:
      unsafe forEachLanes(sums, count, target) { x, place in
        let floor = x &>> right.lanes(place)
        let isOdd = Lanes() &- (floor & Lanes(repeating: 1))
        let y = x &+ add.lanes(place) &+ (x.signs & negative.lanes(place)) &+ (isOdd & odd.lanes(place))
        return y &>> right.lanes(place)
      }
    case .double where hasLeft:
      unsafe forEachLanes(sums, count, target) { x, place in doubleRounding(x &<< left.lanes(place), place) }
    case .double:
      unsafe forEachLanes(sums, count, target) { x, place in doubleRounding(x, place) }
    case .single:
      unsafe forEachLanes(sums, count, target) { x, place in singleRounding(x, place) }
    case .oneByOne:
      for index in 0..<count {
        let channel = index * step
        let sum = unsafe Int64(sums[index] &+ bias[channel])
        unsafe target[index] = UInt8(
          truncatingIfNeeded: Int32(truncatingIfNeeded: form.apply(sum, channel)) + outputBias)
      }
    }
  }

  /// Calls `scale` for each eight sums with their bias, clamps and stores what it gives.
  @inline(__always) @unsafe private func forEachLanes(
    _ sums: UnsafePointer<Int32>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>,
    _ scale: (Lanes, Int) -> Lanes
  ) {
    let zeroPoint = form.stage.zeroPoint
    let low = SIMD8(repeating: Int16(truncatingIfNeeded: form.stage.low - zeroPoint))
    let high = SIMD8(repeating: Int16(truncatingIfNeeded: form.stage.high - zeroPoint))
    let zero = SIMD8(repeating: Int16(truncatingIfNeeded: zeroPoint + Int64(outputBias)))
    var index = 0
    while index < count {
      let place = index &* step
      let scaled = scale(unsafe sums.lanes(index) &+ bias.lanes(place), place)
      // 16 bits hold both ends of the clamp, so what they cannot hold is cut by it anyway.
      let narrow = SIMD8<Int16>(
        truncatingIfNeeded: scaled.clamped(
          lowerBound: Lanes(repeating: Int32(Int16.min)), upperBound: Lanes(repeating: Int32(Int16.max))))
      let bytes = SIMD8<UInt8>(truncatingIfNeeded: narrow.clamped(lowerBound: low, upperBound: high) &+ zero)
      if index &+ Lanes.scalarCount <= count {
        unsafe UnsafeMutableRawPointer(target + index).storeBytes(of: bytes, as: SIMD8<UInt8>.self)
      } else {
        for lane in 0..<count - index { unsafe target[index + lane] = bytes[lane] }
      }
      index &+= Lanes.scalarCount
    }
  }

  /// `(x·m + 2^30) >> 31`, then a shift that rounds ties away from zero.
  ///
  /// With `u = x + 2^31` the product is unsigned: `(u·m + 2^30) >> 31` is the result plus `m`, because `2^31·m` is a
  /// multiple of 2^31; and `u·m + 2^30 < 2^63`.
  @inline(__always) private func doubleRounding(_ x: Lanes, _ place: Int) -> Lanes {
    let factor = multiplier.lanes(place)
    let product = x.raised &* SIMD8<UInt64>(truncatingIfNeeded: SIMD8<UInt32>(truncatingIfNeeded: factor))
    let quotient = (product &+ SIMD8(repeating: 1 << 30)) &>> SIMD8(repeating: 31)
    let high = Lanes(truncatingIfNeeded: quotient) &- factor
    return (high &+ add.lanes(place) &+ (high.signs & negative.lanes(place))) &>> right.lanes(place)
  }

  /// `(x·m + 2^(n−1)) >> n`.
  ///
  /// `u·m − 2^31·m + 2^(n−1) + 2^62` is the numerator plus a multiple of 2^n, for n ≤ 62, and lies in [0, 2^63).
  @inline(__always) private func singleRounding(_ x: Lanes, _ place: Int) -> Lanes {
    let factor = SIMD8<UInt64>(truncatingIfNeeded: SIMD8<UInt32>(truncatingIfNeeded: multiplier.lanes(place)))
    let constant = unsafe UnsafeRawPointer(offset.pointer + place).loadUnaligned(as: SIMD8<UInt64>.self)
    let count = SIMD8<UInt64>(truncatingIfNeeded: SIMD8<UInt32>(truncatingIfNeeded: right.lanes(place)))
    let quotient = (x.raised &* factor &+ constant) &>> count
    return Lanes(truncatingIfNeeded: quotient &- (SIMD8(repeating: 1 << 62) &>> count))
  }
}

extension Lanes {
  /// All ones where a lane is negative, zero elsewhere.
  @inline(__always) fileprivate var signs: Lanes { self &>> Lanes(repeating: 31) }

  /// Each lane plus 2^31, which makes it unsigned.
  @inline(__always) fileprivate var raised: SIMD8<UInt64> {
    SIMD8<UInt64>(truncatingIfNeeded: SIMD8<UInt32>(truncatingIfNeeded: self ^ Lanes(repeating: .min)))
  }
}
