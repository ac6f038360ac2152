@testable internal import Requantizer
import TestSupport
import Testing

@Suite struct CholeskyFactorTests {
  /// The factor from its definition, an element at a time, in the order that is promised.
  private static func obvious(_ matrix: [Float], _ order: Int, floor: Float) -> [Float] {
    var factor = [Float](repeating: 0, count: order * order)
    for row in 0..<order {
      for column in row..<order {
        var value = matrix[row * order + column]
        for above in 0..<row { value -= factor[above * order + row] * factor[above * order + column] }
        let pivot = column == row ? max(value, floor * 0.01).squareRoot() : factor[row * order + row]
        factor[row * order + column] = column == row ? pivot : value * (1 / pivot)
      }
    }
    return factor
  }

  /// Around the height and the width of tiles, and beyond several of them.
  @Test(arguments: [1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 47, 56, 65, 144])
  func tilesGiveTheBitsOfTheDefinition(_ order: Int) {
    let (matrix, _) = LatticeTests.sample(order, order: order)
    var damped = matrix.elements
    for place in 0..<order { damped[place * order + place] += 0.05 }
    let found = choleskyFactor(damped, order, floor: 0.05)
    let expected = Self.obvious(damped, order, floor: 0.05)
    for row in 0..<order {
      for column in row..<order {
        #expect(found[row * order + column].bitPattern == expected[row * order + column].bitPattern)
      }
    }
  }

  /// A matrix of rank one has pivots that rounding alone decides; they stay above zero.
  @Test func pivotsHaveALeastValue() {
    let order = 40
    let matrix = [Float](repeating: 3, count: order * order)
    let found = choleskyFactor(matrix, order, floor: 0.5)
    for place in 1..<order { #expect(found[place * order + place] == Float(0.5 * 0.01).squareRoot()) }
    #expect(found == found.map { $0.isFinite ? $0 : 0 })
  }
}
