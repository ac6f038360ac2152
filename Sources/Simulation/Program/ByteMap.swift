/// A function from bytes to bytes.
package struct ByteMap: Hashable, Sendable {
  /// How it is computed.
  package enum Form: Hashable, Sendable {
    /// Some bits turned over; 128 changes int8 into uint8 and back, 0 changes nothing.
    case exclusiveOr(UInt8)
    /// 256 results, looked up.
    case table([UInt8])
  }

  /// The cheapest form.
  package let form: Form

  /// The same bytes.
  package static let identity = ByteMap { $0 }

  /// Tabulates a function.
  package init(_ function: (UInt8) -> UInt8) {
    let entries = (0...255).map { function(UInt8($0)) }
    let bits = entries[0]
    let isExclusiveOr = entries.indices.allSatisfy { entries[$0] == UInt8($0) ^ bits }
    form = isExclusiveOr ? .exclusiveOr(bits) : .table(entries)
  }

  /// The result for one byte.
  package func callAsFunction(_ byte: UInt8) -> UInt8 {
    switch form {
    case .exclusiveOr(let bits): byte ^ bits
    case .table(let entries): entries[Int(byte)]
    }
  }
}
