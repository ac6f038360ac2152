internal import Exploration
internal import HardwareProfile
internal import NetworkModel
internal import Reports
internal import Requantizer
internal import Verification
internal import Workflows

/// What `requantize --json` prints and `--report` writes.
struct RequantizeReport: Encodable {
  /// What was measured, on the samples that guided the work.
  struct Summary: Encodable {
    let samples: Int
    let sampleFile: String?
    let sampleIndices: [Int]
    /// The tensor before the last SOFTMAX, or the first output.
    let logitsTensor: Int
    let logitsSqnrDb: Decibels
    let agreement: Double
    /// What noise as strong would leave; null where the output is no decision.
    let noiseAlikeAgreement: Double?
    /// What the distance is called: equal, close, coarse or far, as `verify` calls it.
    let verdict: DistanceVerdict.Word
    /// Why, where the ratio alone does not say it.
    let reasons: [String]
    let sourceTop1: Double?
    let resultTop1: Double?
    let classes: RequantizeMeasure.Classes?
    let seconds: Double
    let measuringSeconds: Double
  }

  /// How a tensor's integers are stored.
  struct Scheme: Encodable {
    let type: String
    let granularity: String
    let scales: [Float]
    let zeroPoint: Int64

    init?(_ tensor: Tensor) {
      guard let quantization = tensor.quantization else { return nil }
      type = tensor.type.rawValue
      granularity = quantization.isPerAxis ? "channel" : "tensor"
      scales = quantization.scales
      zeroPoint = quantization.zeroPoint
    }
  }

  /// An activation.
  struct Activation: Encodable {
    let tensor: Int
    let name: String
    let before: Scheme?
    let after: Scheme?
    /// What the integers stand for where the file's own parameters do not say it.
    let meaning: TensorMeaning?
    let sqnrDb: Decibels
    let maximumError: Double
    let saturation: Double
    /// The parts of the method that show in it.
    let parts: [String]
  }

  /// A layer with weights.
  struct Layer: Encodable {
    let `operator`: Int
    /// The operator's index in the source; null for one that was added.
    let sourceOperator: Int?
    let name: String
    let output: String
    let before: Scheme?
    let after: Scheme?
    /// The factor from accumulator to output, of each weight scale.
    let ratios: [Double]
    /// Where the machine only shifts: the right shifts that make them.
    let shifts: [Int]?
    let keepsSourceStep: Bool
    let clippedWeights: Int
    let weightSqnrDb: Decibels
    let outputSqnrDb: Decibels
    let saturation: Double?
    /// The largest correction of a bias in steps of the output.
    let largestBiasCorrection: Double
    let parts: [String]
  }

  let source: String
  let output: String
  let profile: String
  let programDigest: String
  let isUnchanged: Bool
  let bytes: Int
  let effort: String
  let skipped: [String]
  let summary: Summary
  /// `verify`'s overflow part of the written model.
  let overflow: VerificationReport.Part
  /// What the machine cannot do as the source does.
  let limitations: [String]
  let passes: [PassSummary]
  let layers: [Layer]
  /// On how many of the samples the tensors were compared.
  let tensorSamples: Int
  let tensors: [Activation]
  let meanings: [TensorMeaning]
  /// What charts draw of each operator; empty where no report is written.
  let figures: [LayerFigures]
  let data: DataReport?
  let clippedInputShare: Double?
  /// What only the text for people needs.
  let samples: RequantizeSamples
  let decisions: [LayerDecision]

  private enum CodingKeys: String, CodingKey {
    case source, output, profile, programDigest, isUnchanged, bytes, effort, skipped, summary, overflow, limitations
    case passes, layers, tensorSamples, tensors, meanings, figures, data, clippedInputShare
  }

