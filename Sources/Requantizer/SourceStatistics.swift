internal import Network
internal import Simulation

/// What the source's activations were over the calibration samples, in integers as the source stores them.
struct SourceStatistics: Sendable {
  /// For each 8-bit activation how often each stored integer occurred, from the type's smallest value on.
  var histograms: [Int: [Int]] = [:]
  /// For each 8-bit activation and channel (its last axis) the sum of the stored integers.
  var sums: [Int: [Int]] = [:]
  /// For each 8-bit activation and channel the sum of squares of the stored integers.
  var squares: [Int: [Int]] = [:]
  /// For each activation the elements of one channel, over all samples.
  var counts: [Int: Int] = [:]

  /// Adds one sample's values.
  mutating func add(_ trace: [Int: [Int32]], _ network: Network) {
    for (index, elements) in trace {
      let tensor = network.tensors[index]
      guard let range = tensor.type.integerRange, tensor.type.bits == 8 else { continue }
      let first = Int(range.lowerBound)
      let channels = tensor.shape.extents.last ?? 1
      var histogram = [Int](repeating: 0, count: 256)
      var sum = [Int](repeating: 0, count: channels)
      var square = [Int](repeating: 0, count: channels)
      var channel = 0
      for element in elements {
        let x = Int(element)
        histogram[x - first] += 1
        sum[channel] += x
        square[channel] += x * x
        channel = channel + 1 == channels ? 0 : channel + 1
      }
      merge(index, histogram, sum, square, elements.count / channels)
    }
  }

  /// Adds another set's counts; sums of integers do not depend on the order.
  mutating func add(_ other: SourceStatistics) {
    for (index, histogram) in other.histograms {
      merge(index, histogram, other.sums[index] ?? [], other.squares[index] ?? [], other.counts[index] ?? 0)
    }
  }

  private mutating func merge(_ index: Int, _ histogram: [Int], _ sum: [Int], _ square: [Int], _ count: Int) {
    histograms[index] = histograms[index].map { zip($0, histogram).map(+) } ?? histogram
    sums[index] = sums[index].map { zip($0, sum).map(+) } ?? sum
    squares[index] = squares[index].map { zip($0, square).map(+) } ?? square
    counts[index, default: 0] += count
  }

  /// The mean of `scale · (x − zeroPoint)` for each channel of a tensor.
  func means(_ index: Int, _ quantization: Quantization) -> [Double]? {
    guard let sum = sums[index], let count = counts[index], count > 0 else { return nil }
    return sum.map { Double(quantization.scale) * (Double($0) / Double(count) - Double(quantization.zeroPoint)) }
  }

  /// The mean of `(scale · (x − zeroPoint))²` for each channel of a tensor.
  func secondMoments(_ index: Int, _ quantization: Quantization) -> [Double]? {
    guard let sum = sums[index], let square = squares[index], let count = counts[index], count > 0 else { return nil }
    let (scale, zero) = (Double(quantization.scale), Double(quantization.zeroPoint))
    return zip(sum, square).map { sum, square in
      let mean = Double(sum) / Double(count)
      return scale * scale * max(Double(square) / Double(count) - 2 * zero * mean + zero * zero, 0)
    }
  }
}

/// Runs the source over the calibration samples on TensorFlow Lite's arithmetic, the meaning of the source file.
struct GatherStatistics: RequantizationPass {
  let name = "gather-statistics"
  let calibration: CalibrationSet
  let threads: Int
  /// Makes the engine for the source's program.
  let makeEngine: @Sendable (Program) -> any Engine

  func run(
    _ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws -> String {
    let source = state.source
    let engine = makeEngine(try Program.lower(source, for: .host))
    let calibration = calibration
    let done = ProgressCounter()
    // Samples are taken in runs, so that as many statistics as threads are held rather than as many as samples.
    let runs = min(threads, calibration.count)
    let parts = try await parallelMap(runs, threads: threads) { run in
      var statistics = SourceStatistics()
      for index in stride(from: run, to: calibration.count, by: runs) {
        let outcome = try engine.run(calibration.sample(index), trace: .all)
        statistics.add(outcome.trace, source)
        progress(done.increment(), calibration.count)
      }
      return statistics
    }
    var statistics = SourceStatistics()
    for part in parts { statistics.add(part) }
    state.statistics = statistics
    return "\(calibration.count) samples"
  }
}
