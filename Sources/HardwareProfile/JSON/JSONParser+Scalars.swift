extension JSONParser {
  /// Reads the string whose opening quote is next.
  mutating func string() throws(ProfileFault) -> String {
    index += 1
    var content: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return String(decoding: content, as: UTF8.self)
      case UInt8(ascii: "\\"):
        index += 1
        try escape(into: &content)
      case 0..<0x20: throw syntax("a string holds a control character or a line break; write \\n or \\u00XX")
      default:
        content.append(byte)
        index += 1
      }
    }
    throw syntax("the file ends inside of a string")
  }

  private mutating func escape(into content: inout [UInt8]) throws(ProfileFault) {
    guard let byte = peek else { throw syntax("the file ends inside of a string") }
    let plain: [UInt8: UInt8] = [
      UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 0x08,
      UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
    ]
    if let meant = plain[byte] {
      content.append(meant)
      index += 1
    } else if byte == UInt8(ascii: "u") {
      content.append(contentsOf: String(try escapedScalar()).utf8)
    } else {
      throw syntax("\(found) is no escape; allowed are \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")
    }
  }

  /// Reads `uXXXX`, or two of them that make a surrogate pair.
  private mutating func escapedScalar() throws(ProfileFault) -> Character {
    let first = try escapedUnit()
    if let scalar = Unicode.Scalar(first) { return Character(scalar) }
    if UTF16.isLeadSurrogate(first), skip("\\"), peek == UInt8(ascii: "u") {
      let second = try escapedUnit()
      if UTF16.isTrailSurrogate(second) {
        let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
        if let scalar = Unicode.Scalar(value) { return Character(scalar) }
      }
    }
    throw syntax("an escaped surrogate stands without its partner")
  }

  private mutating func escapedUnit() throws(ProfileFault) -> UInt16 {
    index += 1
    let digits = bytes[index...].prefix(4)
    let areHexadecimal = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }
    guard digits.count == 4, areHexadecimal, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else {
      throw syntax("\\u is not followed by four hexadecimal digits")
    }
    index += 4
    return unit
  }

  /// Reads a number and returns its text.
  mutating func number() throws(ProfileFault) -> String {
    let start = index
    _ = skip("-")
    if !skip("0") { try digits() }
    if skip(".") { try digits() }
    if skip("e") || skip("E") {
      if !skip("+") { _ = skip("-") }
      try digits()
    }
    if let next = peek, Character(Unicode.Scalar(next)).isNumber && next < 0x80 {
      throw syntax("a number starts with a superfluous 0")
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func digits() throws(ProfileFault) {
    let start = index
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
    if index == start { throw syntax("a digit is missing in a number: \(found)") }
  }

  /// Refuses a file that is not UTF-8, naming the first bad byte.
  mutating func checkEncoding() throws(ProfileFault) {
    if String(validating: bytes, as: UTF8.self) != nil { return }
    // The longest valid prefix ends before the first bad byte; a sequence is at most four bytes long.
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var valid = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { valid += UTF8.width(scalar) }
    index = min(valid, bytes.count)
    line = 1 + bytes[..<index].count { $0 == UInt8(ascii: "\n") }
    throw syntax("the file is not UTF-8")
  }

  /// What stands here, for a message.
  var found: String {
    guard index < bytes.count else { return "the file ends" }
    let text = String(decoding: bytes[index...].prefix(16), as: UTF8.self)
    let word = text.prefix { $0.isLetter || $0.isNumber }
    return "found \(JSONText.quoted(String(word.isEmpty ? text.prefix(1) : word)))"
  }

  /// A fault at the place that has been reached.
  func syntax(_ message: String) -> ProfileFault {
    let end = min(index, bytes.count)
    let lineStart = (bytes[..<end].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
    let isContinuation: (UInt8) -> Bool = { $0 & 0xC0 == 0x80 }
    let column = bytes[lineStart..<end].count { !isContinuation($0) } + 1
    return ProfileFault(
      file: file, line: line, path: "", message: "not JSON at line \(line), column \(column): \(message)")
  }
}
