/// Bytes of the arena that are summed place by place: `rows` times `columns` runs of `count` bytes.
struct ByteSums {
  var start: Int
  var rows: Int
  var rowStride: Int
  var columns: Int
  var columnStride: Int
  var count: Int

  /// The terms of each sum.
  var terms: Int { rows * columns }

  /// Calls `body` with each place of a run and the sum of the bytes there.
  @inline(__always)
  func forEach(_ arena: Arena, _ body: (Int, Int) -> Void) {
    var place = 0
    // 256 bytes sum to less than 2^16, so that the loops on vectors cannot overflow.
    if terms <= 256 {
      // Which byte of a pair is the low half is the machine's byte order.
      let first = 1.littleEndian == 1 ? 0 : 1
      unsafe withUnsafeTemporaryAllocation(of: SIMD8<UInt16>.self, capacity: 8) { halves in
        guard let base = halves.baseAddress else { return }
        while place + 64 <= count {
          unsafe sumCacheLine(arena.pointer(start + place), base)
          let sums = UnsafeRawBufferPointer(halves)
          for pair in 0..<32 {
            body(place + 2 * pair + first, Int(unsafe sums.loadUnaligned(fromByteOffset: 2 * pair, as: UInt16.self)))
            body(
              place + 2 * pair + 1 - first,
              Int(unsafe sums.loadUnaligned(fromByteOffset: 64 + 2 * pair, as: UInt16.self)))
          }
          place += 64
        }
      }
    }
    // Sixteen places at a time, whose sums 32 bits hold.
    while place + 16 <= count && terms <= 1 << 24 {
      var sums = SIMD16<UInt32>.zero
      for row in 0..<rows {
        var source = unsafe UnsafeRawPointer(arena.pointer(start &+ row &* rowStride &+ place))
        for _ in 0..<columns {
          sums &+= SIMD16<UInt32>(truncatingIfNeeded: unsafe source.loadUnaligned(as: SIMD16<UInt8>.self))
          unsafe source += columnStride
        }
      }
      for lane in 0..<16 { body(place + lane, Int(sums[lane])) }
      place += 16
    }
    for place in place..<count {
      var sum = 0
      for row in 0..<rows {
        let source = start + row * rowStride + place
        for column in 0..<columns { sum &+= Int(arena[source + column * columnStride]) }
      }
      body(place, sum)
    }
  }

  /// Sums 64 places, the even and the odd ones as the halves of numbers of 16 bits: first all even ones, then all odd.
  ///
  /// A function of its own, and vectors of this length, because the compiler keeps just these in registers.
  @inline(never)
  private func sumCacheLine(_ source: UnsafePointer<UInt8>, _ halves: UnsafeMutablePointer<SIMD8<UInt16>>) {
    typealias Pairs = SIMD8<UInt16>
    let (mask, eight) = (Pairs(repeating: 255), Pairs(repeating: 8))
    var (low0, low1, low2, low3) = (Pairs.zero, Pairs.zero, Pairs.zero, Pairs.zero)
    var (high0, high1, high2, high3) = (Pairs.zero, Pairs.zero, Pairs.zero, Pairs.zero)
    var line = unsafe UnsafeRawPointer(source)
    for _ in 0..<rows {
      var place = unsafe line
      for _ in 0..<columns {
        let a = unsafe place.loadUnaligned(as: Pairs.self)
        let b = unsafe place.loadUnaligned(fromByteOffset: 16, as: Pairs.self)
        let c = unsafe place.loadUnaligned(fromByteOffset: 32, as: Pairs.self)
        let d = unsafe place.loadUnaligned(fromByteOffset: 48, as: Pairs.self)
        low0 &+= a & mask
        low1 &+= b & mask
        low2 &+= c & mask
        low3 &+= d & mask
        high0 &+= a &>> eight
        high1 &+= b &>> eight
        high2 &+= c &>> eight
        high3 &+= d &>> eight
        unsafe place += columnStride
      }
      unsafe line += rowStride
    }
    unsafe (halves[0], halves[1], halves[2], halves[3]) = (low0, low1, low2, low3)
    unsafe (halves[4], halves[5], halves[6], halves[7]) = (high0, high1, high2, high3)
  }
}
