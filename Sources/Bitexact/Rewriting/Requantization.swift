internal import Requantizer
internal import Simulation
internal import Verification
internal import Workflows

/// A re-quantized model and how it came about.
public struct Requantization: Sendable {
  /// A layer with weights.
  public struct Layer: Sendable, Hashable {
    /// The new file's index of the operator.
    public let operatorIndex: Int
    /// The source's index of the operator; `nil` for one that was added.
    public let sourceOperatorIndex: Int?
    /// The operator's name in TensorFlow Lite.
    public let operatorName: String
    /// How the source stored the weights, in words.
    public let before: String
    /// How the new model stores them, in words.
    public let after: String
    /// The scale of the weights, of several the first.
    public let weightScale: Float
    /// The right shift from accumulator to output where the machine only shifts; `nil` for any other machine.
    public let shift: Int?
    /// How many weights were cut at the ends of the format.
    public let clippedWeights: Int
    /// The ratio of signal to noise of the weights in decibels; infinite where nothing was lost.
    public let weightSQNR: Double
    /// The same of the layer's output on the samples that guided the work; `nil` where nothing was measured.
    public let outputSQNR: Double?
    /// The largest correction of a bias, in steps of the output.
    public let largestBiasCorrection: Double
    /// The parts of the method that chose its integers.
    public let parts: [Requantizer.Part]
  }

  /// The new model; its file carries the profile and the provenance.
  public let model: Model
  /// The digest of the program that the machine runs: SHA-256 in hexadecimal.
  public let programDigest: String
  /// Whether the source fitted the machine already and nothing was changed.
  public let isUnchanged: Bool
  /// What was chosen, as JSON: to read, to edit and to take again.
  public let plan: String
  /// What must not be missed: what the machine cannot do as the source does, accumulators that could overflow, samples that
  /// an input cuts.
  public let warnings: [String]
  /// The layers with weights, in order.
  public let layers: [Layer]

  init(_ file: RewrittenFile, of source: LoadedModel, name: String, told: [String]) throws {
    model = try Model(bytes: file.emission.bytes, name: name)
    programDigest = file.emission.programDigest
    isUnchanged = file.result.isUnchanged
    plan = try PlanFile(file.result, of: source, others: file.others).json()
    let overflow = VerificationReport.Part(OverflowAnalysis(file.emission.program))
    warnings =
      told + file.result.warnings + file.others.brokenLinks(source, file.result)
      + (overflow.status == .failed ? [overflow.summary] : [])
    layers = file.result.layers.map { Layer($0) }
  }
}

extension Requantization.Layer {
  init(_ layer: LayerDecision) {
    self.init(
      operatorIndex: layer.node, sourceOperatorIndex: layer.sourceNode, operatorName: layer.name, before: layer.before,
      after: layer.after, weightScale: layer.weightScale, shift: layer.shift, clippedWeights: layer.clippedWeights,
      weightSQNR: layer.weightSQNR, outputSQNR: layer.outputSQNR, largestBiasCorrection: layer.largestBiasCorrection,
      parts: layer.steps.compactMap { Requantizer.Part(rawValue: $0.rawValue) })
  }
}
