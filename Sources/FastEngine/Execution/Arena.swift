/// The memory of one run: all activations, and scratch space at its end.
///
/// Indices are bytes from its start; the planner has made sure that they are inside, so they are not checked again.
@safe final class Arena: @unchecked Sendable {
  private let base: UnsafeMutablePointer<UInt8>
  let count: Int

  init(byteCount: Int) {
    count = byteCount
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    unsafe base = memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  deinit { unsafe UnsafeMutableRawPointer(base).deallocate() }

  /// One byte.
  subscript(index: Int) -> UInt8 {
    @inline(__always) get { unsafe base[index] }
    @inline(__always) set { unsafe base[index] = newValue }
  }

  /// Four bytes as an integer.
  func word(_ index: Int) -> Int32 {
    unsafe UnsafeRawPointer(base + index).loadUnaligned(as: Int32.self)
  }

  /// Writes an integer as four bytes.
  func setWord(_ index: Int, _ value: Int32) {
    unsafe UnsafeMutableRawPointer(base + index).storeBytes(of: value, as: Int32.self)
  }

  /// The address of a byte, for kernels in C.
  @unsafe func pointer(_ index: Int) -> UnsafeMutablePointer<UInt8> { unsafe base + index }

  /// Copies bytes that do not overlap.
  func copy(from source: Int, to target: Int, count: Int) {
    unsafe (base + target).update(from: base + source, count: count)
  }

  /// Sets bytes to one value.
  func fill(_ index: Int, count: Int, _ value: UInt8) {
    unsafe (base + index).update(repeating: value, count: count)
  }
}

/// An immutable table for kernels in C, aligned to 64 bytes and with zeros after its end.
@safe final class Table<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  private let base: UnsafeMutablePointer<Element>
  let count: Int

  init(_ elements: [Element], zero: Element) {
    count = elements.count
    let padded = elements.count + 64
    let memory = UnsafeMutableRawPointer.allocate(byteCount: padded * MemoryLayout<Element>.stride, alignment: 64)
    unsafe base = memory.initializeMemory(as: Element.self, repeating: zero, count: padded)
    unsafe elements.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { unsafe base.update(from: start, count: source.count) }
    }
  }

  /// A table of so many zeros, of which `fill` may change any.
  init(count: Int, zero: Element, fill: (UnsafeMutablePointer<Element>) -> Void) {
    self.count = count
    let padded = count + 64
    let memory = UnsafeMutableRawPointer.allocate(byteCount: padded * MemoryLayout<Element>.stride, alignment: 64)
    unsafe base = memory.initializeMemory(as: Element.self, repeating: zero, count: padded)
    unsafe fill(base)
  }

  deinit { unsafe UnsafeMutableRawPointer(base).deallocate() }

  subscript(index: Int) -> Element {
    @inline(__always) get { unsafe base[index] }
  }

  /// The address of the first element.
  @unsafe var pointer: UnsafePointer<Element> { unsafe UnsafePointer(base) }
}
