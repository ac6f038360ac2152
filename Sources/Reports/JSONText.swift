#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Values as JSON for machines and people: equal values give equal text.
package enum JSONText {
  /// Encodes a value with sorted keys, two spaces of indentation and slashes as they are.
  ///
  /// Control and format characters in names are escaped, so that the text can be shown on a terminal.
  /// JSON has no number for them, so infinities and NaN become the strings `"inf"`, `"-inf"` and `"nan"`.
  ///
  /// - Parameter value: The value.
  /// - Returns: The text, without a line break at its end.
  /// - Throws: `EncodingError` where the value's own encoding fails.
  package static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return VisibleText.json(String(decoding: try encoder.encode(value), as: UTF8.self))
  }
}
