/// Reads the one form of Python literal that an .npy header may hold.
///
/// The grammar is a dictionary of strings, whose values are strings, `True`, `False` and tuples of integers; Python's
/// other expressions, which NumPy does not write, are refused and never evaluated.
struct HeaderParser {
  private let bytes: [UInt8]
  private let file: String
  private var position = 0

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// The three entries; any other key, a second copy of one and anything after the closing brace are refused.
  mutating func dictionary() throws(ArrayError) -> HeaderFields {
    var fields = HeaderFields()
    try expect("{")
    while !accept("}") {
      let key = try string()
      try expect(":")
      guard ["descr", "fortran_order", "shape"].contains(key) else {
        throw fault("has the unknown key '\(key.prefix(40))'")
      }
      guard fields.values[key] == nil else { throw fault("has the key '\(key)' twice") }
      fields.values[key] = try value()
      if !accept(",") {
        try expect("}")
        break
      }
    }
    skipSpaces()
    guard position == bytes.count else { throw fault("goes on after its closing brace") }
    return fields
  }

  private mutating func value() throws(ArrayError) -> HeaderFields.Value {
    switch peek() {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "("): return .tuple(try tuple())
    case UInt8(ascii: "["):
      throw ArrayError(
        .elementType, file: file, problem: "the elements are of a structured type", allowed: HeaderFields.allowed,
        repair: "save each field as an array of its own")
    default:
      if accept("True") { return .bool(true) }
      if accept("False") { return .bool(false) }
      throw fault("is not a plain Python literal at byte \(position)")
    }
  }

  private mutating func string() throws(ArrayError) -> String {
    guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw fault("is not a plain Python literal at byte \(position)")
    }
    let start = position + 1
    guard let end = bytes[start...].firstIndex(of: quote) else { throw fault("has a string without an end") }
    let text = bytes[start..<end]
    guard text.allSatisfy({ (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }) else {
      throw fault("has a string with other characters than plain ASCII")
    }
    position = end + 1
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func tuple() throws(ArrayError) -> [Int] {
    try expect("(")
    var axes: [Int] = []
    while !accept(")") {
      axes.append(try axis())
      guard axes.count <= NPYHeader.maximumAxes else {
        throw ArrayError(
          .shape, file: file, problem: "the shape has more than \(NPYHeader.maximumAxes) axes",
          allowed: "at most \(NPYHeader.maximumAxes)", repair: "reshape the array")
      }
      if accept(",") { continue }
      // In Python (3) is a number, not a tuple.
      guard axes.count > 1 else { throw fault("has a shape that is not a tuple") }
      try expect(")")
      break
    }
    return axes
  }

  private mutating func axis() throws(ArrayError) -> Int {
    let isNegative = accept("-")
    skipSpaces()
    let digits = bytes[position...].prefix { (0x30...0x39).contains($0) }
    position += digits.count
    // Python 2 wrote long integers with this suffix.
    _ = accept("L")
    guard !digits.isEmpty else { throw fault("has an axis that is not an integer at byte \(position)") }
    let text = String(decoding: digits, as: UTF8.self)
    guard !isNegative, let axis = Int(text) else {
      throw ArrayError(
        .shape, file: file, problem: "the shape has the axis \(isNegative ? "-" : "")\(text.prefix(40))",
        allowed: "0 to \(Int.max)", repair: "copy the file again")
    }
    return axis
  }

  private mutating func skipSpaces() {
    while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) { position += 1 }
  }

  private mutating func peek() -> UInt8? {
    skipSpaces()
    return position < bytes.count ? bytes[position] : nil
  }

  private mutating func accept(_ text: StaticString) -> Bool {
    skipSpaces()
    let expected = Array("\(text)".utf8)
    guard bytes[position...].starts(with: expected) else { return false }
    position += expected.count
    return true
  }

  private mutating func expect(_ text: StaticString) throws(ArrayError) {
    guard accept(text) else { throw fault("lacks '\(text)' at byte \(position)") }
  }

  private func fault(_ what: String) -> ArrayError {
    .header(file, what)
  }
}

extension ArrayError {
  static func header(_ file: String, _ what: String) -> ArrayError {
    ArrayError(
      .header, file: file, problem: "the header \(what)",
      allowed: "a dictionary of 'descr', 'fortran_order' and 'shape'", repair: "write the file with numpy.save")
  }
}
