/// Writes whole arrays as .npy files of version 1.0, in C order and this machine's byte order.
package enum NPYWriter {
  /// The bytes of an .npy file.
  ///
  /// - Parameters:
  ///   - values: The elements in C order.
  ///   - shape: The axes; empty for a single number.
  ///   - file: What messages call it.
  /// - Returns: The whole file.
  /// - Throws: ``ArrayError`` where the shape does not have as many elements as there are values.
  package static func encoded<T: ArrayElement>(
    _ values: [T], shape: [Int], file: String = "array"
  ) throws(ArrayError) -> [UInt8] {
    try check(values.count, shape, file: file)
    var bytes = NPYHeader.encoded(T.arrayType, shape: shape)
    unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    return bytes
  }

  /// Writes an .npy file in one step.
  ///
  /// - Parameters:
  ///   - values: The elements in C order.
  ///   - shape: The axes; empty for a single number.
  ///   - path: The destination.
  /// - Throws: ``ArrayError`` where the shape is wrong or the file cannot be written.
  package static func write<T: ArrayElement>(_ values: [T], shape: [Int], to path: String) throws(ArrayError) {
    try check(values.count, shape, file: path)
    let file = try OutputFile(path)
    try file.write(NPYHeader.encoded(T.arrayType, shape: shape))
    try file.write(values)
    try publish([CompleteFile(file)])
  }

  /// The bytes of an .npy file before its elements, which follow in C order and this machine's byte order.
  ///
  /// - Parameters:
  ///   - type: The type of the elements.
  ///   - shape: The axes.
  /// - Returns: The header.
  package static func header(of type: NPYType, shape: [Int]) -> [UInt8] { NPYHeader.encoded(type, shape: shape) }

  /// The number of elements of a shape; `nil` where it is impossible.
  static func elementCount(_ shape: [Int]) -> Int? {
    var product = 1
    for axis in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: axis)
      guard axis >= 0, !overflow else { return nil }
      product = next
    }
    return shape.count <= NPYHeader.maximumAxes ? product : nil
  }

  private static func check(_ count: Int, _ shape: [Int], file: String) throws(ArrayError) {
    guard elementCount(shape) == count else {
      throw ArrayError(
        .shape, file: file, problem: "\(count) values do not fill the shape \(shape.tupleText)",
        allowed: "as many values as the product of the axes", repair: "give the shape of the values")
    }
  }
}

/// Writes an .npy file sample by sample, so that the array never has to be in memory.
///
/// The destination appears when ``finish()`` returns; a writer that is dropped before, or that has thrown, leaves
/// nothing.
package final class NPYStreamWriter {
  private let file: OutputFile
  private let path: String
  private let type: NPYType
  private let sampleShape: [Int]
  private let sampleElementCount: Int
  private let headerByteCount: Int
  /// The number of samples that the header names already.
  private let announcedCount: Int?
  /// How many samples were appended.
  package private(set) var sampleCount = 0

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: The destination.
  ///   - type: The type of the elements.
  ///   - sampleShape: The axes of one sample; the file gets one more in front.
  ///   - sampleCount: How many samples there will be, which a pipe needs to know at once; `nil` where nobody knows.
  /// - Throws: ``ArrayError`` where the shape is impossible or the file cannot be created.
  package init(
    path: String, elementType type: NPYType, sampleShape: [Int], sampleCount: Int? = nil
  ) throws(ArrayError) {
    guard let count = NPYWriter.elementCount(sampleShape), sampleShape.count < NPYHeader.maximumAxes else {
      throw ArrayError(
        .shape, file: path, problem: "the shape \(sampleShape.tupleText) is impossible",
        allowed: "at most \(NPYHeader.maximumAxes - 1) axes of 0 and more", repair: "give the shape of one sample")
    }
    self.path = path
    self.type = type
    self.sampleShape = sampleShape
    sampleElementCount = count
    // Room for the longest first axis there can be.
    let header = NPYHeader.encoded(type, shape: [.max] + sampleShape)
    headerByteCount = header.count
    announcedCount = sampleCount
    file = try OutputFile(path)
    try file.write(
      sampleCount.map { NPYHeader.encoded(type, shape: [$0] + sampleShape, reserved: header.count) } ?? header)
  }

  /// Appends one sample.
  ///
  /// - Parameter values: The elements in C order, of the type of the file.
  /// - Throws: ``ArrayError`` where the type or the number is wrong, or the file cannot be written.
  package func append<T: ArrayElement>(_ values: [T]) throws(ArrayError) {
    guard T.arrayType == type else {
      file.discard()
      throw ArrayError(
        .elementType, file: path, problem: "a sample of \(T.arrayType) was appended to an array of \(type)",
        allowed: "\(type)", repair: "convert the values")
    }
    guard values.count == sampleElementCount else {
      file.discard()
      throw ArrayError(
        .shape, file: path, problem: "a sample of \(values.count) values was appended",
        allowed: "\(sampleElementCount) values, the shape \(sampleShape.tupleText)", repair: "give whole samples")
    }
    try file.write(values)
    sampleCount += 1
  }

  /// Writes the number of samples into the header and gives the file its name.
  ///
  /// - Throws: ``ArrayError`` where the file cannot be completed.
  package func finish() throws(ArrayError) { try publish([complete()]) }

  /// Writes the number of samples into the header; the file gets its name by ``publish(_:)``, together with others.
  ///
  /// - Returns: The complete file.
  /// - Throws: ``ArrayError`` where the file cannot be completed.
  package func complete() throws(ArrayError) -> CompleteFile {
    if sampleCount != announcedCount {
      try file.rewriteStart(NPYHeader.encoded(type, shape: [sampleCount] + sampleShape, reserved: headerByteCount))
    }
    return try CompleteFile(file)
  }
}
