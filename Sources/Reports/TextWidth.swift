/// How wide a text is in a terminal, and how to bring it to a width.
enum TextWidth {
  /// The number of cells: two for East Asian wide characters and emoji, one for every other character.
  static func of(_ text: String) -> Int {
    text.reduce(0) { $0 + of($1) }
  }

  /// The text with spaces on one side.
  static func padded(_ text: String, to width: Int, _ alignment: TextTable.Alignment) -> String {
    let space = String(repeating: " ", count: max(0, width - of(text)))
    return alignment == .left ? text + space : space + text
  }

  /// The text itself, or its beginning with an ellipsis where it is wider.
  static func truncated(_ text: String, to width: Int) -> String {
    guard of(text) > width else { return text }
    var result = ""
    var used = 1
    for character in text {
      used += of(character)
      guard used <= width else { break }
      result.append(character)
    }
    return result + "…"
  }

  private static func of(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
      0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
      return 2
    default: return 1
    }
  }
}
