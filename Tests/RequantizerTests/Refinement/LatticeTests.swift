@testable internal import Requantizer
import TestSupport
import Testing

@Suite struct LatticeTests {
  /// A random number from −1 to 1.
  static func number(_ random: inout SeededGenerator) -> Float { Float(random.next() % 20001) / 10000 - 1 }

  /// A random covariance of a few taps, and real rows in steps.
  static func sample(_ seed: Int, order: Int) -> (matrix: SymmetricMatrix, targets: [Lanes]) {
    var random = SeededGenerator(seed: UInt64(seed))
    func number() -> Float { Self.number(&random) }
    let count = order + 3
    // A common part makes taps depend on each other, which is what error feedback lives on.
    let samples = (0..<count).map { _ -> [Float] in
      let common = 3 * number()
      return (0..<order).map { _ in number() + common }
    }
    var matrix = SymmetricMatrix(order: order, elements: [Float](repeating: 0, count: order * order))
    for row in 0..<order {
      for column in 0..<order {
        matrix.elements[row * order + column] = samples.reduce(0) { $0 + $1[row] * $1[column] } / Float(count)
      }
    }
    var targets = [Lanes](repeating: .zero, count: order)
    for tap in 0..<order {
      for lane in 0..<Lanes.scalarCount { targets[tap][lane] = 6 * number() }
    }
    return (matrix, targets)
  }

  /// `(t − q)ᵀ·(H + d·I)·(t − q)` of one row, from the definition.
  static func noise(_ matrix: SymmetricMatrix, damping: Double, _ targets: [Double], _ integers: [Double]) -> Double {
    let order = matrix.order
    let mean = (0..<order).reduce(0.0) { $0 + Double(matrix[$1, $1]) } / Double(order)
    var sum = 0.0
    for row in 0..<order {
      for column in 0..<order {
        let value = Double(matrix[row, column]) + (row == column ? damping * mean : 0)
        sum += (targets[row] - integers[row]) * value * (targets[column] - integers[column])
      }
    }
    return sum
  }

  static func lane(_ lanes: [Lanes], _ lane: Int) -> [Double] { lanes.map { Double($0[lane]) } }

  @Test(arguments: 1...12, [1, 2, 3, 7, 12])
  func theNoiseIsThatOfTheDefinition(_ seed: Int, _ order: Int) {
    let (matrix, targets) = Self.sample(seed, order: order)
    let lattice = Lattice(matrix, damping: 0.02)
    for (feedsBack, sweeps) in [(false, 0), (true, 0), (true, 4)] {
      let result = lattice.round(targets, low: -7, high: 7, feedsBack: feedsBack, sweeps: sweeps)
      for lane in 0..<Lanes.scalarCount {
        let integers = Self.lane(result.integers, lane)
        #expect(integers.allSatisfy { $0 == $0.rounded() && abs($0) <= 7 })
        let noise = Self.noise(matrix, damping: 0.02, Self.lane(targets, lane), integers)
        #expect(abs(noise - Double(result.noise[lane])) <= 1e-3 * noise + 1e-4)
      }
    }
  }

  @Test(arguments: 1...12)
  func feedbackAndDescentLowerTheNoise(_ seed: Int) {
    let (matrix, targets) = Self.sample(seed, order: 9)
    let lattice = Lattice(matrix, damping: 0.01)
    let plain = lattice.round(targets, low: -127, high: 127, feedsBack: false, sweeps: 0)
    let fed = lattice.round(targets, low: -127, high: 127, feedsBack: true, sweeps: 0)
    let descended = lattice.round(targets, low: -127, high: 127, feedsBack: true, sweeps: 4)
    #expect(fed.noise.sum() < plain.noise.sum() * 0.7)
    for lane in 0..<Lanes.scalarCount { #expect(descended.noise[lane] <= fed.noise[lane] * 1.00001) }
    for (tap, integers) in plain.integers.enumerated() { #expect(integers == targets[tap].rounded(.toNearestOrEven)) }
  }

  @Test(arguments: 1...12)
  func noChangeOfOneIntegerLowersTheNoiseAfterDescent(_ seed: Int) {
    let (matrix, targets) = Self.sample(seed, order: 6)
    let result = Lattice(matrix, damping: 0.05).round(targets, low: -127, high: 127, feedsBack: true, sweeps: 50)
    for lane in 0..<Lanes.scalarCount {
      let integers = Self.lane(result.integers, lane)
      let wanted = Self.lane(targets, lane)
      let noise = Self.noise(matrix, damping: 0.05, wanted, integers)
      for tap in integers.indices {
        for change in [-1.0, 1] {
          var other = integers
          other[tap] += change
          #expect(Self.noise(matrix, damping: 0.05, wanted, other) >= noise * (1 - 1e-3))
        }
      }
    }
  }

  @Test(arguments: 1...12, [1, 4, 11])
  func aSolutionSatisfiesItsEquations(_ seed: Int, _ order: Int) {
    let (matrix, rows) = Self.sample(seed, order: order)
    let solution = Lattice(matrix, damping: 0.1).solve(rows)
    let mean = (0..<order).reduce(Float(0)) { $0 + matrix[$1, $1] } / Float(order)
    for row in 0..<order {
      var sum = solution[row] * (0.1 * mean)
      for column in 0..<order { sum += solution[column] * matrix[row, column] }
      for lane in 0..<Lanes.scalarCount { #expect(abs(sum[lane] - rows[row][lane]) <= 2e-3) }
    }
  }
}
