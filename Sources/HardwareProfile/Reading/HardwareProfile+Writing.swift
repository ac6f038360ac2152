extension HardwareProfile {
  /// The whole profile as JSON, with sorted keys and without `extends`; decoding it gives an equal profile.
  ///
  /// - Returns: The text, ended by a newline.
  package func canonicalJSON() -> String { JSONText.pretty(node) }

  /// The profile as a JSON value.
  var node: JSONNode { HardwareProfile.codec.encode(self) }
}
