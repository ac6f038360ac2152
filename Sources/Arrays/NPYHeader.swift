/// What the header of an .npy file says, and where its data begin.
struct NPYHeader: Hashable, Sendable {
  var elementType: NPYType
  var byteOrder: ByteOrder
  var isFortranOrder: Bool
  var shape: [Int]
  /// Where the data begin, in bytes from the beginning of the file.
  var dataOffset: Int
  /// The product of the shape.
  var elementCount: Int

  /// The six bytes that begin every .npy file.
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// NumPy writes at most 32 axes before version 2 and 64 since.
  static let maximumAxes = 64
  /// A header of numbers is about a hundred bytes; more is a structured type or an attack.
  static let maximumBytes = 1 << 16

  /// Reads and checks the header.
  ///
  /// - Parameters:
  ///   - bytes: The beginning of the file, up to ``maximumBytes`` + 12 of them.
  ///   - fileByteCount: The length of the whole file, which bounds the shape before anything is allocated.
  ///   - file: The name for messages.
  /// - Throws: ``ArrayError``.
  init(_ bytes: [UInt8], fileByteCount: Int, file: String) throws(ArrayError) {
    let text = try Self.dictionaryBytes(bytes, file: file)
    var parser = HeaderParser(Array(bytes[text]), file: file)
    let fields = try parser.dictionary()
    let (type, order) = try fields.elementType(file: file)
    let shape = try fields.shape(file: file)
    let count = try Self.elementCount(of: shape, type, file: file)
    elementType = type
    byteOrder = order
    isFortranOrder = try fields.fortranOrder(file: file)
    self.shape = shape
    elementCount = count
    dataOffset = text.upperBound
    let needed = count * type.byteCount
    let present = fileByteCount - dataOffset
    guard needed == present else {
      throw ArrayError(
        .length, file: file,
        problem:
          "the shape \(shape.tupleText) of \(type) needs \(needed) bytes of data, but \(present) follow the header",
        allowed: "exactly one array", repair: needed > present ? "copy the file again" : "save one array per file")
    }
  }

  /// Where the Python dictionary lies.
  private static func dictionaryBytes(_ bytes: [UInt8], file: String) throws(ArrayError) -> Range<Int> {
    guard bytes.count >= 10, Array(bytes[..<6]) == magic else {
      throw ArrayError(
        .format, file: file, problem: "the file does not begin as an .npy file does",
        allowed: ".npy files of NumPy", repair: "write it with numpy.save")
    }
    let major = bytes[6]
    guard (1...3).contains(major), bytes[7] == 0 else {
      throw ArrayError(
        .header, file: file, problem: "the format version is \(major).\(bytes[7])", allowed: "1.0, 2.0 and 3.0",
        repair: "write it with numpy.save")
    }
    let start = major == 1 ? 10 : 12
    guard bytes.count >= start else { throw .truncatedHeader(file) }
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= maximumBytes else {
      throw ArrayError(
        .header, file: file, problem: "the header is \(length) bytes long", allowed: "at most \(maximumBytes)",
        repair: "save a plain array of numbers")
    }
    guard bytes.count - start >= length else { throw .truncatedHeader(file) }
    return start..<start + length
  }

  /// The product of the axes, refused where it or its bytes would not fit in an `Int`.
  private static func elementCount(of shape: [Int], _ type: NPYType, file: String) throws(ArrayError) -> Int {
    var product = type.byteCount
    // A zero axis must not hide the overflow of the others.
    for axis in shape where axis != 0 {
      let (next, overflow) = product.multipliedReportingOverflow(by: axis)
      guard !overflow else {
        throw ArrayError(
          .shape, file: file, problem: "the shape \(shape.tupleText) of \(type) has more bytes than can be counted",
          allowed: "less than 2^63 bytes", repair: "copy the file again")
      }
      product = next
    }
    return shape.contains(0) ? 0 : product / type.byteCount
  }
}

extension NPYHeader {
  /// The bytes that NumPy would write before the data: version 1.0 where it fits, else 2.0.
  ///
  /// - Parameters:
  ///   - type: The element type; the data are in this machine's byte order.
  ///   - shape: The axes.
  ///   - reserved: The least number of bytes, so that a longer first axis can be written later at the same place.
  /// - Returns: A multiple of 64 bytes.
  static func encoded(_ type: NPYType, shape: [Int], reserved: Int = 0) -> [UInt8] {
    let text =
      "{'descr': '\(type.nativeDescription)', 'fortran_order': False, 'shape': \(shape.tupleText), }"
    let body = Array(text.utf8)
    let isLong = max(body.count + 1 + 63, reserved) > 0xffff
    let prefix = isLong ? 12 : 10
    let total = (max(prefix + body.count + 1, reserved) + 63) / 64 * 64
    let length = total - prefix
    var bytes = magic + [isLong ? 2 : 1, 0]
    bytes += (0..<(isLong ? 4 : 2)).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return bytes + body + [UInt8](repeating: 0x20, count: length - body.count - 1) + [0x0a]
  }
}

extension [Int] {
  /// The shape as Python writes a tuple: `()`, `(3,)`, `(2, 3)`.
  var tupleText: String {
    count == 1 ? "(\(self[0]),)" : "(" + map { "\($0)" }.joined(separator: ", ") + ")"
  }
}

extension ArrayError {
  static func truncatedHeader(_ file: String) -> ArrayError {
    ArrayError(
      .length, file: file, problem: "the file ends inside the header", allowed: "a complete .npy file",
      repair: "copy the file again")
  }
}
