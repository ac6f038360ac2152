/// The order of a classifier's scores: the greatest first, of equal ones that with the lowest index.
package struct Ranking: Sendable {
  /// The scores in an order-preserving integer form.
  private let scores: [Int32]

  /// Ranks what a program gave.
  ///
  /// - Parameters:
  ///   - elements: The elements of one value.
  ///   - isFloat: Whether they are float32 bit patterns, which are compared as numbers, NaN below all others.
  package init(_ elements: [Int32], isFloat: Bool) {
    scores = isFloat ? elements.map(Ranking.ordered) : elements
  }

  /// The index of the greatest score, the lowest of equals; `nil` where there is none.
  package var argMax: Int? {
    guard var best = scores.indices.first else { return nil }
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return best
  }

  /// How many scores come before one of them.
  ///
  /// - Parameter index: The index of the score.
  /// - Returns: 0 for the greatest.
  package func rank(of index: Int) -> Int {
    let score = scores[index]
    var before = 0
    for other in scores.indices where scores[other] > score || (scores[other] == score && other < index) { before += 1 }
    return before
  }

  /// An integer that is ordered as the float32 with the bit pattern is.
  private static func ordered(_ bits: Int32) -> Int32 {
    let value = Float(bitPattern: UInt32(bitPattern: bits))
    if value.isNaN { return .min }
    if value == 0 { return 0 }
    return bits >= 0 ? bits : Int32.min &- bits
  }
}
