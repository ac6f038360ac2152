/// An array of NumPy's .npy format: only the samples that are asked for are brought into memory.
///
/// An array in Fortran order of at most 512 MiB is read as a whole, since each sample lies all over the file.
///
/// A sample is a slice along the first axis. Values come in C order whatever the order in the file, and in this
/// machine's byte order.
package struct NPYFile: Sendable {
  /// The path of the file, with `:name` for an array of an archive.
  package let name: String
  private let header: NPYHeader
  private let data: FileBytes

  /// Opens an .npy file and checks its header against its length.
  ///
  /// - Parameter path: The file; reading fails where it is written to while the value is in use.
  /// - Throws: ``ArrayError``.
  package init(contentsOf path: String) throws(ArrayError) {
    try self.init(data: FileBytes(contentsOf: path), name: path)
  }

  /// Reads an .npy file that is in memory already.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What messages call it.
  /// - Throws: ``ArrayError``.
  package init(bytes: [UInt8], name: String) throws(ArrayError) {
    try self.init(data: FileBytes(bytes), name: name)
  }

  /// The largest file in Fortran order that is read as a whole, since its samples lie all over it.
  private static let scatteredLimit = 1 << 29

  init(data: FileBytes, name: String) throws(ArrayError) {
    self.name = name
    let start = try data.bytes(from: 0, atMost: NPYHeader.maximumBytes + 12)
    header = try NPYHeader(start, fileByteCount: data.count, file: name)
    let isScattered = header.isFortranOrder && header.shape.count > 1 && data.count <= Self.scatteredLimit
    self.data = isScattered ? FileBytes(try data.all()) : data
  }

  /// The type of the stored elements.
  package var elementType: NPYType { header.elementType }
  /// The axes, outermost first; empty for a single number.
  package var shape: [Int] { header.shape }
  /// The product of the axes.
  package var elementCount: Int { header.elementCount }
  /// The length of the first axis; 1 for a single number.
  package var sampleCount: Int { shape.first ?? 1 }
  /// The axes of one sample.
  package var sampleShape: [Int] { Array(shape.dropFirst()) }
  /// The number of elements of one sample; zero where the array has none.
  package var sampleElementCount: Int { elementCount == 0 ? 0 : elementCount / sampleCount }

  /// The values of one sample.
  ///
  /// - Parameters:
  ///   - index: 0 to ``sampleCount`` − 1.
  ///   - type: What the values become, see ``ArrayElement``.
  /// - Returns: ``sampleElementCount`` values in C order.
  /// - Throws: ``ArrayError`` where there is no such sample or a value is not exact in an integer type.
  package func sample<T: ArrayElement>(_ index: Int, as type: T.Type = T.self) throws(ArrayError) -> [T] {
    try T.decoded(elements(of: index))
  }

  /// The values of the whole array.
  ///
  /// - Parameter type: What the values become, see ``ArrayElement``.
  /// - Returns: ``elementCount`` values in C order.
  /// - Throws: ``ArrayError`` where a value is not exact in an integer type.
  package func values<T: ArrayElement>(as type: T.Type = T.self) throws(ArrayError) -> [T] {
    try T.decoded(elements(at: header.dataOffset, shape: shape, outerCount: 1))
  }

  /// The bytes of one sample as the elements lie in this machine's memory.
  ///
  /// - Parameter index: 0 to ``sampleCount`` − 1.
  /// - Returns: ``sampleElementCount`` times the element's size bytes, in C order.
  /// - Throws: ``ArrayError`` where there is no such sample.
  package func sampleBytes(_ index: Int) throws(ArrayError) -> [UInt8] {
    try elements(of: index).nativeBytes()
  }

  /// Gives the bytes of one sample without copying them.
  ///
  /// - Parameters:
  ///   - index: 0 to ``sampleCount`` − 1.
  ///   - body: Reads the bytes: as they lie in this machine's memory, in C order.
  /// - Returns: What `body` gives, or `nil` where the file has the bytes in another order.
  /// - Throws: ``ArrayError`` where there is no such sample, or what `body` throws.
  package func withSampleBytes<Result>(_ index: Int, _ body: (Span<UInt8>) throws -> Result) throws -> Result? {
    try elements(of: index).withPackedBytes(body)
  }

  private func elements(of index: Int) throws(ArrayError) -> StoredElements {
    guard (0..<sampleCount).contains(index) else {
      throw ArrayError(
        .missing, file: name, problem: "there is no sample \(index)",
        allowed: sampleCount == 0 ? "none, the array is empty" : "0 to \(sampleCount - 1)",
        repair: "ask for fewer samples")
    }
    let step = elementType.byteCount * (header.isFortranOrder ? 1 : sampleElementCount)
    // In Fortran order the first axis is the innermost: neighbours in the sample are `sampleCount` elements apart.
    return elements(
      at: header.dataOffset + index * step, shape: sampleShape, outerCount: header.isFortranOrder ? sampleCount : 1)
  }

  /// The elements of a part of the array; `outerCount` is how many elements lie between neighbours along the first axis
  /// of a Fortran `shape`.
  private func elements(at offset: Int, shape: [Int], outerCount: Int) -> StoredElements {
    var strides: [Int] = []
    if elementCount > 0, header.isFortranOrder {
      var stride = outerCount * elementType.byteCount
      for axis in shape {
        strides.append(stride)
        stride *= axis
      }
    } else {
      strides = StoredElements.packedStrides(shape: shape, elementType.byteCount)
    }
    return StoredElements(
      data: data, name: name, type: elementType, byteOrder: header.byteOrder, offset: offset,
      shape: elementCount == 0 ? [0] : shape, strides: elementCount == 0 ? [elementType.byteCount] : strides)
  }
}
