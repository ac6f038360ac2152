internal import NetworkModel
internal import Simulation

/// What the source's activations were over the calibration samples, in integers as the source stores them.
struct SourceStatistics: Sendable {
  /// How many output positions of a layer are looked at in each image.
  let positions: Int
  /// For each 8-bit activation how often each stored integer occurred, from the type's smallest value on.
  var histograms: [Int: [Int]] = [:]
  /// For each 8-bit activation what its channels (its last axis) held.
  var channels: [Int: ChannelSums] = [:]
  /// For each layer's output and image the stored integers at the sampled positions, all channels of one after another.
  var outputs: [Int: [Int: PackedElements]] = [:]

  /// The most channels of a tensor whose sums are kept.
  static let channelLimit = 1 << 16

  /// The sums of one tensor's channels.
  struct ChannelSums: Sendable {
    var count = 0
    var sums: [Int]
    var squares: [Int]
    var largest: [Int32]

    init(channels: Int) {
      sums = [Int](repeating: 0, count: channels)
      squares = sums
      largest = [Int32](repeating: .min, count: channels)
    }

    /// Adds elements whose last axis is the channel; inner loops run over channels, which are independent.
    mutating func add(_ elements: [Int32]) {
      let channels = sums.count
      let rows = elements.count / channels
      count += rows
      // 16384 squares of 8-bit integers fit an Int32 (65025 · 16384 < 2^31).
      for start in stride(from: 0, to: rows, by: 16384) {
        var (sum, square) = ([Int32](repeating: 0, count: channels), [Int32](repeating: 0, count: channels))
        for row in start..<min(start + 16384, rows) {
          let base = row * channels
          for channel in 0..<channels {
            let x = elements[base + channel]
            sum[channel] &+= x
            square[channel] &+= x &* x
            largest[channel] = max(largest[channel], x)
          }
        }
        for channel in 0..<channels {
          sums[channel] += Int(sum[channel])
          squares[channel] += Int(square[channel])
        }
      }
    }

    mutating func add(_ other: ChannelSums) {
      count += other.count
      for channel in sums.indices {
        sums[channel] += other.sums[channel]
        squares[channel] += other.squares[channel]
        largest[channel] = max(largest[channel], other.largest[channel])
      }
    }
  }

  /// Adds one sample's values; `layers` are the outputs whose positions are sampled, with their operator.
  mutating func add(_ trace: [Int: [Int32]], _ network: Network, image: Int, layers: [Int: Int]) {
    for (index, elements) in trace {
      let tensor = network.tensors[index]
      guard let range = tensor.type.integerRange, tensor.type.bits == 8 else { continue }
      let first = Int(range.lowerBound)
      let count = tensor.shape.extents.last ?? 1
      // So many channels have no layer whose weights they could be scaled into.
      if count <= Self.channelLimit { channels[index, default: ChannelSums(channels: count)].add(elements) }
      // A histogram guides a scale; every seventh element of a large tensor says as much as all.
      var histogram = histograms[index] ?? [Int](repeating: 0, count: 256)
      let step = elements.count > 1 << 14 ? 7 : 1
      for place in stride(from: image % step, to: elements.count, by: step) {
        histogram[Int(elements[place]) - first] += 1
      }
      histograms[index] = histogram
      if let layer = layers[index] {
        outputs[index, default: [:]][image] = Self.sampled(
          elements, channels: count, count: positions, layer: layer, image: image)
      }
    }
  }

  /// The elements at an image's sampled positions.
  static func sampled(_ elements: [Int32], channels: Int, count: Int, layer: Int, image: Int) -> PackedElements {
    let places = SamplePositions(elements.count / channels, count: count, layer: layer, image: image)
    var result: [Int32] = []
    result.reserveCapacity(places.indices.count * channels)
    for place in places.indices { result += elements[place * channels..<(place + 1) * channels] }
    return PackedElements(result)
  }

  /// Adds another set's counts; sums of integers do not depend on the order.
  mutating func add(_ other: SourceStatistics) {
    for (index, histogram) in other.histograms {
      histograms[index] = histograms[index].map { zip($0, histogram).map(+) } ?? histogram
    }
    for (index, sums) in other.channels {
      channels[index, default: ChannelSums(channels: sums.sums.count)].add(sums)
    }
    for (index, images) in other.outputs { outputs[index, default: [:]].merge(images) { old, _ in old } }
  }

  /// The mean of `scale · (x − zeroPoint)` for each channel of a tensor.
  func means(_ index: Int, _ quantization: Quantization) -> [Double]? {
    guard let channels = channels[index], channels.count > 0 else { return nil }
    return channels.sums.map {
      Double(quantization.scale) * (Double($0) / Double(channels.count) - Double(quantization.zeroPoint))
    }
  }

  /// The variance of `scale · x` for each channel of a tensor.
  func variances(_ index: Int, _ quantization: Quantization) -> [Double]? {
    guard let channels = channels[index], channels.count > 0 else { return nil }
    let scale = Double(quantization.scale)
    return zip(channels.sums, channels.squares).map { sum, square in
      let mean = Double(sum) / Double(channels.count)
      return scale * scale * max(Double(square) / Double(channels.count) - mean * mean, 0)
    }
  }

  /// The largest `scale · (x − zeroPoint)` of each channel of a tensor.
  func maxima(_ index: Int, _ quantization: Quantization) -> [Double]? {
    channels[index]?.largest.map { Double(quantization.scale) * Double(Int64($0) - quantization.zeroPoint) }
  }
}

extension SourceStatistics {
  /// Runs the source over the calibration samples on TensorFlow Lite's arithmetic, the meaning of the source file.
  ///
  /// - Parameters:
  ///   - source: The network.
  ///   - samples: The samples, and what runs them.
  ///   - positions: How many positions of each layer are looked at in each sample.
  ///   - progress: Called with the number of samples that are done and of all.
  /// - Throws: Errors of the samples as they come.
  init(
    of source: Network, over samples: CalibrationRun, positions: Int,
    progress: @escaping @Sendable (Int, Int) -> Void
  ) async throws {
    let engine = samples.makeEngine(try Program.lower(source, for: .host))
    let calibration = samples.calibration
    let done = ProgressCounter()
    var outputs: [Int: Int] = [:]
    for (index, node) in source.nodes.enumerated() where node.operation.rescaling == .weighted {
      outputs[node.outputs[0]] = index
    }
    let layers = outputs
    // Samples are taken in runs, so that as many statistics as threads are held rather than as many as samples.
    let runs = min(samples.threads, calibration.count)
    let parts = try await parallelMap(runs, threads: samples.threads) { run in
      var statistics = SourceStatistics(positions: positions)
      for index in stride(from: run, to: calibration.count, by: runs) {
        let outcome = try engine.run(calibration.sample(index), trace: .all)
        statistics.add(outcome.trace, source, image: index, layers: layers)
        progress(done.increment(), calibration.count)
      }
      return statistics
    }
    self.init(positions: positions)
    for part in parts { add(part) }
  }
}
