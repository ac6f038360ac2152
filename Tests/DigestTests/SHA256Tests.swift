import Digest
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct SHA256Tests {
  /// Messages of FIPS 180-4's published examples, and their digests.
  static let published: [(message: String, hex: String)] = [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
        + "nopqrstu", "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    (
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    ),
  ]

  /// Digests of that many letters x, made with another implementation; padding changes at 56 and 64.
  static let boundaries: [(count: Int, hex: String)] = [
    (55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072"),
    (56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e"),
    (57, "ae14a2563ccf969d99aca69ce6bb74981f734bbf9f655f73b8f06db68cab5217"),
    (63, "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2"),
    (64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c"),
    (65, "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9"),
    (119, "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c"),
    (120, "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98"),
    (128, "24da1b81d0b16df6428eee73c69fcb2a93c76bc6df706f0c6670fe6bfe800464"),
  ]

  @Test(arguments: 0..<5) func publishedExamples(index: Int) {
    let example = Self.published[index]
    #expect(SHA256.hash(of: Array(example.message.utf8)).hex == example.hex)
  }

  @Test(arguments: boundaries) func lengthsAtTheEdgeOfABlock(count: Int, hex: String) {
    #expect(SHA256.hash(of: [UInt8](repeating: 0x78, count: count)).hex == hex)
  }

  /// The digest of the 301 concatenated digests of lengths 0 to 300, made with another implementation.
  @Test func everyLengthUpTo300() {
    var all = SHA256()
    for count in 0...300 {
      all.update(SHA256.hash(of: (0..<count).map { UInt8((7 * $0 + 3) % 256) }).bytes)
    }
    #expect(all.finalize().hex == "7d917fbd2cf49ddff9ad0a8706bba32d204e92e71d2e369c5a03d6af29278c9f")
  }

  @Test(arguments: [1, 3, 7, 55, 63, 64, 65, 100, 128, 1000])
  func piecesGiveTheDigestOfTheWhole(piece: Int) {
    let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    var hash = SHA256()
    for start in stride(from: 0, to: message.count, by: piece) {
      hash.update(message[start..<min(start + piece, message.count)])
    }
    #expect(hash.finalize() == SHA256.hash(of: message))
  }

  @Test func everyKindOfSequenceGivesTheSameDigest() {
    let message = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 11) }
    let expected = SHA256.hash(of: message)
    #expect(SHA256.hash(of: Data(message)) == expected)
    #expect(SHA256.hash(of: ([0] + message)[1...]) == expected)
    #expect(SHA256.hash(of: Data([0] + message).dropFirst()) == expected)
    #expect(SHA256.hash(of: message.lazy.map { $0 }) == expected)
  }

  @Test func finalizingDoesNotEndTheMessage() {
    var hash = SHA256()
    hash.update(Array("a".utf8))
    let first = hash.finalize()
    #expect(hash.finalize() == first)
    hash.update(Array("bc".utf8))
    #expect(hash.finalize() == SHA256.hash(of: Array("abc".utf8)))
  }
}
