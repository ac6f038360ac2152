/// SHA-256 as FIPS 180-4 defines it, fed in pieces.
///
/// The result depends on the bytes alone, never on how they were cut into pieces.
package struct SHA256: Sendable {
  private var state = SHA256Block.initialState
  private var schedule = [UInt32](repeating: 0, count: 64)
  /// Bytes that do not fill a block yet; fewer than 64.
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0

  /// Starts the digest of an empty message.
  package init() {
    pending.reserveCapacity(64)
  }

  /// Appends bytes to the message.
  ///
  /// Storage that is contiguous (an array, its slice, a `Data`) is read in place.
  ///
  /// - Parameter bytes: Any number of bytes, none included.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
      unsafe absorb(Span(_unsafeElements: buffer))
    }
    guard done == nil else { return }
    var piece: [UInt8] = []
    piece.reserveCapacity(4096)
    for byte in bytes {
      piece.append(byte)
      guard piece.count == 4096 else { continue }
      absorb(piece.span)
      piece.removeAll(keepingCapacity: true)
    }
    absorb(piece.span)
  }

  /// The digest of all bytes so far; the message may go on afterwards.
  ///
  /// - Returns: The 32 bytes.
  package func finalize() -> Digest32 {
    var last = self
    let bitCount = byteCount &* 8
    // A one bit, zeros up to 8 bytes before the end of a block, and the length in bits, big-endian.
    var padding: [UInt8] = [0x80]
    let used = (pending.count + 1) % 64
    padding += [UInt8](repeating: 0, count: used <= 56 ? 56 - used : 120 - used)
    padding += stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bitCount >> UInt64($0)) }
    last.absorb(padding.span)
    return Digest32(words: last.state)
  }

  /// The digest of a whole message.
  ///
  /// - Parameter bytes: The message.
  /// - Returns: The 32 bytes.
  package static func hash(of bytes: some Sequence<UInt8>) -> Digest32 {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }

  private mutating func absorb(_ bytes: Span<UInt8>) {
    byteCount &+= UInt64(bytes.count)
    var offset = 0
    if !pending.isEmpty {
      while pending.count < 64, offset < bytes.count {
        pending.append(bytes[offset])
        offset += 1
      }
      guard pending.count == 64 else { return }
      // Moved out, because a span of `pending` borrows the whole of `self`.
      var block: [UInt8] = []
      swap(&block, &pending)
      SHA256Block.compress(block.span, at: 0, into: &state, schedule: &schedule)
      block.removeAll(keepingCapacity: true)
      swap(&block, &pending)
    }
    while bytes.count - offset >= 64 {
      SHA256Block.compress(bytes, at: offset, into: &state, schedule: &schedule)
      offset += 64
    }
    while offset < bytes.count {
      pending.append(bytes[offset])
      offset += 1
    }
  }
}
