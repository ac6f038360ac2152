extension String {
  /// The text on one line, in which every character shows as itself, see ``VisibleText/line(_:)``: for names within text.
  package var visible: String { VisibleText.line(self) }
}

/// Text in which every character shows as itself: names in a file may hold characters that steer a terminal, turn the
/// writing direction or cannot be seen.
package enum VisibleText {
  /// A text in which control and format characters and line breaks of every kind are written as `\u{202E}`.
  ///
  /// - Parameter text: A name, or whatever else is one line.
  /// - Returns: The text on one line.
  package static func line(_ text: String) -> String {
    escaped(text, keepsLineFeeds: false) { "\\u{\(hexadecimal($0))}" }
  }

  /// As ``line(_:)`` for a text of several lines: line feeds stay.
  ///
  /// - Parameter text: The text.
  /// - Returns: The text, with as many lines.
  package static func lines(_ text: String) -> String {
    escaped(text, keepsLineFeeds: true) { "\\u{\(hexadecimal($0))}" }
  }

  /// JSON text in which such characters are written as JSON's own `\u202e`, so that it means the same.
  ///
  /// - Parameter json: JSON text.
  /// - Returns: Equal JSON text.
  package static func json(_ json: String) -> String {
    escaped(json, keepsLineFeeds: true) { scalar in
      String(scalar).utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
  }

  /// Whether a character does something else than show.
  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  private static func escaped(
    _ text: String, keepsLineFeeds: Bool, _ escape: (Unicode.Scalar) -> String
  ) -> String {
    // Nearly every text is plain ASCII and stays as it is.
    let isPlain = text.utf8.allSatisfy { (0x20..<0x7f).contains($0) || ($0 == 0x0a && keepsLineFeeds) }
    if isPlain { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isHidden(scalar) && !(scalar == "\n" && keepsLineFeeds) {
        result.append(contentsOf: escape(scalar).unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
    String(scalar.value, radix: 16, uppercase: true)
  }
}
