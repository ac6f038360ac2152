package import FixedPoint

/// Weights of some layers that look otherwise than those of the others.
///
/// It speaks of the layers at some positions, of those of some operators, or of those that are both; what it does not
/// state stays as it is.
package struct WeightException: Hashable, Sendable {
  /// The positions of which one must be the layer's; `nil` for any.
  package var layers: [LayerPosition]?
  /// The operators of which one must be the layer's, by TensorFlow Lite's name; `nil` for any.
  package var operators: [String]?
  /// The formats of these layers.
  package var formats: [IntegerFormat]?
  /// Whether these layers may have a zero point other than 0.
  package var zeroPoint: ZeroPointKind?
  /// Whether the scales of these layers are restricted.
  package var scale: ScaleKind?
  /// The granularities of these layers.
  package var granularity: [Granularity]?
  /// Whether these layers leave out the format's smallest value.
  package var narrowRange: Bool?

  /// Creates an exception.
  package init(
    layers: [LayerPosition]? = nil, operators: [String]? = nil, formats: [IntegerFormat]? = nil,
    zeroPoint: ZeroPointKind? = nil, scale: ScaleKind? = nil, granularity: [Granularity]? = nil,
    narrowRange: Bool? = nil
  ) {
    self.layers = layers
    self.operators = operators
    self.formats = formats
    self.zeroPoint = zeroPoint
    self.scale = scale
    self.granularity = granularity
    self.narrowRange = narrowRange
  }
}

/// Where a layer stands among those with weights that the device runs.
package enum LayerPosition: String, CaseIterable, Sendable, Hashable, Codable {
  /// Before all others, in the order of execution.
  case first
  /// After all others.
  case last
}

extension WeightScheme {
  /// Whether signed weights may have a zero point.
  ///
  /// "any" beside an unsigned format speaks of that one, as in TensorFlow Lite, whose convolutions take signed weights
  /// with the zero point 0 only.
  package var signedMayHaveZeroPoint: Bool { zeroPoint == .any && formats.allSatisfy(\.isSigned) }

  /// What the weights of one layer may look like, without exceptions.
  ///
  /// - Parameters:
  ///   - positions: The layer's positions: both, for the only layer.
  ///   - name: The layer's operator by TensorFlow Lite's name.
  /// - Returns: The scheme with the first exception that speaks of the layer.
  package func scheme(at positions: Set<LayerPosition>, of name: String) -> WeightScheme {
    var result = self
    result.exceptions = []
    let exception = exceptions.first { exception in
      (exception.layers?.contains(where: positions.contains) ?? true) && (exception.operators?.contains(name) ?? true)
    }
    guard let exception else { return result }
    result.apply(exception)
    return result
  }

  /// Replaces what an exception states.
  mutating func apply(_ exception: WeightException) {
    formats = exception.formats ?? formats
    zeroPoint = exception.zeroPoint ?? zeroPoint
    scale = exception.scale ?? scale
    granularity = exception.granularity ?? granularity
    narrowRange = exception.narrowRange ?? narrowRange
  }
}

extension WeightException {
  /// Whether the exception changes anything at all.
  var statesSomething: Bool {
    formats != nil || zeroPoint != nil || scale != nil || granularity != nil || narrowRange != nil
  }
}
