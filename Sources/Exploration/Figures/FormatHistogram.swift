internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// How often each part of a format occurs.
struct FormatHistogram: Sendable {
  private(set) var counts = [Int](repeating: 0, count: LayerFigures.bins)
  private let low: Int64
  private let span: Int64

  init(_ range: ClosedRange<Int64>) {
    low = range.lowerBound
    span = range.upperBound - range.lowerBound + 1
  }

  mutating func add(_ elements: some Sequence<Int64>) {
    let bins = Int64(counts.count)
    for element in elements {
      let place = min(max((element - low) * bins / span, 0), bins - 1)
      counts[Int(place)] += 1
    }
  }

  mutating func merge(_ other: FormatHistogram) {
    for bin in counts.indices { counts[bin] += other.counts[bin] }
  }

  /// The weights of an operator less their zero points, over twice the largest magnitude of their format; `nil` for an
  /// operator without weights.
  static func weights(of node: Node, _ network: Network) -> [Int]? {
    guard node.operation.rescaling == .weighted, let tensor = network.operands(of: node).dropFirst().first ?? nil,
      let values = tensor.integers(), let range = tensor.type.integerRange
    else { return nil }
    let half = (range.upperBound - range.lowerBound + 1) / 2
    let zeroPoints = tensor.quantization?.zeroPoints ?? [0]
    let axis = tensor.quantization?.axis ?? 0
    let inner = tensor.shape.extents.dropFirst(axis + 1).reduce(1, *)
    var histogram = FormatHistogram(-half...half - 1)
    histogram.add(
      values.enumerated().lazy.map { place, value in
        value - zeroPoints[zeroPoints.count == 1 ? 0 : place / inner % zeroPoints.count]
      })
    return histogram.counts
  }

  /// Everything that a program's steps write, by value.
  static func activations(
    _ program: Program, samples: SampleIndices, threads: Int, engine: ComparedModel.EngineMaker,
    sample: @escaping @Sendable (Int) throws -> [[Int32]], progress: @Sendable () -> Void
  ) async throws -> [Int: FormatHistogram] {
    var ranges: [Int: ClosedRange<Int64>] = [:]
    for step in program.steps {
      guard case .integer(let format) = program.values[step.output].kind, format.bits <= 16 else { continue }
      ranges[step.output] = Int64(format.minimum)...Int64(format.maximum)
    }
    let wanted = ranges
    let runner = engine(program)
    var result: [Int: FormatHistogram] = [:]
    try await ParallelSamples.run(samples, threads: threads) { index in
      let trace = try runner.run(sample(index), trace: .only(Set(wanted.keys))).trace
      return trace.compactMap { value, elements -> (Int, FormatHistogram)? in
        guard let range = wanted[value] else { return nil }
        var histogram = FormatHistogram(range)
        histogram.add(elements.lazy.map(Int64.init))
        return (value, histogram)
      }
    } deliver: { _, found in
      for (value, histogram) in found {
        if result[value] == nil { result[value] = histogram } else { result[value]?.merge(histogram) }
      }
      progress()
    }
    return result
  }
}
