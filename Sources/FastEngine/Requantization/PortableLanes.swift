/// Eight channels side by side: what the portable kernels count in.
///
/// Written with Swift's vector types, whose operations every CPU has; a product of 16-bit integers added to its
/// neighbour is one instruction on most of them.
typealias Lanes = SIMD8<Int32>

extension Int {
  /// The next multiple of the number of lanes, or the number itself.
  var roundedUpToLanes: Int { (self + Lanes.scalarCount - 1) / Lanes.scalarCount * Lanes.scalarCount }
}

/// The sums of eight channels, to which two taps are added at a time.
///
/// By halves, because compilers know the instruction that multiplies pairs of 16-bit integers and adds them for four
/// sums but not for eight.
struct PairSums {
  private var low = SIMD4<Int32>()
  private var high = SIMD4<Int32>()

  /// Sums that begin with what is given.
  @inline(__always) init(_ start: Lanes = Lanes()) { (low, high) = (start.lowHalf, start.highHalf) }

  /// Adds `x₀·w₀ + x₁·w₁` to each sum, modulo 2^32.
  ///
  /// Exact: magnitudes of 8-bit integers less a zero point are at most 255, and 2·255² is far below 2^31.
  ///
  /// - Parameters:
  ///   - x: A pair of elements for each of the first four channels and for each of the others.
  ///   - weights: `[channel][2]`.
  @inline(__always) @unsafe
  mutating func add(_ x: (low: SIMD8<Int16>, high: SIMD8<Int16>), _ weights: UnsafePointer<Int16>) {
    low &+= pairProducts(x.low, unsafe weights.eight)
    high &+= pairProducts(x.high, unsafe (weights + 8).eight)
  }

  /// Adds the same pair of elements, `x[0]` and `x[1]`, times the weights of each channel.
  @inline(__always) @unsafe
  mutating func add(pairAt x: UnsafePointer<Int16>, _ weights: UnsafePointer<Int16>) {
    let pair = SIMD4(repeating: unsafe UnsafeRawPointer(x).loadUnaligned(as: Int32.self))
    let repeated = unsafe unsafeBitCast(pair, to: SIMD8<Int16>.self)
    unsafe add((repeated, repeated), weights)
  }

  /// Adds `x[0]` times the first weight of each channel's pair.
  @inline(__always) @unsafe
  mutating func add(firstAt x: UnsafePointer<Int16>, _ weights: UnsafePointer<Int16>) {
    let pair = SIMD4(repeating: unsafe Int32(UInt16(bitPattern: x[0])).littleEndian)
    let repeated = unsafe unsafeBitCast(pair, to: SIMD8<Int16>.self)
    unsafe add((repeated, repeated), weights)
  }

  /// The sums.
  @inline(__always) var lanes: Lanes { Lanes(lowHalf: low, highHalf: high) }

  /// Writes the sums.
  @inline(__always) @unsafe
  func store(to target: UnsafeMutablePointer<Int32>) {
    unsafe UnsafeMutableRawPointer(target).storeBytes(of: low, as: SIMD4<Int32>.self)
    unsafe UnsafeMutableRawPointer(target + 4).storeBytes(of: high, as: SIMD4<Int32>.self)
  }
}

@inline(__always)
private func pairProducts(_ x: SIMD8<Int16>, _ weights: SIMD8<Int16>) -> SIMD4<Int32> {
  let products = x.widened &* weights.widened
  return products.evenHalf &+ products.oddHalf
}

// The library's own conversions are written once for all types, and compilers do not always see through them.

extension SIMD8<Int16> {
  /// The same integers in 32 bits.
  @inline(__always) var widened: Lanes {
    Lanes(
      Int32(self[0]), Int32(self[1]), Int32(self[2]), Int32(self[3]), Int32(self[4]), Int32(self[5]), Int32(self[6]),
      Int32(self[7]))
  }
}

extension SIMD8<UInt8> {
  /// The same integers in 16 bits.
  @inline(__always) fileprivate var widened: SIMD8<Int16> {
    SIMD8<Int16>(
      Int16(self[0]), Int16(self[1]), Int16(self[2]), Int16(self[3]), Int16(self[4]), Int16(self[5]), Int16(self[6]),
      Int16(self[7]))
  }
}

extension UnsafePointer<Int32> {
  /// Eight integers from an index on.
  @inline(__always) @unsafe func lanes(_ index: Int) -> Lanes {
    unsafe UnsafeRawPointer(self + index).loadUnaligned(as: Lanes.self)
  }
}

extension UnsafeMutablePointer<Int32> {
  /// Writes eight integers from an index on.
  @inline(__always) @unsafe func setLanes(_ index: Int, _ lanes: Lanes) {
    unsafe UnsafeMutableRawPointer(self + index).storeBytes(of: lanes, as: Lanes.self)
  }
}

extension UnsafePointer<Int16> {
  /// The eight integers from here on.
  @inline(__always) @unsafe var eight: SIMD8<Int16> {
    unsafe UnsafeRawPointer(self).loadUnaligned(as: SIMD8<Int16>.self)
  }
}

extension UnsafePointer<UInt8> {
  /// Eight bytes from an index on, widened.
  @inline(__always) @unsafe func widened(_ index: Int) -> SIMD8<Int16> {
    unsafe UnsafeRawPointer(self + index).loadUnaligned(as: SIMD8<UInt8>.self).widened
  }
}

extension Table<Int32> {
  /// Eight entries from an index on; a table has zeros after its end.
  @inline(__always) func lanes(_ index: Int) -> Lanes { unsafe pointer.lanes(index) }
}

extension Lanes {
  /// All ones in the first lanes, as many as there are, and zeros in the others.
  @inline(__always) static func first(_ count: Int) -> Lanes {
    let isBeyond = Lanes(0, 1, 2, 3, 4, 5, 6, 7) .>= Lanes(repeating: Int32(truncatingIfNeeded: count))
    return Lanes(repeating: -1).replacing(with: Lanes(), where: isBeyond)
  }
}
