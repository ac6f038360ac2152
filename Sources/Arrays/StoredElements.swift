/// Elements of a file that are not decoded yet: where they lie and what they are.
package struct StoredElements: Sendable {
  let data: FileBytes
  let name: String
  let type: NPYType
  let byteOrder: ByteOrder
  /// Where the first element lies, in bytes.
  let offset: Int
  let shape: [Int]
  /// The distance of neighbours along each axis, in bytes.
  let strides: [Int]

  static func packedStrides(shape: [Int], _ byteCount: Int) -> [Int] {
    var strides = [Int](repeating: byteCount, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) {
      // Only an array without elements can overflow here, and its strides are not used.
      strides[axis] = strides[axis + 1] &* shape[axis + 1]
    }
    return strides
  }

  /// The elements as runs of constant stride, in C order; one run where they are packed.
  private var runs: Runs {
    guard let inner = shape.last, strides != Self.packedStrides(shape: shape, type.byteCount) else {
      return Runs(
        outer: [], strides: [], offset: offset, count: shape.reduce(1, *), stride: type.byteCount)
    }
    return Runs(
      outer: Array(shape.dropLast()), strides: Array(strides.dropLast()), offset: offset, count: inner,
      stride: strides[strides.count - 1])
  }

  /// Decodes every element with one function.
  ///
  /// - Parameters:
  ///   - bits: The unsigned integer of the element's size.
  ///   - target: The type that a refusal names.
  ///   - convert: From the element's bits in this machine's byte order; `nil` where the value does not fit.
  /// - Returns: The values in C order.
  /// - Throws: ``ArrayError`` where a value does not fit.
  @inline(__always)
  func map<Bits: FixedWidthInteger & BitwiseCopyable, T: BitwiseCopyable>(
    _ bits: Bits.Type, to target: NPYType, _ convert: (Bits) -> T?
  ) throws(ArrayError) -> [T] {
    let swaps = byteOrder != .native
    let elements = try contiguous()
    let runs = elements.runs
    let total = runs.total
    let decoded = unsafe try elements.withRunBytes(runs) { buffer, origin -> [T] in
      guard total > 0, let base = buffer.baseAddress else { return [] }
      return unsafe [T](unsafeUninitializedCapacity: total) { out, count in
        for start in runs {
          // Nearly every file is packed and in this order; the two cases are apart so that the loop can be vectorized.
          if runs.stride == MemoryLayout<Bits>.size, !swaps {
            for index in 0..<runs.count {
              let at = start &- origin &+ index &* MemoryLayout<Bits>.size
              guard let value = convert(unsafe base.loadUnaligned(fromByteOffset: at, as: Bits.self)) else { return }
              unsafe out.initializeElement(at: count &+ index, to: value)
            }
          } else {
            for index in 0..<runs.count {
              let at = start &- origin &+ index &* runs.stride
              let raw = unsafe base.loadUnaligned(fromByteOffset: at, as: Bits.self)
              guard let value = convert(swaps ? raw.byteSwapped : raw) else { return }
              unsafe out.initializeElement(at: count &+ index, to: value)
            }
          }
          count &+= runs.count
        }
      }
    }
    guard decoded.count == total else {
      throw ArrayError(
        .value, file: name, problem: "a value of \(type) does not fit in \(target)",
        allowed: "the values of \(target)", repair: "clip the array, or ask for a wider type")
    }
    return decoded
  }

  /// Gives the bytes of the elements where they lie packed, in C order and in this machine's byte order; `nil` elsewhere.
  func withPackedBytes<Result>(_ body: (Span<UInt8>) throws -> Result) throws -> Result? {
    let count = shape.reduce(type.byteCount, *)
    guard byteOrder == .native || type.byteCount == 1, count > 0,
      strides == Self.packedStrides(shape: shape, type.byteCount)
    else { return nil }
    return unsafe try data.withBytes(from: offset, count: count) { buffer in
      unsafe try body(buffer.bindMemory(to: UInt8.self).span)
    }
  }

  /// Gives the bytes from the first element to the end of the last one, and the offset at which they begin.
  private func withRunBytes<Result>(
    _ runs: Runs, _ body: (UnsafeRawBufferPointer, Int) -> Result
  ) throws(ArrayError) -> Result {
    let count = runs.total == 0 ? 0 : runs.lastByte + type.byteCount - offset
    do {
      // The header was checked against the length; a mistake in the strides cannot read elsewhere all the same.
      return unsafe try data.withBytes(from: runs.total == 0 ? 0 : offset, count: count) { unsafe body($0, offset) }
    } catch let error as ArrayError {
      throw error
    } catch {
      preconditionFailure("reading throws nothing else")
    }
  }

  /// The elements, packed in memory where they lie all over a file.
  private func contiguous() throws(ArrayError) -> StoredElements {
    let packed = Self.packedStrides(shape: shape, type.byteCount)
    guard data.isOnDisk, strides != packed, shape.reduce(1, *) > 0 else { return self }
    let size = type.byteCount
    let runs = self.runs
    var bytes: [UInt8] = []
    bytes.reserveCapacity(runs.total * size)
    // Neighbours that are near each other come with one read.
    let windowCount = runs.stride < 4096 ? 1 << 16 : size
    var window: [UInt8] = []
    var windowStart = 0
    for start in runs {
      for index in 0..<runs.count {
        let at = start + index * runs.stride
        if at < windowStart || at + size > windowStart + window.count {
          (window, windowStart) = (try data.bytes(from: at, atMost: windowCount), at)
        }
        bytes += window[at - windowStart..<at - windowStart + size]
      }
    }
    return StoredElements(
      data: FileBytes(bytes), name: name, type: type, byteOrder: byteOrder, offset: 0, shape: shape, strides: packed)
  }

  /// The bytes of the elements in this machine's byte order.
  func nativeBytes() throws(ArrayError) -> [UInt8] {
    switch type.byteCount {
    case 1: try map(UInt8.self, to: type) { $0 }
    case 2: Self.bytes(try map(UInt16.self, to: type) { $0 })
    case 4: Self.bytes(try map(UInt32.self, to: type) { $0 })
    default: Self.bytes(try map(UInt64.self, to: type) { $0 })
    }
  }

  private static func bytes<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] {
    unsafe values.withUnsafeBytes { unsafe [UInt8]($0) }
  }
}

/// The offsets at which runs of equally distant elements begin.
private struct Runs: Sequence, IteratorProtocol {
  private let outer: [Int]
  private let strides: [Int]
  private var position: [Int]
  private var upcoming: Int?
  /// How many elements a run has, and their distance in bytes.
  let count: Int
  let stride: Int
  /// How many elements all runs have together.
  let total: Int
  /// Where the last element begins.
  let lastByte: Int

  init(outer: [Int], strides: [Int], offset: Int, count: Int, stride: Int) {
    self.outer = outer
    self.strides = strides
    self.count = count
    self.stride = stride
    position = [Int](repeating: 0, count: outer.count)
    total = outer.reduce(count, *)
    upcoming = total == 0 ? nil : offset
    lastByte =
      total == 0 ? offset : zip(outer, strides).reduce(offset + (count - 1) * stride) { $0 + ($1.0 - 1) * $1.1 }
  }

  mutating func next() -> Int? {
    guard let current = upcoming else { return nil }
    upcoming = nil
    var offset = current
    for axis in outer.indices.reversed() {
      position[axis] += 1
      offset += strides[axis]
      if position[axis] < outer[axis] {
        upcoming = offset
        break
      }
      offset -= outer[axis] * strides[axis]
      position[axis] = 0
    }
    return current
  }
}
