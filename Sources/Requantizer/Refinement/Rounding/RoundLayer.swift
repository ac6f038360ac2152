internal import NetworkModel
internal import Simulation

/// Rounds the weights of one layer on the covariance of its own input, for each step that comes into question.
struct RoundLayer: Sendable {
  let weights: LayerWeights
  /// The steps that come into question.
  let candidates: LayerWeights.Candidates
  let options: RequantizationOptions
  let threads: Int

  /// The rounded layer, and its noise beside that of rounding to the nearest integers with the best step for them.
  struct Outcome {
    var solution: LayerSolution
    var noise: Double
    var plainNoise: Double
  }

  /// Rounds one layer.
  ///
  /// - Parameters:
  ///   - layer: The layer as it is.
  ///   - patches: The layer's input around the sampled positions of each image.
  ///   - targets: What the layer ought to give there; `nil`, and a layer in groups, takes the corrected weights as they are.
  /// - Returns: The integers, and what they cost.
  /// - Throws: ``RequantizationError`` where no step serves the layer.
  func run(
    _ layer: LayerProgram, _ patches: [PackedElements], _ targets: SourceTargets?
  ) async throws -> Outcome {
    let kernel = layer.kernel
    let size = layer.patchSize
    let samples = patches.flatMap { $0.elements.map { Int16(truncatingIfNeeded: $0 - kernel.inputZeroPoint) } }
    let count = samples.count / size
    let groups = kernel.groups
    let depth = kernel.input[3] / groups
    let taps = kernel.taps
    let windows = taps / depth
    var lattices: [Lattice] = []
    var means: [[Double]] = []
    var moved = weights.channels
    func places(_ group: Int) -> [Int] {
      (0..<taps).map { $0 / depth * (kernel.input[3]) + group * depth + $0 % depth }
    }
    precondition(windows * depth == taps, "taps are windows of channels")
    if groups == 1 {
      let columns = TapSamples(samples, count: count, stride: size, places: places(0))
      let covariance = try await columns.covariance(threads: threads)
      lattices = [Lattice(covariance, damping: columns.damping(of: covariance, images: patches.count))]
      means = [columns.means]
      if let targets {
        let damped = Lattice(covariance, damping: targets.ridge * Float(taps) / Float(max(count, 1)))
        let blocks = Blocks(channels: weights.channels.count, group: weights.channels.count)
        moved = try await parallelMap(blocks.starts.count, threads: threads) { block in
          move(targets, blocks.range(block), columns, damped)
        }.flatMap(\.self)
      }
    } else {
      let all = (0..<groups).map(places)
      let parts = try await parallelMap(groups, threads: threads) { group in
        let columns = TapSamples(samples, count: count, stride: size, places: all[group])
        let covariance = columns.smallCovariance()
        let damping = columns.damping(of: covariance, images: patches.count)
        return (lattice: Lattice(covariance, damping: damping), means: columns.means)
      }
      lattices = parts.map(\.lattice)
      means = parts.map(\.means)
    }
    return try await choose(lattices, means, moved)
  }

  /// The moved weights of a few channels.
  private func move(
    _ targets: SourceTargets, _ range: Range<Int>, _ columns: TapSamples, _ damped: Lattice
  ) -> [[Double]] {
    var rows = [Lanes](repeating: .zero, count: damped.order)
    for (lane, channel) in range.enumerated() {
      for (tap, value) in weights.channels[channel].enumerated() { rows[tap][lane] = Float(value) }
    }
    let bias = range.map { Float(weights.bias[$0] / weights.outputScale) }
    let before = rows
    targets.move(&rows, range, bias: bias, columns, damped)
    return range.enumerated().map { lane, channel in
      weights.channels[channel].enumerated().map { $1 + Double(rows[$0][lane] - before[$0][lane]) }
    }
  }

