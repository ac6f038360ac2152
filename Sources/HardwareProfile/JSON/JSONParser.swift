/// Reads JSON (RFC 8259) strictly, remembering the line of every value.
///
/// A general-purpose decoder keeps one of two members with the same key silently, rounds numbers and does not say where
/// a text breaks off; in a file that decides bits, each of these must be a fault.
struct JSONParser {
  /// The deepest nesting that is read; profiles need less than ten levels, and the bound keeps the stack safe.
  static let deepestNesting = 64

  let bytes: [UInt8]
  let file: String
  var index = 0
  var line = 1
  /// Members that stand twice in their object.
  var duplicates: [ProfileFault] = []

  private init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// Reads a whole document.
  ///
  /// - Parameters:
  ///   - bytes: The text in UTF-8.
  ///   - file: How messages name the file.
  /// - Returns: The value, and a fault for each member that stands twice in its object.
  /// - Throws: The first place where the text is not JSON.
  static func parse(_ bytes: [UInt8], file: String) throws(ProfileFault) -> (node: JSONNode, duplicates: [ProfileFault])
  {
    var parser = JSONParser(bytes: bytes, file: file)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.index = 3 }
    try parser.checkEncoding()
    parser.skipSpace()
    if parser.peek == nil { throw parser.syntax("the file is empty; a profile is a JSON object") }
    let node = try parser.value(path: .root, depth: 0)
    parser.skipSpace()
    if parser.peek != nil { throw parser.syntax("\(parser.found) follows the end of the JSON value") }
    return (node, parser.duplicates)
  }

  var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

  /// Passes one byte if it is the next.
  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  mutating func skipSpace() {
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\n"): line += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
      default: return
      }
      index += 1
    }
  }

  /// Reads the value that starts here.
  mutating func value(path: JSONPath, depth: Int) throws(ProfileFault) -> JSONNode {
    if depth > JSONParser.deepestNesting {
      throw syntax("the values are nested deeper than \(JSONParser.deepestNesting) levels")
    }
    let origin = Origin(file: file, line: line)
    switch peek {
    case UInt8(ascii: "{"): return JSONNode(value: try object(path: path, depth: depth), origin: origin)
    case UInt8(ascii: "["): return JSONNode(value: try array(path: path, depth: depth), origin: origin)
    case UInt8(ascii: "\""): return JSONNode(value: .string(try string()), origin: origin)
    case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
      return JSONNode(value: .number(try number()), origin: origin)
    default: break
    }
    let literals: [(String, JSONValue)] = [("true", .bool(true)), ("false", .bool(false)), ("null", .null)]
    for (word, value) in literals where bytes[index...].starts(with: word.utf8) {
      index += word.utf8.count
      return JSONNode(value: value, origin: origin)
    }
    throw syntax("a value is missing here: \(found) starts no object, array, string, number, true, false or null")
  }

  private mutating func object(path: JSONPath, depth: Int) throws(ProfileFault) -> JSONValue {
    index += 1
    var members: [String: JSONNode] = [:]
    skipSpace()
    if skip("}") { return .object(members) }
    repeat {
      skipSpace()
      if peek != UInt8(ascii: "\"") { throw syntax("a key in double quotes is missing here: \(found)") }
      let keyLine = line
      let key = try string()
      skipSpace()
      if !skip(":") { throw syntax("a colon is missing after the key \(JSONText.quoted(key.abbreviated)): \(found)") }
      skipSpace()
      let place = path.member(key)
      let node = try value(path: place, depth: depth + 1)
      if let first = members[key] {
        let message = "stands twice in its object, first in line \(first.origin.line); keep one"
        duplicates.append(ProfileFault(file: file, line: keyLine, path: place.description, message: message))
      } else {
        members[key] = node
      }
      skipSpace()
    } while skip(",")
    if !skip("}") { throw syntax("a comma or } is missing after a member: \(found)") }
    return .object(members)
  }

  private mutating func array(path: JSONPath, depth: Int) throws(ProfileFault) -> JSONValue {
    index += 1
    var elements: [JSONNode] = []
    skipSpace()
    if skip("]") { return .array(elements) }
    repeat {
      skipSpace()
      elements.append(try value(path: path.element(elements.count), depth: depth + 1))
      skipSpace()
    } while skip(",")
    if !skip("]") { throw syntax("a comma or ] is missing after an element: \(found)") }
    return .array(elements)
  }
}
