/// How much work a requantization does.
package struct RequantizationOptions: Sendable, Hashable {
  /// How long the search may take.
  package enum Effort: String, CaseIterable, Sendable, Hashable, Codable {
    /// Seconds: few positions of each image, no descent, all noise counts alike.
    case fast
    /// The default.
    case balanced
    /// Everything.
    case best
  }

  /// How long the search may take.
  package var effort: Effort
  /// The parts of the method that are left out.
  package var skipped: Set<RequantizationStep>

  /// Creates options.
  package init(effort: Effort = .balanced, skipped: Set<RequantizationStep> = []) {
    self.effort = effort
    self.skipped = skipped
  }

  /// Whether a part of the method is done.
  func does(_ step: RequantizationStep) -> Bool {
    if skipped.contains(step) { return false }
    return step == .descendCoordinates || step == .weighNoise ? effort != .fast : true
  }

  /// How many output positions of a layer are looked at in each image, so that memory is bounded for many images.
  func positions(images: Int) -> Int {
    let (wanted, most) = effort == .fast ? (12, 3072) : effort == .balanced ? (48, 3072) : (96, 6144)
    return max(1, min(wanted, most / max(images, 1)))
  }

  /// How many times the means of a layer's output are brought to the source's.
  var foldingRounds: Int { effort == .fast ? 2 : 3 }
}

/// A part of the method that can be left out; raw values are the names on the command line.
package enum RequantizationStep: String, CaseIterable, Sendable, Hashable, Codable {
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
