#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension DecodingError {
  /// Where and what, on one line.
  package var inWords: String {
    switch self {
    case .keyNotFound(let key, let context): "\(context.path)the key \"\(key.stringValue)\" is missing"
    case .typeMismatch(let type, let context): "\(context.path)expected \(type)"
    case .valueNotFound(let type, let context): "\(context.path)expected \(type), found null"
    case .dataCorrupted(let context): context.codingPath.isEmpty ? "it is not JSON" : "\(context.path)is malformed"
    @unknown default: "it is malformed"
    }
  }
}

extension DecodingError.Context {
  /// The JSON path with a colon after it; empty at the root.
  fileprivate var path: String {
    let steps = codingPath.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }
    return steps.isEmpty ? "" : steps.joined(separator: ".") + ": "
  }
}
