import Reports
import Testing

@Suite("Text that cannot steer a terminal")
struct VisibleTextTests {
  /// C0, DEL, C1, the breaks of lines, bidirectional controls, what cannot be seen, tags.
  static let hidden: [Unicode.Scalar] = [
    "\0", "\u{7}", "\t", "\r", "\u{1b}", "\u{7f}", "\u{85}", "\u{9b}", "\u{ad}", "\u{61c}", "\u{200b}", "\u{200e}",
    "\u{202e}", "\u{2028}", "\u{2029}", "\u{2066}", "\u{2069}", "\u{feff}", "\u{e0041}",
  ]

  @Test("each hidden character is written by its number", arguments: hidden)
  func escapes(scalar: Unicode.Scalar) {
    let name = "a\(scalar)b"
    let escaped = "a\\u{\(String(scalar.value, radix: 16, uppercase: true))}b"
    #expect(VisibleText.line(name) == escaped)
    #expect(VisibleText.lines(name) == escaped)
    #expect(name.visible == escaped)
  }

  @Test("a line feed ends a line of a text, and none of a name")
  func lineFeeds() {
    #expect(VisibleText.lines("a\nb\u{1b}\n") == "a\nb\\u{1B}\n")
    #expect(VisibleText.line("a\nb") == "a\\u{A}b")
    #expect(VisibleText.lines("a\r\nb") == "a\\u{D}\nb")
  }

  @Test("what shows stays as it is", arguments: ["conv/1:0", "größe 零 🙂 ä \"'<&>", "\\u{1B}", ""])
  func plain(text: String) {
    #expect(VisibleText.line(text) == text)
    #expect(VisibleText.json("[\"\(text)\"]") == "[\"\(text)\"]")
  }

  @Test("JSON keeps its meaning and has no hidden character", arguments: hidden)
  func json(scalar: Unicode.Scalar) throws {
    let text = try JSONText.encode(["name": "a\(scalar)b"])
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !Self.hidden.contains($0) })
    let units = String(scalar).utf16.map { String($0, radix: 16) }
    #expect(units.allSatisfy { text.lowercased().contains($0) || "\t\r".unicodeScalars.contains(scalar) })
  }

  @Test("tables escape cells, titles and footnotes")
  func tables() {
    var table = TextTable([TextTable.Column("k\u{1b}")], title: "t\u{202e}")
    table.add(["a\u{9b}b\nc"])
    table.footnotes = ["f\u{7}\nfake"]
    let text = table.render()
    #expect(text.contains("k\\u{1B}") && text.contains("t\\u{202E}") && text.contains("a\\u{9B}b c"))
    #expect(text.hasSuffix("f\\u{7}\\u{A}fake\n"))
  }

  @Test("HTML has neither NUL nor escape sequences")
  func html() {
    let report = HTMLReport(
      title: "a\0\u{1b}", subtitle: "s\u{202e}", facts: [.init("n\u{9b}", "v")], commands: ["c\u{7}"], sections: [])
    let text = report.render()
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !Self.hidden.contains($0) })
    #expect(text.contains("a\\u{0}\\u{1B}"))
  }
}
