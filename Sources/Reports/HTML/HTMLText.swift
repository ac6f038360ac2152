internal import CEmbedded

/// Text for HTML.
enum HTMLText {
  /// Text with the characters that mean something to HTML replaced, and those that HTML must not have or that turn the
  /// writing direction escaped.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for character in VisibleText.lines(text).unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// A coordinate: one decimal is a tenth of a pixel.
  static func coordinate(_ number: Double) -> String { Format.number(number, decimals: 1) }

  /// A file that every report holds.
  static func embedded(_ wanted: String) -> String {
    var row = unsafe bitexact_embedded_web_files()
    while let file = unsafe row?.pointee, let name = unsafe file.name, let start = unsafe file.bytes {
      if unsafe String(cString: name) == wanted {
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: file.count), as: UTF8.self)
      }
      unsafe row = row?.successor()
    }
    preconditionFailure("\(wanted) is not embedded")
  }
}