  /// Rounds with each candidate and keeps the best, for the tensor or for each channel.
  private func choose(
    _ lattices: [Lattice], _ means: [[Double]], _ real: [[Double]]
  ) async throws -> Outcome {
    let channels = weights.channels.count
    let perGroup = channels / lattices.count
    let blocks = Blocks(channels: channels, group: perGroup)
    // A depthwise layer's channels have a few taps each, so that every step can be tried.
    let tries = lattices.count > 1 ? 16 : options.effort == .fast ? 2 : options.effort == .best ? 6 : 3
    let sweeps = options.does(.descendCoordinates) ? 4 : 0
    let most = candidates.choices.map(\.count).max() ?? 1
    let (weights, candidates) = (weights, candidates)
    var best: [[Int64]] = []
    var steps: [Double] = []
    var noises: [Double] = []
    var plain: [Double] = []
    for place in 0..<min(tries, most) {
      let chosen = (0..<channels).map { channel in
        let list = candidates.choices[candidates.isPerChannel ? channel : 0]
        return list[min(place, list.count - 1)].step
      }
      let isFirst = place == 0
      let parts = try await parallelMap(blocks.starts.count, threads: threads) { block in
        blocks.round(
          block, real, chosen, lattices[blocks.starts[block] / perGroup], candidates.low, candidates.high,
          sweeps: sweeps, comparesPlain: isFirst)
      }
      let integers = parts.flatMap(\.integers)
      let noise = parts.flatMap(\.noise)
      if isFirst {
        (best, steps, noises, plain) = (integers, chosen, noise, parts.flatMap(\.plain))
      } else if candidates.isPerChannel {
        for channel in 0..<channels where noise[channel] < noises[channel] {
          (best[channel], steps[channel], noises[channel]) = (integers[channel], chosen[channel], noise[channel])
        }
      } else if noise.reduce(0, +) < noises.reduce(0, +) {
        (best, steps, noises) = (integers, chosen, noise)
      }
    }
    let all = (0..<channels).map { means[$0 / perGroup] }
    var solution = LayerSolution(
      steps: candidates.isPerChannel ? steps : [steps[0]], integers: best, bias: weights.bias)
    if options.does(.foldOutputError) { solution.bias = weights.foldedBias(solution, all) }
    return Outcome(solution: solution, noise: noises.reduce(0, +), plainNoise: plain.reduce(0, +))
  }
}

/// Output channels in blocks as wide as ``Lanes``, none of which spans two groups.
private struct Blocks: Sendable {
  let starts: [Int]
  private let ends: [Int]

  init(channels: Int, group: Int) {
    var (starts, ends): ([Int], [Int]) = ([], [])
    for first in stride(from: 0, to: channels, by: group) {
      for start in stride(from: first, to: first + group, by: Lanes.scalarCount) {
        starts.append(start)
        ends.append(min(start + Lanes.scalarCount, first + group))
      }
    }
    (self.starts, self.ends) = (starts, ends)
  }

  /// The channels of a block.
  func range(_ block: Int) -> Range<Int> { starts[block]..<ends[block] }

  struct Part: Sendable {
    var integers: [[Int64]]
    var noise: [Double]
    var plain: [Double]
  }

  /// Rounds one block of channels; noise is in units of the corrected weights, so that steps can be compared.
  func round(
    _ block: Int, _ weights: [[Double]], _ steps: [Double], _ lattice: Lattice, _ low: Double, _ high: Double,
    sweeps: Int, comparesPlain: Bool
  ) -> Part {
    let channels = range(block)
    var targets = [Lanes](repeating: .zero, count: lattice.order)
    for (lane, channel) in channels.enumerated() {
      let inverse = 1 / steps[channel]
      for (tap, value) in weights[channel].enumerated() { targets[tap][lane] = Float(value * inverse) }
    }
    let result = lattice.round(targets, low: Float(low), high: Float(high), feedsBack: true, sweeps: sweeps)
    var part = Part(integers: [], noise: [], plain: [])
    let plain =
      comparesPlain
      ? lattice.round(targets, low: Float(low), high: Float(high), feedsBack: false, sweeps: 0).noise : .zero
    for (lane, channel) in channels.enumerated() {
      part.integers.append(result.integers.map { Int64($0[lane]) })
      part.noise.append(Double(result.noise[lane]) * steps[channel] * steps[channel])
      part.plain.append(Double(plain[lane]) * steps[channel] * steps[channel])
    }
    return part
  }
}
