internal import Arrays

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The results of a sweep on disk, a line for each, so that an interrupted one goes on where it was.
///
/// The first line says what is explored; a journal of anything else is refused. A last line that was cut off is dropped.
public final class SweepJournal {
  private let path: String
  /// The results that an earlier run has left.
  public private(set) var results: [SweepPoint: SweepResult] = [:]
  private var content: [UInt8]

  private struct Header: Codable, Equatable {
    let bitexact: String
  }

  /// Opens a journal, or begins one.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - identity: What is explored, in a line: another text is another sweep.
  /// - Throws: ``DataSetError`` for a file that is no journal of this sweep or cannot be written.
  public init(path: String, identity: String) throws {
    self.path = path
    let header = try SweepJournal.line(Header(bitexact: identity))
    content = header
    if let bytes = FileManager.default.contents(atPath: path), !bytes.isEmpty {
      let lines = bytes.split(separator: UInt8(ascii: "\n")).map { Data($0) }
      guard let first = lines.first, let found = try? JSONDecoder().decode(Header.self, from: first) else {
        throw DataSetError(file: path, message: "this is no journal of a sweep; name another file")
      }
      guard found.bitexact == identity else {
        throw DataSetError(
          file: path, message: "this is the journal of another sweep; name another file, or delete it")
      }
      for line in lines.dropFirst() {
        guard let result = try? JSONDecoder().decode(SweepResult.self, from: line) else { break }
        results[result.point] = result
        content += Array(line) + [UInt8(ascii: "\n")]
      }
    }
    try AtomicFile.write(content, to: path)
  }

  /// Notes a result; it is on disk when this returns, and the file is whole at any time.
  ///
  /// - Parameter result: What a machine gave.
  /// - Throws: Where the file cannot be written.
  public func add(_ result: SweepResult) throws {
    results[result.point] = result
    content += try SweepJournal.line(result)
    try AtomicFile.write(content, to: path)
  }

  private static func line(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }
}
