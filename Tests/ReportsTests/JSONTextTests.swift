import Reports
import Testing

@Suite struct JSONTextTests {
  private struct Sample: Encodable {
    var zeta = 1
    var alpha = [0.1, 2, .infinity, -.infinity, .nan]
    var path = "a/b \"c\""
    var missing: Int?
  }

  @Test func keysAreSortedAndNumbersShort() throws {
    #expect(
      try JSONText.encode(Sample()) == #"""
        {
          "alpha" : [
            0.1,
            2,
            "inf",
            "-inf",
            "nan"
          ],
          "path" : "a/b \"c\"",
          "zeta" : 1
        }
        """#)
  }

  @Test func equalValuesGiveEqualText() throws {
    let letters = "abcdefghij".map { String($0) }
    let forward = Dictionary(uniqueKeysWithValues: letters.map { ($0, 1) })
    let backward = Dictionary(uniqueKeysWithValues: letters.reversed().map { ($0, 1) })
    #expect(try JSONText.encode(forward) == JSONText.encode(backward))
  }
}
