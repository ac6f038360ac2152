internal import NetworkModel

/// Element types by the codes of the schema's enumeration `TensorType`.
let elementTypes: [ElementType] = [
  .float32, .float16, .int32, .uint8, .int64, .string, .bool, .int16, .complex64, .int8, .float64, .complex128, .uint64,
  .resource, .variant, .uint32, .uint16, .int4, .bfloat16, .int2, .uint4,
]

/// Fused clamps by the codes of the schema's enumeration `ActivationFunctionType`.
let activations: [Activation] = [.none, .relu, .reluN1To1, .relu6, .tanh, .signBit]

/// Placements by the codes of the schema's enumeration `Padding`.
let paddings: [Padding] = [.same, .valid]

extension Array where Element: Equatable {
  /// The value of a code, or `nil` when the enumeration does not have it.
  func value(ofCode code: Int64) -> Element? {
    Int(exactly: code).flatMap { indices.contains($0) ? self[$0] : nil }
  }

  /// The code of a value; every value that a network can hold has one, as a test shows.
  func code(of value: Element) -> Int64 { Int64(firstIndex(of: value) ?? 0) }
}
