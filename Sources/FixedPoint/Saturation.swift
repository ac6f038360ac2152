/// What a register does with a value that it cannot hold.
///
/// The raw values are wire names: they stand in profiles and never change.
public enum Overflow: String, CaseIterable, Sendable, Hashable, Codable {
  /// The low bits are kept: the value modulo 2^bits.
  case wrap
  /// The nearest value that the format can hold is kept.
  case saturate
  /// The machine has no answer: the simulation ends with an error.
  case trap
}

extension IntegerFormat {
  /// The nearest value that the format can hold.
  @inlinable
  public func saturate(_ value: Int128) -> Int128 { nearest(to: value) }

  /// The value modulo 2^bits, read back in this format.
  @inlinable
  public func wrap(_ value: Int128) -> Int128 {
    // 128 bits hold every residue of a format of at most 64, so the fallback is never taken.
    residue(of: value) ?? value
  }
}
