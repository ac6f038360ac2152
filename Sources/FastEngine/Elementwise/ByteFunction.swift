internal import Simulation

/// A function of bytes, ready to be applied to rows of them.
@unsafe struct ByteFunction {
  /// 256 results, or none where `bits` says all.
  let table: UnsafePointer<UInt8>?
  /// Turned over in every result.
  let bits: UInt8

  /// Applies the function to `count` bytes; rows do not overlap.
  @inline(__always)
  func apply(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ count: Int) {
    if let table = unsafe table {
      for index in 0..<count { unsafe target[index] = table[Int(source[index])] ^ bits }
    } else if unsafe bits == 0 {
      unsafe target.update(from: source, count: count)
    } else {
      for index in 0..<count { unsafe target[index] = source[index] ^ bits }
    }
  }
}

extension ByteMap {
  /// Calls `body` with the function, whose results some bits are turned over in.
  @unsafe func withFunction(then bits: UInt8 = 0, _ body: (ByteFunction) -> Void) {
    switch form {
    case .exclusiveOr(let own): unsafe body(ByteFunction(table: nil, bits: own ^ bits))
    case .table(let entries):
      unsafe entries.withUnsafeBufferPointer { unsafe body(ByteFunction(table: $0.baseAddress, bits: bits)) }
    }
  }
}
