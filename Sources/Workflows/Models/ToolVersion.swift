/// The version that provenance names.
package enum ToolVersion {
  /// Major, minor and patch.
  package static let current = "0.1.0"
}
