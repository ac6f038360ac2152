internal import FixedPoint

/// The search for the step of a set of weights: the least squared error among the steps that the machine allows.
package struct WeightSteps {
  /// The smallest and the largest stored weight.
  package let low: Double
  package let high: Double
  /// The steps that the machine allows.
  package let grid: Grid
  /// The source's own step, which is a candidate where the grid allows any step.
  package let sourceStep: Double?

  package init(low: Double, high: Double, grid: Grid, sourceStep: Double?) {
    self.low = low
    self.high = high
    self.grid = grid
    self.sourceStep = sourceStep
  }

  /// Which steps a machine allows.
  package enum Grid {
    /// Any.
    case any
    /// `unit·2^k`, with `k` in a range.
    case powersOfTwo(unit: Double, exponents: ClosedRange<Int>)
  }

  /// A step and what it costs.
  package struct Choice {
    package var step: Double
    package var error: Double
    package var clipped: Int
  }

  /// The stored integer of a weight.
  package func stored(_ weight: Double, _ step: Double) -> Double {
    tiesAwayFromZero(min(max(weight / step, low), high))
  }

  /// The best step for weights whose errors count by importance.
  ///
  /// - Parameters:
  ///   - weights: The real weights.
  ///   - importances: As many factors, zero or more: the mean square of what a weight multiplies.
  ///   - smallest: The smallest step that is allowed, so that a bias fits its format.
  /// - Returns: The choice; `nil` when the grid has no step that is large enough.
  package func best(_ weights: [Double], _ importances: [Double], smallest: Double) -> Choice? {
    ranked(weights, importances, smallest: smallest).first
  }

  /// All steps that are allowed, the best one first; see ``best(_:_:smallest:)``.
  package func ranked(_ weights: [Double], _ importances: [Double], smallest: Double) -> [Choice] {
    // The step at which nothing is cut; one for weights that are all zero.
    let reach = max(high > 0 ? (weights.max() ?? 0) / high : 0, low < 0 ? (weights.min() ?? 0) / low : 0)
    let full = max(reach > 0 ? reach : 1, smallest)
    var choices: [Choice] = []
    // A step that was rounded to float32 may lie one rounding below the smallest one.
    for step in candidates(full: full) where step >= smallest * (1 - 0x1p-23) && step.isFinite {
      choices.append(evaluate(weights, importances, step))
    }
    // A few weights that hardly count may be far larger than the others: smaller steps follow while cutting costs less than
    // rounding does where nothing is cut.
    let uncut = choices.first { $0.step == Double(Float(full)) }?.error ?? 0
    while case .any = grid, let last = choices.last, last.error <= uncut, last.error > 0, choices.count < 40 {
      let step = Double(Float(last.step * 0.85))
      if step < smallest || step <= 0 { break }
      choices.append(evaluate(weights, importances, step))
    }
    // Stable: of equal errors the first candidate wins.
    return choices.enumerated().sorted { ($0.element.error, $0.offset) < ($1.element.error, $1.offset) }.map(\.element)
  }

  private func candidates(full: Double) -> [Double] {
    switch grid {
    case .any:
      var steps = sourceStep.map { [$0] } ?? []
      steps += (0...14).map { full * (1 - 0.05 * Double($0)) }
      // float32 is what the file holds; the integers must be chosen for the very step that is written.
      return steps.map { Double(Float($0)) }
    case .powersOfTwo(let unit, let exponents):
      let ideal = Int((full / unit).exponent)
      let window = (ideal - 4)...(ideal + 1)
      return window.clamped(to: exponents).map { unit * Double(sign: .plus, exponent: $0, significand: 1) }
    }
  }

  private func evaluate(_ weights: [Double], _ importances: [Double], _ step: Double) -> Choice {
    var choice = Choice(step: step, error: 0, clipped: 0)
    for (weight, importance) in zip(weights, importances) {
      let integer = stored(weight, step)
      let error = weight - step * integer
      choice.error += importance * error * error
      if abs(weight / step - integer) > 0.5 + 1e-6 { choice.clipped += 1 }
    }
    return choice
  }
}

/// The integer nearest to a number below 2^51, `rounded(.toNearestOrAwayFromZero)` without a call of the C library.
@inline(__always)
private func tiesAwayFromZero(_ x: Double) -> Double {
  // Adding and subtracting 1.5·2^52 rounds to the nearest integer, ties to even.
  let magic = 0x1.8p52
  let even = (x + magic) - magic
  return abs(x - even) == 0.5 ? x + (x < 0 ? -0.5 : 0.5) : even
}
