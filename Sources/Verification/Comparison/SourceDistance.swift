package import NetworkModel
package import Simulation
internal import Synchronization

/// How far a re-quantized network is from its source on samples: what a report says of the result.
///
/// Tensors have the indices of the source. A classifier's answer is compared before its last SOFTMAX (``logits``).
package struct SourceDistance: Sendable {
  /// How many samples were run.
  package private(set) var samples = 0
  /// On how many of them all tensors were compared.
  package private(set) var tracedSamples = 0
  /// The tensor of the first output that is compared.
  package let logitsTensor: Int
  /// What was measured of each output, before SOFTMAX; each output's tensor has a counterpart of the same index.
  package private(set) var outputs: [MeasuredOutput]
  /// The first output's distance, before SOFTMAX.
  package var logits: Comparison { outputs.first?.comparison ?? Comparison() }
  /// Every quantized activation's distance, by its index; empty where none were asked for.
  package private(set) var tensors: [Int: TensorDistance] = [:]
  /// For each sample the place of the source's largest element.
  package private(set) var sourceClasses: [Int] = []
  /// For each sample the place of the result's largest element.
  package private(set) var classes: [Int] = []

  /// Two networks and their engines.
  package struct Pair: Sendable {
    let source: Network
    let target: Network
    let sourceEngine: any Engine
    let targetEngine: any Engine
    let sourceMeanings: [Int: Provenance.Meaning]
    let meanings: [Int: Provenance.Meaning]

    /// Pairs networks.
    ///
    /// - Parameters:
    ///   - source: The source, and who runs it.
    ///   - sourceMeanings: What the source's integers mean where its own parameters do not say it, by tensor.
    ///   - target: What was made of it, with the tensors of the source at the same indices, and who runs it.
    ///   - meanings: What the target's integers mean where its own parameters do not say it.
    package init(
      source: (Network, any Engine), sourceMeanings: [Int: Provenance.Meaning] = [:], target: (Network, any Engine),
      meanings: [Provenance.Meaning]
    ) {
      (self.source, sourceEngine) = source
      self.sourceMeanings = sourceMeanings
      (self.target, targetEngine) = target
      self.meanings = Dictionary(meanings.map { ($0.tensor, $0) }) { first, _ in first }
    }

    /// From the source's integers to real numbers.
    func dequantizer(_ tensor: Int) -> Dequantizer { Dequantizer(source.tensors[tensor], sourceMeanings[tensor]) }

    /// What is to be measured of a tensor.
    func measure(_ tensor: Int) -> MeasuredOutput {
      MeasuredOutput(name: source.tensors[tensor].name, sourceStep: dequantizer(tensor).step)
    }
  }

  /// Runs both networks and compares them.
  ///
  /// - Parameters:
  ///   - pair: The networks.
  ///   - samples: How many samples there are.
  ///   - traced: On how many of them, evenly spread, every tensor is compared; the others give logits only.
  ///   - threads: How many samples are run at the same time; the result does not depend on it.
  ///   - sample: A sample as the source stores it.
  ///   - progress: Called after each sample with the number of those that are done.
  /// - Throws: What reading and running a sample throws.
  package init(
    of pair: Pair, samples: Int, traced: Int, threads: Int, sample: @escaping @Sendable (Int) throws -> [[Int32]],
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws {
    let compared = pair.source.outputs.map(pair.source.scores)
    logitsTensor = compared.first ?? 0
    outputs = compared.map(pair.measure)
    let stride = traced > 0 ? max(1, (samples + traced - 1) / traced) : Int.max
    let work = SampleComparison(pair, compared)
    let counter = Counter()
    let parts = try await parallelMap(samples, threads: threads) { index in
      defer { progress(counter.increment()) }
      return try work.run(sample(index), traces: traced > 0 && index % stride == 0)
    }
    // Sums of floating-point numbers are taken in the samples' order, whoever computed them.
    for part in parts {
      self.samples += 1
      for (place, output) in part.outputs.enumerated() { outputs[place].merge(output) }
      sourceClasses.append(part.sourceClass)
      classes.append(part.targetClass)
      if !part.tensors.isEmpty { tracedSamples += 1 }
      for (index, distance) in part.tensors { tensors[index, default: TensorDistance()].add(distance) }
    }
  }
}

/// Counts what several threads have done.
private final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  func increment() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// Compares the networks on one sample.
private struct SampleComparison: Sendable {
  struct Part: Sendable {
    var outputs: [MeasuredOutput]
    var sourceClass = 0
    var targetClass = 0
    var tensors: [Int: TensorDistance] = [:]
  }

  private let pair: SourceDistance.Pair
  /// The tensors that are compared for the outputs.
  private let outputs: [Int]
  /// What the compared tensors' integers mean.
  private let sides: [Int: (source: TensorDistance.Side, target: TensorDistance.Side)]

  init(_ pair: SourceDistance.Pair, _ outputs: [Int]) {
    self.pair = pair
    self.outputs = outputs
    let written = Set(pair.target.nodes.flatMap(\.outputs)).union(pair.target.inputs)
    let both = Set(pair.source.nodes.flatMap(\.outputs) + pair.source.inputs).intersection(written)
    var sides: [Int: (source: TensorDistance.Side, target: TensorDistance.Side)] = [:]
    for index in both {
      let (source, target) = (pair.source.tensors[index], pair.target.tensors[index])
      let areQuantized = [source, target].allSatisfy {
        $0.type.integerRange != nil && $0.quantization?.isPerAxis == false
      }
      guard areQuantized, source.shape == target.shape else { continue }
      sides[index] = (Self.side(source, pair.sourceMeanings[index]), Self.side(target, pair.meanings[index]))
    }
    self.sides = sides
  }

  func run(_ sample: [[Int32]], traces: Bool) throws -> Part {
    let given = sample.enumerated().map { position, elements in
      Dequantizer.convert(
        elements, from: pair.source.tensors[pair.source.inputs[position]],
        to: pair.target.tensors[pair.target.inputs[position]])
    }
    let selection: TraceSelection = traces ? .all : .only(Set(outputs))
    let wanted = try pair.sourceEngine.run(sample, trace: selection).trace
    let found = try pair.targetEngine.run(given, trace: selection).trace
    var part = Part(outputs: outputs.map(pair.measure))
    for (place, tensor) in outputs.enumerated() {
      guard let wanted = wanted[tensor], let found = found[tensor], wanted.count == found.count, !wanted.isEmpty else {
        continue
      }
      let expected = RealNumbers(wanted, pair.dequantizer(tensor))
      let actual = RealNumbers(found, Dequantizer(pair.target.tensors[tensor], pair.meanings[tensor]))
      let places = part.outputs[place].add(actual, against: expected)
      guard place == 0 else { continue }
      (part.sourceClass, part.targetClass) = (places.expected, places.actual)
    }
    if traces {
      for (index, side) in sides {
        guard let a = found[index], let b = wanted[index] else { continue }
        var distance = TensorDistance()
        distance.add(
          a, side.target, against: b, side.source, channels: pair.source.tensors[index].shape.extents.last ?? 1)
        part.tensors[index] = distance
      }
    }
    return part
  }

  /// What a tensor's integers mean.
  private static func side(_ tensor: Tensor, _ meaning: Provenance.Meaning?) -> TensorDistance.Side {
    let quantization = tensor.quantization ?? Quantization(scale: 1)
    let range = tensor.type.integerRange ?? 0...0
    return TensorDistance.Side(
      scales: meaning?.scales ?? [Double(quantization.scale)], zeroPoint: Int32(clamping: quantization.zeroPoint),
      offsets: meaning?.offsets ?? [0], low: Int32(clamping: range.lowerBound), high: Int32(clamping: range.upperBound))
  }
}
