/// Rows of weights that are rounded together, one in each lane.
typealias Lanes = SIMD16<Float>

/// Rounds rows of real weights to integers so that the noise of a layer's output, `(t − q)ᵀ·H·(t − q)`, stays small.
///
/// `H` is the covariance of what the weights multiply. The weights are rounded one after another, those of the largest
/// variance first; what one loses the following ones make up for, as in OBQ (arXiv 2208.11580) and GPTQ (arXiv
/// 2210.17323). That is Babai's nearest plane on the Cholesky factor of `H` itself, so no inverse is formed
/// (arXiv 2507.18553 states the equivalence).
struct Lattice: Sendable {
  let order: Int
  /// For each place in the rounding order, last to first, the tap.
  private let taps: [Int]
  /// `H` in that order, row by row.
  private let matrix: [Float]
  /// The upper triangular `R` with `H = Rᵀ·R`, row by row.
  private let factor: [Float]

  /// Factors a covariance.
  ///
  /// - Parameters:
  ///   - covariance: The covariance of the taps.
  ///   - damping: What is added to the diagonal, as a part of its mean.
  init(_ covariance: SymmetricMatrix, damping: Float) {
    let order = covariance.order
    self.order = order
    let diagonal = (0..<order).map { covariance[$0, $0] }
    let mean = diagonal.reduce(0, +) / Float(max(order, 1))
    let added = max(mean * damping, 1e-6)
    // Stable, so that equal variances keep the taps' order.
    let taps = (0..<order).sorted { (diagonal[$0], $1) < (diagonal[$1], $0) }
    var matrix = [Float](repeating: 0, count: order * order)
    for (row, tap) in taps.enumerated() {
      let here = tap * order
      for (column, other) in taps.enumerated() { matrix[row * order + column] = covariance.elements[here + other] }
      matrix[row * order + row] += added
    }
    self.taps = taps
    self.matrix = matrix
    factor = choleskyFactor(matrix, order, floor: added)
  }

  /// Solves `H·z = c` for a block of rows.
  func solve(_ rows: [Lanes]) -> [Lanes] {
    var z = taps.map { rows[$0] }
    unsafe factor.withUnsafeBufferPointer { r in
      unsafe z.withUnsafeMutableBufferPointer { z in
        for place in 0..<order {
          let value = unsafe z[place] / r[place * order + place]
          unsafe z[place] = value
          for later in place + 1..<max(order, place + 1) { unsafe z[later] -= value * r[place * order + later] }
        }
        for place in stride(from: order - 1, through: 0, by: -1) {
          var sum = unsafe z[place]
          for later in place + 1..<max(order, place + 1) { unsafe sum -= z[later] * r[place * order + later] }
          unsafe z[place] = sum / r[place * order + place]
        }
      }
    }
    var result = z
    for place in 0..<order { result[taps[place]] = z[place] }
    return result
  }

  /// Integers for a block of rows, and the noise of each.
  struct Result: Sendable {
    /// For each tap the integers, one for each row.
    var integers: [Lanes]
    var noise: Lanes
  }

  /// Rounds a block of rows.
  ///
  /// - Parameters:
  ///   - targets: For each tap the real numbers in steps, one for each row.
  ///   - low: The smallest integer.
  ///   - high: The largest integer.
  ///   - feedsBack: Whether errors are made up for; otherwise each weight goes to the nearest integer.
  ///   - sweeps: How often integers may be changed one by one afterwards, as long as that lowers the noise.
  /// - Returns: The integers and the noise of each row.
  func round(_ targets: [Lanes], low: Float, high: Float, feedsBack: Bool, sweeps: Int) -> Result {
    var errors = [Lanes](repeating: .zero, count: order)
    var integers = errors
    var noise = Lanes.zero
    let (lows, highs) = (Lanes(repeating: low), Lanes(repeating: high))
    unsafe factor.withUnsafeBufferPointer { r in
      unsafe errors.withUnsafeMutableBufferPointer { e in
        for place in stride(from: order - 1, through: 0, by: -1) {
          var sum = Lanes.zero
          let row = place * order
          for later in place + 1..<max(order, place + 1) { unsafe sum += e[later] * r[row + later] }
          let pivot = unsafe r[row + place]
          let target = targets[taps[place]]
          let centre = feedsBack ? target + sum / pivot : target
          let integer = centre.rounded(.toNearestOrEven).clamped(lowerBound: lows, upperBound: highs)
          let error = target - integer
          integers[place] = integer
          unsafe e[place] = error
          let residual = error * pivot + sum
          noise += residual * residual
        }
      }
    }
    if sweeps > 0 { descend(&integers, &errors, &noise, lows, highs, sweeps: sweeps) }
    var result = integers
    for place in 0..<order { result[taps[place]] = integers[place] }
    return Result(integers: result, noise: noise)
  }

  /// Coordinate descent on the integers: each is moved to the best one while the others stay.
  private func descend(
    _ integers: inout [Lanes], _ errors: inout [Lanes], _ noise: inout Lanes, _ lows: Lanes, _ highs: Lanes, sweeps: Int
  ) {
    var gradient = [Lanes](repeating: .zero, count: order)
    unsafe matrix.withUnsafeBufferPointer { h in
      for row in 0..<order {
        var sum = Lanes.zero
        for column in 0..<order { unsafe sum += errors[column] * h[row * order + column] }
        gradient[row] = sum
      }
      for _ in 0..<sweeps {
        var moved = false
        for place in 0..<order {
          let diagonal = unsafe h[place * order + place]
          let wanted = (integers[place] + (gradient[place] / diagonal)).rounded(.toNearestOrEven)
          let change = wanted.clamped(lowerBound: lows, upperBound: highs) - integers[place]
          if change == .zero { continue }
          // (e − d)ᵀH(e − d) = eᵀHe − 2·d·g + d²·h
          let gain = change * (gradient[place] * 2 - change * diagonal)
          let step = change.replacing(with: 0, where: gain .<= noise * 1e-5)
          if step == .zero { continue }
          moved = true
          integers[place] += step
          errors[place] -= step
          noise -= gain.replacing(with: 0, where: gain .<= noise * 1e-5)
          for row in 0..<order { unsafe gradient[row] -= step * h[place * order + row] }
        }
        if !moved { break }
      }
    }
  }
}
