/// The arithmetic of operators on int16 activations, for a machine that has other formats too.
///
/// What it does not state is as for the other formats.
package struct Int16Arithmetic: Hashable, Sendable {
  /// What biases may look like.
  package var bias: BiasScheme?
  /// The register that adds products.
  package var accumulator: AccumulatorScheme?
  /// The way from an accumulator to an output, where an operator has no way of its own.
  package var requantize: [StageTemplate]?
  /// Operators that are run in another way; one that the profile does not have stays unsupported.
  package var operators: [String: OperatorPolicy] = [:]
  /// Which arithmetic a layer has whose biases a file stores in 32 bits.
  package var narrowBias: NarrowBias = .int16

  /// Creates an arithmetic that is as for the other formats.
  package init() {}
}

/// Which arithmetic a layer on int16 activations has whose biases a file stores in 32 bits.
package enum NarrowBias: String, CaseIterable, Sendable, Hashable, Codable {
  /// That of any layer on int16 activations.
  case int16
  /// That of the other formats: TensorFlow Lite's `quantized_bias_type`, whose sums have 32 bits then.
  case profile
}

extension HardwareProfile {
  /// What the profile states for operators on int16 activations alone.
  ///
  /// - Parameter hasNarrowBias: Whether it is for a layer whose biases a file stores in 32 bits.
  /// - Returns: ``int16``; `nil` where such an operator has the arithmetic of the others.
  package func int16Section(hasNarrowBias: Bool) -> Int16Arithmetic? {
    hasNarrowBias && int16?.narrowBias == .profile ? nil : int16
  }

  /// The machine as operators on int16 activations see it.
  ///
  /// - Parameter hasNarrowBias: Whether it is for a layer whose biases a file stores in 32 bits.
  /// - Returns: The profile with what ``int16`` states in its place.
  package func onInt16(hasNarrowBias: Bool) -> HardwareProfile {
    guard let int16 = int16Section(hasNarrowBias: hasNarrowBias) else { return self }
    var machine = self
    machine.bias = int16.bias ?? bias
    machine.accumulator = int16.accumulator ?? accumulator
    machine.requantize = int16.requantize ?? requantize
    machine.operators.merge(int16.operators.filter { operators[$0.key] != nil }) { _, wide in wide }
    machine.int16 = nil
    return machine
  }
}
