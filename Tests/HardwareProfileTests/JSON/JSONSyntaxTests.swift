import Foundation
import HardwareProfile
import Testing

@Suite("JSON syntax")
struct JSONSyntaxTests {
  @Test(
    "a text that is not JSON is refused once, with line and column",
    arguments: [
      ("", 1, 1), (" \n ", 2, 2), ("{", 1, 2), ("{\n  \"a\": 1,\n}", 3, 1), ("{\"a\" 1}", 1, 6), ("[1, 2", 1, 6),
      ("{\"a\": NaN}", 1, 7), ("{\"a\": Infinity}", 1, 7), ("{\"a\": -}", 1, 8), ("{\"a\": 01}", 1, 8),
      ("{\"a\": 1.}", 1, 9), ("{\"a\": 1e}", 1, 9), ("{\"a\": +1}", 1, 7), ("{\"a\": \"x", 1, 9),
      ("{\"a\": \"x\ny\"}", 1, 9), ("{\"a\": \"\\q\"}", 1, 9), ("{\"a\": \"\\u12g4\"}", 1, 10),
      ("{\"a\": \"\\ud800\"}", 1, 14), ("{\"a\": \"\\ud800\\u0041\"}", 1, 20), ("{\"a\": \"\\udc00\"}", 1, 14),
      ("{} x", 1, 4), ("// c\n{}", 1, 1), ("{'a': 1}", 1, 2), ("\u{0}", 1, 1), ("{\"ä\": \"ö\", x}", 1, 12),
      ("{\"a\": tru}", 1, 7), ("{\"a\": \"\\u00", 1, 10), ("nul", 1, 1),
    ])
  func refusal(text: String, line: Int, column: Int) {
    let found = faults(text)
    #expect(found.count == 1)
    #expect(found.first?.path == "")
    #expect(found.first?.message.hasPrefix("not JSON at line \(line), column \(column): ") == true, "\(found)")
  }

  @Test("a file that is not UTF-8 is refused at its first bad byte", arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80]])
  func encoding(bad: [UInt8]) {
    let found = faults(Array("{\n\"ä\": \"".utf8) + bad + Array("\"}".utf8))
    #expect(found.map(\.message) == ["not JSON at line 2, column 7: the file is not UTF-8"])
    #expect(faults([0xFF, 0xFE] + Array("{}".utf8)).count == 1)
  }

  @Test("deep nesting is refused before it fills the stack", arguments: ["[", "{\"a\":"])
  func nesting(opening: String) {
    let found = faults(#"{"schemaVersion": 1, "name": "# + String(repeating: opening, count: 10_000))
    #expect(found.map { $0.message.contains("nested deeper than 64") } == [true])
  }

  @Test("a root that is no object is refused", arguments: ["1", "[]", "\"x\"", "null", "true"])
  func root(text: String) {
    let found = faults(text)
    #expect(found.count == 1 && found.first?.message.contains("expected an object") == true, "\(found)")
  }

  @Test(
    "huge and fractional numbers are out of range, not wrapped or rounded",
    arguments: [
      "1e400", "-1e400", "99999999999999999999999999", "18446744073709551640", "24.5", "1e-400", "9007199254740993.5",
      "-0.5", "\(String(repeating: "9", count: 100_000))",
    ])
  func numbers(digits: String) {
    let found = faults(whatIf("\"accumulator\": {\"bits\": \(digits)}"))
    #expect(found.map(\.path) == ["accumulator.bits"])
    #expect((found.first?.message.count ?? 0) < 200)
  }

  @Test("a key that stands twice is refused with both lines, however it is escaped")
  func duplicates() {
    let found = faults(whatIf("\"accumulator\": {\n\"overflow\": \"wrap\",\n\"over\\u0066low\": \"trap\"}"))
    #expect(found.map(\.path) == ["accumulator.overflow"])
    #expect(found.first?.line == 3 && found.first?.message.contains("first in line 2") == true)
  }

  @Test("escapes, a byte order mark and white space are read")
  func accepted() throws {
    let text = "\u{FEFF} \r\n\t" + whatIf(#""summary": "\u00e4\ud83d\ude00\"\\\/\b\f\n\r\t é😀""#) + "\n"
    let profile = try HardwareProfile.decode(Array(text.utf8), file: "x")
    #expect(profile.summary == "ä😀\"\\/\u{8}\u{c}\n\r\t é😀")
    #expect(try HardwareProfile.decode(Array(profile.canonicalJSON().utf8), file: "x") == profile)
  }

  @Test("texts with one byte changed are refused or read, and refused as no JSON only where Foundation does too")
  func mutations() throws {
    // Without a schema version reading ends after the syntax, which is all that is judged here.
    let text = Array(#"{"summary": "a\u0041\n", "bias": {"bits": -2.4e1}, "sources": ["x", 10, true, null]}"#.utf8)
    for index in text.indices {
      for byte in Array("{}[]\",:\\ 0e-.x\n".utf8) + [0x00, 0x80, 0xC3] {
        var bytes = text
        bytes[index] = byte
        let isRefused = faults(bytes).contains { $0.message.hasPrefix("not JSON") }
        let isJSON = (try? JSONDecoder().decode(JSONTree.self, from: Data(bytes))) != nil
        #expect(isRefused == !isJSON, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
      }
      #expect(!faults(Array(text[..<index])).isEmpty)
    }
  }
}
