import Arrays
import Exploration
import NetworkModel
import Testing

/// What an array means: decided by the element type, the models and the user's word, and by nothing else.
@Suite("What an array means")
struct InputReadersTests {
  /// A decision: whose integers, as which kind; and who else was there to choose.
  private func decide(
    _ given: NPYType, _ lineages: [InputReader]..., choice: InputReaders.Choice = .automatic
  ) -> String {
    guard let meaning = InputReaders(lineages, choice: choice).meaning(of: given) else { return "refused" }
    let rival = meaning.rival.map { ", or \($0.reading.reader.model) by \($0.choice.rawValue)" } ?? ""
    return "\(meaning.kind.rawValue)\(meaning.reading.map { " of \($0.reader.model)" } ?? "")\(rival)"
  }

  private let bytes = reader("S", .uint8, 1 / 128, 128)
  private let signed = reader("S", .int8, 1, -128)
  private let made = reader("M", .int8, 2, 0)
  private let wide = reader("M", .int16, 0.5, 0)

  @Test("real numbers are real numbers, whoever takes them", arguments: [NPYType.float16, .float32, .float64])
  func reals(given: NPYType) {
    #expect(decide(given, [signed, made]) == "real")
    #expect(decide(given, [signed, made], choice: .own) == "real")
  }

  @Test("bytes of uint8 are images for the source, with a word where both models take int8 of other scales")
  func images() {
    #expect(decide(.uint8, [bytes, made]) == "images of S")
    #expect(decide(.uint8, [signed, made]) == "images of S, or M by own")
    #expect(decide(.uint8, [signed, wide]) == "images of S")
    #expect(decide(.uint8, [signed, reader("M", .uint8, 3, 7)]) == "images of S, or M by own")
    // The same real numbers for both: nothing to choose.
    #expect(decide(.uint8, [bytes, reader("M", .int8, 1 / 128, 0)]) == "images of S")
    #expect(decide(.uint8, [signed, reader("M", .int8, 1, -128)]) == "images of S")
    #expect(decide(.uint8, [made]) == "images of M")
  }

  @Test("integers of a type that both take are the source's; of a type that one takes, that one's")
  func integers() {
    #expect(decide(.int8, [signed, made]) == "integers of S, or M by own")
    #expect(decide(.int8, [bytes, made]) == "integers of M")
    #expect(decide(.int16, [signed, wide]) == "integers of M")
    #expect(decide(.int8, [signed, wide]) == "integers of S")
    #expect(decide(.int8, [bytes, wide]) == "integers of S")
    #expect(decide(.int32, [signed, wide]) == "refused")
    #expect(decide(.int32, [signed, made]) == "refused")
    #expect(decide(.uint8, [reader("S", .float32, nil)]) == "refused")
  }

  @Test("the user decides, and nothing is left to ask")
  func choices() {
    #expect(decide(.uint8, [signed, made], choice: .own) == "images of M")
    #expect(decide(.int8, [signed, made], choice: .own) == "integers of M")
    #expect(decide(.int8, [bytes, made], choice: .source) == "integers of S")
    #expect(decide(.int16, [signed, wide], choice: .source) == "integers of M")
  }

  @Test("a model that was made twice over has the data of its first source")
  func generations() {
    let first = reader("F", .uint8, 1 / 64, 3)
    #expect(decide(.uint8, [first, signed, made]) == "images of F")
    #expect(decide(.int8, [first, signed, made]) == "integers of S, or M by own")
  }

  @Test("of two strangers the one counts that has the type; where both have it, the one that is measured against")
  func strangers() {
    let other = reader("B", .int8, 3, 1)
    #expect(decide(.uint8, [other], [bytes]) == "images of S")
    #expect(decide(.uint8, [other], [made]) == "images of B, or M by own")
    #expect(decide(.int8, [other], [made]) == "integers of B, or M by own")
    #expect(decide(.int8, [other], [made], choice: .own) == "integers of M")
    #expect(decide(.int8, [bytes], [made]) == "integers of M")
  }

  @Test("integers of a type that no input has are a wider model's only where every model takes them")
  func widerTypes() {
    let wide = reader("M", .int16, 1 / 256, 0)
    #expect(decide(.int64, [wide]) == "integers of M")
    #expect(decide(.int64, [bytes, wide]) == decide(.int64, [bytes]))
    #expect(decide(.int64, [bytes, wide], choice: .own) == "integers of M")
  }

  @Test("the sentence names the model and what its integers mean")
  func words() throws {
    let meaning = try #require(InputReaders([[signed, made]]).meaning(of: .uint8))
    #expect(
      meaning.sentence == "uint8 is taken as images for S, whose int8 is the element − 128 (scale 1.0, zero point 0)")
    #expect(meaning.alternative == "as those of M, whose int8 is the element − 128 (scale 2.0, zero point 128)")
    #expect(try #require(InputReaders([[made]]).meaning(of: .float32)).sentence == "float32 is taken as real numbers")
  }

  @Test("both models of a pair get the same real numbers, within a step of each")
  func sameNumbers() throws {
    let readers = InputReaders([[signed, made]])
    for bytes in [try npy(Array(UInt8.min...255), [1, 256]), try npy(Array(Int8.min...127), [1, 256])] {
      let reals = try [(signed, Float(1), Int32(-128)), (made, 2, 0)].map { model, scale, zeroPoint in
        try firstSample(
          bytes,
          InputSlot(
            name: "input", type: .int8, shape: Shape([1, 256]), quantization: model.format.quantization,
            readers: readers)
        ).map { scale * Float($0 - zeroPoint) }
      }
      #expect(zip(reals[0], reals[1]).allSatisfy { abs($0 - $1) <= 1 })
    }
  }
}
