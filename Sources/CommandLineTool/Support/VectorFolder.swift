internal import Arrays
internal import Reports
internal import Verification
internal import Workflows

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
/// A folder of golden vectors that comes into being only when it is complete.
///
/// The files go to a temporary folder beside it, which takes its name at the end and is deleted when that never happens.
final class VectorFolder {
  /// The folder, without a slash at its end.
  let path: String
  private let encoding: VectorEncoding
  private let temporary: TemporaryFolder
  /// The bytes that were written.
  private(set) var byteCount = 0

  /// Begins a folder.
  ///
  /// - Parameters:
  ///   - path: The destination: new, empty, or with former vectors and nothing else.
  ///   - encoding: How the elements stand in the files.
  /// - Throws: ``InputError`` for a destination that cannot be used, `ArrayError` for one that cannot be written.
  init(_ path: String, encoding: VectorEncoding) throws {
    let url = URL(filePath: path).standardized
    self.path = url.path.count > 1 && url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
    let parent = url.deletingLastPathComponent().path
    self.encoding = encoding
    if let reason = Self.obstacle(self.path) { throw InputError("\(path): \(reason)") }
    try OutputFolder.create(parent)
    temporary = try TemporaryFolder(in: parent)
  }

  /// Why a folder's content must not be replaced; `nil` where it may.
  private static func obstacle(_ path: String) -> String? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard OutputWriter.isFolder(path) else { return "this is a file; name a folder" }
    let contents = Folder.contents(path) ?? []
    if contents.isEmpty { return nil }
    guard let bytes = try? InputFile.bytes("\(path)/manifest.json"),
      let former = try? JSONDecoder().decode(Former.self, from: Data(bytes)),
      former.format == VectorManifest.formatName
    else { return "the folder holds other files; name a new one, an empty one or that of former vectors" }
    // What the manifest does not name is somebody's work and is not deleted.
    let known = Set(former.files + ["manifest.json"])
    let found = contents.flatMap { name in
      OutputWriter.isFolder("\(path)/\(name)")
        ? (Folder.contents("\(path)/\(name)") ?? []).map { "\(name)/\($0)" } : [name]
    }
    guard let stranger = found.sorted().first(where: { !known.contains($0) }) else { return nil }
    return "the folder holds \(stranger), which does not belong to the former vectors; move it or name another folder"
  }

  /// What is read of a former manifest.
  private struct Former: Decodable {
    let format: String
    let files: [String]
  }

  /// Begins the files of an operator and writes those that do not depend on the data.
  func begin(_ vectors: OperatorVectors) throws {
    try temporary.makeFolder(vectors.folder)
    for constant in vectors.constants {
      try append(
        encoding.opening(constant.array) + encoding.body(constant.values, of: constant.array)
          + encoding.closing(constant.array), to: constant.array.file)
    }
    for recording in vectors.recordings { try append(encoding.opening(recording.array), to: recording.array.file) }
    for text in vectors.texts { try append(Array(text.content.utf8), to: text.file) }
  }

  /// Appends what one sample gave.
  func append(_ elements: [[Int64]], of vectors: OperatorVectors) throws {
    for (recording, values) in zip(vectors.recordings, elements) {
      try append(encoding.body(values, of: recording.array), to: recording.array.file)
    }
  }

  /// Completes all files and gives the folder its name.
  func finish(_ vectors: [OperatorVectors], _ manifest: VectorManifest) throws {
    for recording in vectors.flatMap(\.recordings) {
      let closing = encoding.closing(recording.array)
      if !closing.isEmpty { try append(closing, to: recording.array.file) }
    }
    if let header = manifest.header { try append(Array(header.utf8), to: VectorManifest.headerName) }
    try append(Array((JSONText.encode(manifest) + "\n").utf8), to: "manifest.json")
    try temporary.publish(as: path)
  }

  private func append(_ bytes: [UInt8], to file: String) throws {
    try temporary.append(bytes, to: file)
    byteCount += bytes.count
  }
}
