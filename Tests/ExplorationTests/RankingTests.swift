import Exploration
import TestSupport
import Testing

@Suite("Rankings")
struct RankingTests {
  @Test("of equal scores the one with the lowest index comes first")
  func ties() {
    let ranking = Ranking([5, 9, 9, 5, 1], isFloat: false)
    #expect(ranking.argMax == 1)
    #expect((0..<5).map(ranking.rank) == [2, 0, 1, 3, 4])
  }

  @Test("float32 scores are compared as numbers, with NaN last")
  func floats() {
    let values: [Float] = [-0.0, .nan, -3, 0, .infinity, .leastNonzeroMagnitude, -.infinity]
    let ranking = Ranking(values.map { Int32(bitPattern: $0.bitPattern) }, isFloat: true)
    #expect(ranking.argMax == 4)
    #expect(values.indices.map(ranking.rank) == [2, 6, 4, 3, 0, 1, 5])
  }

  @Test("ranks are a permutation, and the rank 0 is the greatest", arguments: 0..<20)
  func permutation(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let scores = (0..<50).map { _ in Int32.random(in: -4...4, using: &generator) }
    let ranking = Ranking(scores, isFloat: false)
    #expect(scores.indices.map(ranking.rank).sorted() == Array(scores.indices))
    #expect(ranking.argMax.map(ranking.rank) == 0)
    #expect(ranking.argMax.map { scores[$0] } == scores.max())
  }

  @Test("nothing has no greatest score")
  func nothing() {
    #expect(Ranking([], isFloat: false).argMax == nil)
  }
}
