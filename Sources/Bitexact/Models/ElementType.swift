internal import NetworkModel

/// The type of a tensor's stored elements; raw values are the names that a user sees.
public enum ElementType: String, CaseIterable, Sendable, Hashable, Codable {
  /// Floating-point numbers.
  case float16, bfloat16, float32, float64
  /// Integers.
  case int2, int4, uint4, int8, uint8, int16, uint16, int32, uint32, int64, uint64
  /// Anything else that a file may hold.
  case bool, string, complex64, complex128, resource, variant

  init(_ type: NetworkModel.ElementType) {
    // Both lists have the same names, which a test holds.
    self = ElementType(rawValue: type.rawValue) ?? .variant
  }
}
