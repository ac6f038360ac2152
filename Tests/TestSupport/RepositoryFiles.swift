#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation
#endif

/// The files of the checkout that the tests were built from.
package enum RepositoryFiles {
  /// The folder that holds `Package.swift`.
  package static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The place of a file or folder.
  ///
  /// - Parameter path: The path from the root, for instance `hwprofiles/tflite.json`.
  /// - Returns: Its address; nothing is checked.
  package static func url(_ path: String) -> URL { root.appending(path: path) }

  /// The bytes of a file.
  ///
  /// - Parameter path: The path from the root.
  /// - Returns: The whole content.
  /// - Throws: Foundation's error when the file cannot be read.
  package static func data(_ path: String) throws -> Data { try Data(contentsOf: url(path)) }

  /// The text of a UTF-8 file.
  ///
  /// - Parameter path: The path from the root.
  /// - Returns: The whole content.
  /// - Throws: Foundation's error when the file cannot be read.
  package static func text(_ path: String) throws -> String { String(decoding: try data(path), as: UTF8.self) }

  /// The names in a folder, sorted.
  ///
  /// - Parameters:
  ///   - path: The folder's path from the root.
  ///   - suffix: What a name has to end with.
  /// - Returns: The names without the folder's path.
  /// - Throws: Foundation's error when the folder cannot be listed.
  package static func names(in path: String, suffix: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url(path).path).filter { $0.hasSuffix(suffix) }.sorted()
  }
}
