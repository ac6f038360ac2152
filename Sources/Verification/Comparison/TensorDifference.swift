internal import NetworkModel

/// How far a tensor's real numbers are from another's, added up over samples; memory does not grow with their number.
package struct TensorDifference: Hashable, Sendable {
  /// The upper ends of the histogram's bins, in steps of the expected tensor, the last one without end: nothing, up to a
  /// half, 1, 2, 4 … 64 steps, more.
  package static let binEnds: [Double] = [0, 0.5, 1, 2, 4, 8, 16, 32, 64, .infinity]

  /// How many elements were compared.
  package private(set) var elements = 0
  /// How many of them differ.
  package private(set) var differing = 0
  /// The largest difference, in real units.
  package private(set) var maximumError = 0.0
  /// The largest difference in steps of the expected tensor.
  package private(set) var maximumSteps = 0.0
  /// How many elements differ by how much: see ``binEnds``.
  package private(set) var histogram = [Int](repeating: 0, count: TensorDifference.binEnds.count)
  private var absoluteSum = 0.0
  private var stepSum = 0.0
  private var energy = SignalToNoise()

  /// A comparison of nothing yet.
  package init() {}

  /// Adds the elements of one sample.
  ///
  /// - Parameters:
  ///   - actual: The real numbers of the tensor under test.
  ///   - expected: The real numbers that they are measured against.
  ///   - step: The size of one step of the expected tensor.
  /// - Precondition: Both have equally many elements.
  package mutating func add(_ actual: [Double], against expected: [Double], step: Double) {
    precondition(actual.count == expected.count, "samples are compared element by element")
    var sample = Sample(perStep: step > 0 ? 1 / step : 0)
    add(actual, expected, &sample)
    finish(actual.count, sample)
  }

  /// Adds the elements of one sample whose real numbers are formed on the way.
  ///
  /// - Parameters:
  ///   - actual: The real numbers of the tensor under test.
  ///   - expected: The real numbers that they are measured against.
  ///   - step: The size of one step of the expected tensor.
  /// - Precondition: Both have equally many elements.
  package mutating func add(_ actual: RealNumbers, against expected: RealNumbers, step: Double) {
    precondition(actual.count == expected.count, "samples are compared element by element")
    var sample = Sample(perStep: step > 0 ? 1 / step : 0)
    actual.forEachPart(with: expected) { add($0, $1, &sample) }
    finish(actual.count, sample)
  }

  /// What one sample adds up to.
  private struct Sample {
    let perStep: Double
    var total = 0.0
    var squares = 0.0
    var noise = 0.0
    var sum = 0.0
    var largest = 0.0

    /// An error in steps; infinity has no product with the 0 that stands for "no steps".
    func steps(_ error: Double) -> Double { error.isFinite ? error * perStep : .infinity }
  }

  private mutating func add(_ actual: [Double], _ expected: [Double], _ sample: inout Sample) {
    for index in actual.indices {
      let wanted = expected[index]
      // What is no finite number has no energy, only a distance.
      if wanted.isFinite {
        sample.total += wanted
        sample.squares += wanted * wanted
      }
      let error = distance(actual[index], wanted)
      if error == 0 { continue }
      differing += 1
      sample.noise += error * error
      sample.sum += error
      sample.largest = max(sample.largest, error)
      histogram[TensorDifference.bin(sample.steps(error))] += 1
    }
  }

  private mutating func finish(_ count: Int, _ sample: Sample) {
    elements += count
    histogram[0] = elements - differing
    energy.add(elements: count, sum: sample.total, squares: sample.squares, noise: sample.noise)
    absoluteSum += sample.sum
    stepSum += sample.steps(sample.sum)
    maximumError = max(maximumError, sample.largest)
    maximumSteps = max(maximumSteps, sample.steps(sample.largest))
  }

  /// Adds all that another difference holds.
  package mutating func merge(_ other: TensorDifference) {
    elements += other.elements
    differing += other.differing
    maximumError = max(maximumError, other.maximumError)
    maximumSteps = max(maximumSteps, other.maximumSteps)
    for bin in histogram.indices { histogram[bin] += other.histogram[bin] }
    absoluteSum += other.absoluteSum
    stepSum += other.stepSum
    energy.merge(other.energy)
  }

  /// The bin of a difference that is not zero.
  ///
  /// Differences of whole steps are computed in floating point, so an end counts to the bin below it within a millionth.
  private static func bin(_ steps: Double) -> Int {
    var bin = 1
    while bin < binEnds.count - 1 && steps > binEnds[bin] * (1 + 1e-6) { bin += 1 }
    return bin
  }

  /// Whether no element differs.
  package var isIdentical: Bool { differing == 0 }

  /// The mean difference in real units; `nil` without elements.
  package var meanError: Double? { elements == 0 ? nil : absoluteSum / Double(elements) }

  /// The mean difference in steps of the expected tensor; `nil` without elements.
  package var meanSteps: Double? { elements == 0 ? nil : stepSum / Double(elements) }

  /// The square root of the mean squared difference in real units; `nil` without elements.
  package var rmsError: Double? { elements == 0 ? nil : (energy.noise / Double(elements)).squareRoot() }

  /// The ratio of signal to noise in decibels (``NetworkModel/SignalToNoise``); `nil` where nothing differs, or where all that is
  /// expected is the same number.
  package var sqnrDb: Double? { energy.decibels }
}
