import Digest
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct Digest32Tests {
  let digest = SHA256.hash(of: Array("abc".utf8))

  @Test func hexadecimalRoundTrip() {
    #expect(Digest32(hex: digest.hex) == digest)
    #expect(Digest32(hex: digest.hex.uppercased()) == digest)
    #expect("\(digest)" == digest.hex)
    #expect(digest.bytes.count == 32)
  }

  @Test(arguments: ["", "00", String(repeating: "0", count: 63), String(repeating: "0", count: 65)])
  func otherLengthsAreRefused(text: String) {
    #expect(Digest32(hex: text) == nil)
  }

  @Test(arguments: ["g", " ", "-", "\u{7f}"]) func otherCharactersAreRefused(character: String) {
    #expect(Digest32(hex: String(repeating: "0", count: 63) + character) == nil)
  }

  @Test func jsonIsTheHexadecimalString() throws {
    let json = try JSONEncoder().encode([digest])
    #expect(String(decoding: json, as: UTF8.self) == "[\"\(digest.hex)\"]")
    #expect(try JSONDecoder().decode([Digest32].self, from: json) == [digest])
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Digest32].self, from: Data("[\"12\"]".utf8)) }
  }
}
