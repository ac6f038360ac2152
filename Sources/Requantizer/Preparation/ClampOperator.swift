/// An operator that cuts what another one makes.
package enum ClampOperator: String, Codable, Hashable, Sendable {
  /// MAXIMUM with a constant, which cuts from below.
  case maximum = "MAXIMUM"
  /// MINIMUM with a constant, which cuts from above.
  case minimum = "MINIMUM"
  /// RELU, which cuts at 0 from below.
  case relu = "RELU"
  /// QUANTIZE from the source's format, whose ends cut.
  case quantize = "QUANTIZE"
}
