/// The way from a document's root to a value, as users write it: `requantize[2].shift.rounding`.
struct JSONPath: Hashable, CustomStringConvertible {
  /// The path as text; empty for the root.
  let description: String

  /// The root of a document.
  static let root = JSONPath(description: "")

  /// The path of an object's member; a key that is no plain word is quoted.
  func member(_ key: String) -> JSONPath {
    let isPlain = !key.isEmpty && key.utf8.allSatisfy(JSONPath.isPlain)
    if !isPlain { return JSONPath(description: "\(description)[\(JSONText.quoted(key.abbreviated))]") }
    return JSONPath(description: description.isEmpty ? key : "\(description).\(key)")
  }

  /// The path of an array's element.
  func element(_ index: Int) -> JSONPath { JSONPath(description: "\(description)[\(index)]") }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
