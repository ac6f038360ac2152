@testable internal import Requantizer
import TestSupport
import Testing

/// What few samples leave out of a covariance.
@Suite struct ShrinkageTests {
  /// Inputs of a layer: `[position][tap]` integers, the positions of an image after each other.
  ///
  /// What an image shows all its positions have in common, so that positions say little more than images do.
  static func samples(_ random: inout SeededGenerator, images: Int, positions: Int, mixing: [Float], taps: Int)
    -> [Int16]
  {
    func number() -> Float { LatticeTests.number(&random) }
    var result: [Int16] = []
    for _ in 0..<images {
      let shown = (0..<taps).map { _ in number() }
      for _ in 0..<positions {
        let causes = shown.map { 30 * $0 + 5 * number() }
        result += (0..<taps).map { row in Int16((0..<taps).reduce(0) { $0 + mixing[row * taps + $1] * causes[$1] }) }
      }
    }
    return result
  }

  static func mixing(_ random: inout SeededGenerator, _ taps: Int) -> [Float] {
    (0..<taps * taps).map { place in
      // Causes count less and less.
      LatticeTests.number(&random) / Float(1 + place % taps).squareRoot()
    }
  }

  @Test("The damping is that of the definition", arguments: 1...6, [(1, 40), (2, 3), (9, 4), (30, 1)])
  func definition(_ seed: Int, _ size: (images: Int, positions: Int)) {
    var random = SeededGenerator(seed: UInt64(seed))
    let taps = 11
    let (images, positions) = size
    let mixing = Self.mixing(&random, taps)
    let samples = Self.samples(&random, images: images, positions: positions, mixing: mixing, taps: taps)
    let columns = TapSamples(samples, count: images * positions, stride: taps, places: Array(0..<taps))
    let found = columns.damping(of: columns.smallCovariance(), images: images)

    let rows = (0..<images * positions).map { row in (0..<taps).map { Double(samples[row * taps + $0]) } }
    let means = (0..<taps).map { tap in rows.reduce(0) { $0 + $1[tap] } / Double(rows.count) }
    func covariance(_ rows: ArraySlice<[Double]>) -> [Double] {
      var result = [Double](repeating: 0, count: taps * taps)
      for row in rows {
        for a in 0..<taps {
          for b in 0..<taps { result[a * taps + b] += (row[a] - means[a]) * (row[b] - means[b]) / Double(rows.count) }
        }
      }
      return result
    }
    func energy(_ a: [Double], less b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    // A single image is taken as so many images of one position.
    let parts = images > 1 ? images : positions
    let each = rows.count / parts
    let whole = covariance(rows[...])
    let middle = (0..<taps).reduce(0) { $0 + whole[$1 * taps + $1] } / Double(taps)
    let unit = (0..<taps * taps).map { $0 % (taps + 1) == 0 ? middle : 0 }
    let spread = (0..<parts).reduce(0) { $0 + energy(covariance(rows[$1 * each..<($1 + 1) * each]), less: whole) }
    let part = min(spread / Double(parts * parts) / energy(whole, less: unit), 0.999)
    let wanted = max(part / (1 - part), 0.01)
    #expect(abs(Double(found) - wanted) <= 1e-3 * wanted)
  }

  @Test("Weights that were rounded on few images serve other images", arguments: [8, 16, 24])
  func others(_ images: Int) {
    let (taps, positions) = (32, 8)
    var (held, forgiving, plain) = (0.0, 0.0, 0.0)
    for seed in 1...8 {
      var random = SeededGenerator(seed: UInt64(seed))
      let mixing = Self.mixing(&random, taps)
      let samples = Self.samples(&random, images: images, positions: positions, mixing: mixing, taps: taps)
      let seen = TapSamples(samples, count: images * positions, stride: taps, places: Array(0..<taps))
      let covariance = seen.smallCovariance()
      // That of all inputs, but for a factor.
      var others = SymmetricMatrix(order: taps, elements: [Float](repeating: 0, count: taps * taps))
      for row in 0..<taps {
        for column in 0..<taps {
          others.elements[row * taps + column] = (0..<taps).reduce(0) {
            $0 + mixing[row * taps + $1] * mixing[column * taps + $1]
          }
        }
      }
      let targets = (0..<taps).map { _ in
        var row = Lanes.zero
        for lane in 0..<Lanes.scalarCount { row[lane] = 6 * LatticeTests.number(&random) }
        return row
      }
      func noise(_ damping: Float, feedsBack: Bool = true) -> Double {
        let result = Lattice(covariance, damping: damping).round(
          targets, low: -7, high: 7, feedsBack: feedsBack, sweeps: feedsBack ? 4 : 0)
        return (0..<Lanes.scalarCount).reduce(0) { sum, lane in
          let (wanted, found) = (LatticeTests.lane(targets, lane), LatticeTests.lane(result.integers, lane))
          return sum + LatticeTests.noise(others, damping: 0, wanted, found)
        }
      }
      held += noise(seen.damping(of: covariance, images: images))
      forgiving += noise(0.01)
      plain += noise(0.01, feedsBack: false)
    }
    #expect(held < forgiving * 0.95)
    #expect(held < plain * 0.95)
  }

  @Test("So many images leave nothing out")
  func manyImages() {
    var random = SeededGenerator(seed: 1)
    let mixing = Self.mixing(&random, 8)
    let samples = Self.samples(&random, images: 33, positions: 2, mixing: mixing, taps: 8)
    let columns = TapSamples(samples, count: 66, stride: 8, places: Array(0..<8))
    #expect(columns.damping(of: columns.smallCovariance(), images: 33) == 0.01)
  }
}
