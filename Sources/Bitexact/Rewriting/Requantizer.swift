internal import Exploration
internal import Requantizer
internal import Workflows

/// Rewrites a quantized model for a machine that it was not made for, without training and without labels.
///
/// ```swift
/// let requantizer = Requantizer(profile: try Profile(named: "nna-int8-pow2"))
/// let result = try await requantizer.requantize(model, calibration: images)
/// try result.model.write(to: "out.tflite")
/// ```
///
/// The model is byte for byte the one that `bitexact requantize` writes for the same model, profile, samples and options.
public struct Requantizer: Sendable {
  /// How much work is done.
  public enum Effort: String, CaseIterable, Sendable, Hashable {
    /// Seconds: few positions of each image, no descent, all noise counts alike.
    case fast
    /// The default.
    case balanced
    /// Everything.
    case best
  }

  /// A part of the method that can be left out; raw values are the names on the command line.
  public enum Part: String, CaseIterable, Sendable, Hashable {
    /// Activations whose real scale is absorbed in weights, a clamp's bound on the format's largest value.
    case absorbScales = "absorb-scales"
    /// Activations from a clamp at zero that use the format's negative half too.
    case foldOffsets = "fold-offsets"
    /// Padding by an operator of its own, so that padded activations can use it too.
    case padExplicitly = "pad-explicitly"
    /// Channels of a depthwise layer's input that are brought to one range.
    case equalizeDepthwise = "equalize-depthwise"
    /// The search for the scales that add the least noise with those around them.
    case searchScales = "search-scales"
    /// Noise that counts by how much of it arrives at the outputs.
    case weighNoise = "weigh-noise"
    /// Weights that are fitted to the source's own output on what the layers before give, where much is lost.
    case matchSource = "match-source"
    /// Rounding of weights with error feedback.
    case feedBackErrors = "feed-back-errors"
    /// Integer descent after it.
    case descendCoordinates = "descend-coordinates"
    /// Biases that make up for the mean error of a layer's output.
    case foldOutputError = "fold-output-error"
  }

  /// The machine.
  public var profile: Profile
  /// How much work is done.
  public var effort: Effort
  /// The parts of the method that are left out.
  public var skipping: Set<Part>
  /// How many samples are computed at the same time; the result does not depend on it.
  public var threads: Int

  /// Chooses a machine and how much work is done.
  ///
  /// - Parameters:
  ///   - profile: The machine.
  ///   - effort: How much work is done.
  ///   - skipping: The parts of the method that are left out.
  ///   - threads: How many samples are computed at the same time.
  public init(profile: Profile, effort: Effort = .balanced, skipping: Set<Part> = [], threads: Int = 1) {
    (self.profile, self.effort, self.skipping, self.threads) = (profile, effort, skipping, threads)
  }

  /// Rewrites a model: all graphs of its file.
  ///
  /// - Parameters:
  ///   - model: The model; it runs on its own machine, or else as TensorFlow Lite's kernels do.
  ///   - calibration: Samples that guide the choice of scales, weights and biases; without them some are made up.
  ///   - plan: What is chosen already, as ``Requantization/plan`` gave it for this model and profile; `nil` chooses it.
  ///   - name: What messages call the new model.
  ///   - progress: Called with the name of what is done, the number of parts that are done and of all parts.
  /// - Returns: The model, and what was decided.
  /// - Throws: ``BitexactError/requantization(_:)`` where the model cannot be rewritten for the machine,
  ///   ``BitexactError/model(_:)`` where its inputs' sizes are open, ``BitexactError/data(_:)`` for samples that do not fit.
  public func requantize(
    _ model: Model, calibration: Samples? = nil, plan: String? = nil, name: String = "requantized.tflite",
    progress: @escaping @Sendable (_ part: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
  ) async throws -> Requantization {
    try await BitexactError.rethrowing(BitexactError.requantization) {
      let source = model.loaded
      try source.requireKnownSizes()
      let notes = Notes()
      let samples = try calibration.map { calibration in
        try RequantizeSamples(
          calibration.opened(for: source, notes.notices), calibration.subset, labels: nil, for: source)
      }
      let options = RequantizationOptions(
        effort: RequantizationOptions.Effort(rawValue: effort.rawValue) ?? .balanced,
        skipped: Set(skipping.compactMap { RequantizationStep(rawValue: $0.rawValue) }))
      let chosen = try plan.map { text in
        (file: try PlanFile(json: Array(text.utf8), "the plan", for: source), name: "the plan")
      }
      let file = try await RewrittenFile.make(
        source, for: profile.hardware, options, guidedBy: samples ?? RequantizeSamples(madeUpFor: source),
        plan: chosen, threads: source.threads(atMost: max(1, threads)), progress: progress)
      return try Requantization(file, of: source, name: name, told: notes.all)
    }
  }
}
