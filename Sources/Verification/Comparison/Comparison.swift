package import NetworkModel

/// How far one list of samples is from another, added up sample by sample; memory does not grow with their number.
package struct Comparison: Hashable, Sendable {
  /// How many samples were added.
  package private(set) var samples = 0
  /// How many elements they have in all.
  package private(set) var elements = 0
  /// In how many samples both have their largest element at the same place; of equal ones the first counts.
  package private(set) var agreements = 0
  /// In how many samples at least one of the two has its largest element more than once.
  package private(set) var ties = 0
  /// The largest difference, in real units.
  package private(set) var maximumError = 0.0
  private var absoluteSum = 0.0
  /// What varies, and the noise on it.
  package private(set) var energy = SignalToNoise()

  /// A comparison of nothing yet.
  package init() {}

  /// Adds a sample.
  ///
  /// - Parameters:
  ///   - actual: The real numbers of the model under test.
  ///   - expected: The real numbers that they are measured against.
  /// - Precondition: Both have equally many elements, at least one.
  package mutating func add(_ actual: [Double], against expected: [Double]) {
    precondition(actual.count == expected.count && !actual.isEmpty, "samples are compared element by element")
    var (found, wanted) = (Largest(), Largest())
    add(actual, expected, &found, &wanted)
    finish(actual.count, found, wanted)
  }

  /// Adds a sample whose real numbers are formed on the way.
  ///
  /// - Parameters:
  ///   - actual: The real numbers of the model under test.
  ///   - expected: The real numbers that they are measured against.
  /// - Returns: The place of the first largest element of each.
  /// - Precondition: Both have equally many elements, at least one.
  @discardableResult
  package mutating func add(_ actual: RealNumbers, against expected: RealNumbers) -> (actual: Int, expected: Int) {
    precondition(actual.count == expected.count && actual.count > 0, "samples are compared element by element")
    var (found, wanted) = (Largest(), Largest())
    actual.forEachPart(with: expected) { add($0, $1, &found, &wanted) }
    finish(actual.count, found, wanted)
    return (found.place, wanted.place)
  }

  private mutating func add(_ actual: [Double], _ expected: [Double], _ found: inout Largest, _ wanted: inout Largest) {
    var (sum, squares, noise) = (0.0, 0.0, 0.0)
    for (a, b) in zip(actual, expected) {
      found.see(a)
      wanted.see(b)
      let error = distance(a, b)
      maximumError = max(maximumError, error)
      absoluteSum += error
      noise += error * error
      // What is no finite number has no energy, only a distance.
      guard b.isFinite else { continue }
      sum += b
      squares += b * b
    }
    energy.add(elements: actual.count, sum: sum, squares: squares, noise: noise)
  }

  private mutating func finish(_ count: Int, _ found: Largest, _ wanted: Largest) {
    samples += 1
    elements += count
    if found.place == wanted.place { agreements += 1 }
    if found.isTie || wanted.isTie { ties += 1 }
  }

  /// Adds all samples of another comparison, as if they had been added here.
  ///
  /// - Parameter other: The other comparison; sums are floating-point, so the order of merging may show in a last digit.
  package mutating func merge(_ other: Comparison) {
    samples += other.samples
    elements += other.elements
    agreements += other.agreements
    ties += other.ties
    maximumError = max(maximumError, other.maximumError)
    absoluteSum += other.absoluteSum
    energy.merge(other.energy)
  }

  /// Whether no element differs.
  package var isIdentical: Bool { energy.noise == 0 && maximumError == 0 }

  /// The part of samples whose largest element is at the same place, 0 to 1; `nil` without samples.
  package var agreement: Double? { samples == 0 ? nil : Double(agreements) / Double(samples) }

  /// The mean difference in real units; `nil` without samples.
  package var meanError: Double? { elements == 0 ? nil : absoluteSum / Double(elements) }

  /// The ratio of signal to noise in decibels (``NetworkModel/SignalToNoise``); `nil` where nothing differs, or where all that is
  /// expected is the same number.
  package var sqnrDb: Double? { energy.decibels }

  /// The place of the first largest element, and whether there are more of them.
  ///
  /// - Parameter values: At least one number.
  /// - Returns: Its index, and whether another one is as large.
  package static func largest(_ values: [Double]) -> (place: Int, isTie: Bool) {
    var largest = Largest()
    for value in values { largest.see(value) }
    return (largest.place, largest.isTie)
  }

  /// The first largest of the numbers that were seen.
  private struct Largest {
    var place = 0
    /// Whether another one is as large.
    var isTie = false
    private var value = 0.0
    private var count = 0

    mutating func see(_ next: Double) {
      if count == 0 || next > value {
        (place, value, isTie) = (count, next, false)
      } else if next == value {
        isTie = true
      }
      count += 1
    }
  }
}