  init(
    _ result: Requantized, _ emission: Emission, _ source: LoadedModel, _ profile: HardwareProfile,
    options: RequantizationOptions, samples: RequantizeSamples, _ measure: RequantizeMeasure,
    _ figures: [LayerFigures], output: String, allowsOverflow: Bool
  ) {
    self.source = source.path
    self.output = output
    self.profile = profile.name
    self.samples = samples
    self.figures = figures
    data = samples.data
    clippedInputShare = samples.data?.clippedShare
    programDigest = emission.programDigest
    isUnchanged = result.isUnchanged
    bytes = emission.bytes.count
    effort = options.effort.rawValue
    skipped = options.skipped.map(\.rawValue).sorted()
    passes = result.passes
    limitations = result.warnings
    meanings = (emission.provenance.meanings ?? []).map {
      TensorMeaning(tensor: $0.tensor, scales: $0.scales, offsets: $0.offsets)
    }
    decisions = result.layers
    let distance = measure.distance
    let count = Double(max(distance.samples, 1))
    let verdict = DistanceVerdict(distance.outputs)
    overflow = .init(OverflowAnalysis(emission.program), isAllowed: allowsOverflow)
    summary = Summary(
      samples: distance.samples, sampleFile: samples.file, sampleIndices: samples.indices.map(Array.init) ?? [],
      logitsTensor: distance.logitsTensor, logitsSqnrDb: Decibels(distance.logits.sqnrDb),
      agreement: distance.logits.agreement ?? 0,
      noiseAlikeAgreement: distance.outputs.first?.noiseAlike.agreement, verdict: verdict.word,
      reasons: verdict.reasons, sourceTop1: measure.classes.map { Double($0.sourceCorrect) / count },
      resultTop1: measure.classes.map { Double($0.resultCorrect) / count }, classes: measure.classes,
      seconds: result.passes.reduce(0) { $0 + $1.seconds }, measuringSeconds: measure.seconds)
    tensorSamples = distance.tracedSamples
    let (own, meanings) = (result.meanings.byTensor, meanings.byTensor)
    tensors = distance.tensors.sorted { $0.key < $1.key }.map { index, distance in
      let (old, new) = (source.network.tensors[index], result.network.tensors[index])
      return Activation(
        tensor: index, name: new.name, before: Scheme(old), after: Scheme(new), meaning: meanings[index],
        sqnrDb: Decibels(distance.sqnrDb), maximumError: distance.maximumError, saturation: distance.saturation,
        parts: Self.parts(old, new, own[index]))
    }
    layers = result.layers.map { Self.layer($0, result, source.network, distance) }
  }

  /// The parts of the method that show in an activation.
  private static func parts(_ old: Tensor, _ new: Tensor, _ meaning: TensorMeaning?) -> [String] {
    var parts: [String] = []
    if old.type != new.type { parts.append("adopt-formats") }
    if old.quantization != new.quantization { parts.append("plan-activation-scales") }
    guard let meaning else { return parts }
    if meaning.scales.max() != new.quantization.map({ Double($0.scale) }) {
      parts.append(RequantizationStep.absorbScales.rawValue)
    }
    if meaning.isFolded { parts.append(RequantizationStep.foldOffsets.rawValue) }
    if meaning.scales.count > 1 { parts.append(RequantizationStep.equalizeDepthwise.rawValue) }
    return parts
  }

  private static func layer(
    _ decision: LayerDecision, _ result: Requantized, _ source: Network, _ distance: SourceDistance
  ) -> Layer {
    let node = result.network.nodes[decision.node]
    func quantization(_ tensor: Int?) -> Quantization? { tensor.flatMap { result.network.tensors[$0].quantization } }
    let weights = node.input(1)
    var ratios: [Double] = []
    if let x = quantization(node.input(0)), let w = quantization(weights), let y = quantization(node.outputs.first) {
      ratios = w.scales.map { Double(x.scale) * Double($0) / Double(y.scale) }
    }
    let output = node.outputs.first ?? 0
    let measured = distance.tensors[output]
    return Layer(
      operator: decision.node, sourceOperator: decision.sourceNode, name: decision.name,
      output: result.network.tensors[output].name,
      before: weights.flatMap { source.tensors.indices.contains($0) ? Scheme(source.tensors[$0]) : nil },
      after: weights.flatMap { Scheme(result.network.tensors[$0]) }, ratios: ratios,
      shifts: decision.shift == nil ? nil : ratios.map(Self.shift), keepsSourceStep: decision.keepsSourceStep,
      clippedWeights: decision.clippedWeights,
      weightSqnrDb: Decibels(decision.weightSQNR.isFinite ? decision.weightSQNR : nil),
      outputSqnrDb: Decibels(measured?.sqnrDb), saturation: measured?.saturation,
      largestBiasCorrection: decision.largestBiasCorrection,
      parts: ["requantize-weights"] + decision.steps.map(\.rawValue))
  }

  /// The right shift of a factor that is a power of two but for float32 rounding.
  private static func shift(_ ratio: Double) -> Int {
    guard ratio > 0, ratio.isFinite else { return 0 }
    return -(Int(ratio.exponent) + (ratio.significand > 1.5 ? 1 : 0))
  }
}

/// A ratio in decibels; null where nothing differs or nothing was measured, so that the key is always there.
struct Decibels: Encodable, Sendable {
  let value: Double?

  init(_ value: Double?) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

extension [TensorMeaning] {
  fileprivate var byTensor: [Int: TensorMeaning] { Dictionary(map { ($0.tensor, $0) }) { first, _ in first } }
}
