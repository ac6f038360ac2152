internal import Arrays
internal import Digest

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The results of a sweep on disk, a line for each, so that an interrupted one goes on where it was.
///
/// The first line says what is explored; a journal of anything else is refused. Every other line has a checksum: one that
/// does not match it, or holds numbers that no sweep gives, is left out and named, and costs no other line. Lines are
/// only ever added; no more than a last line that was cut off is taken away.
package final class SweepJournal {
  private let file: LogFile
  private let identity: String
  /// The results that an earlier run has left.
  package private(set) var results: [SweepPoint: SweepResult] = [:]
  /// The numbers of the lines, from 1 on, that cannot be used.
  package private(set) var damagedLines: [Int] = []
  /// What has to be done to the end of the file before a line is added.
  private var repair = Repair.none

  private enum Repair {
    case none
    /// The last line lacks its line end only.
    case endLine
    /// The last line was cut off; it begins here.
    case cut(at: Int)
  }

  private struct Header: Codable {
    let bitexact: String
    /// 2, where lines have checksums; earlier journals do not say it.
    let format: Int?
  }

  /// Opens a journal, or begins one.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - identity: What is explored, in a line: another text is another sweep.
  /// - Throws: ``DataSetError`` for a file that is no journal of this sweep, `ArrayError` for one that cannot be read or
  ///   written.
  package init(path: String, identity: String) throws {
    file = try LogFile(path)
    self.identity = identity
    if file.content.isEmpty {
      try file.append(SweepJournal.line(Header(bitexact: identity, format: 2)))
      return
    }
    let lines = file.content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let hasHeader = try isHeader(lines[0], path)
    for (place, line) in lines.enumerated().dropFirst(hasHeader ? 1 : 0) where !line.isEmpty {
      if let result = result(of: line) {
        results[result.point] = result
      } else if place == lines.count - 1 {
        repair = .cut(at: line.startIndex)
      } else {
        damagedLines.append(place + 1)
      }
    }
    // A damaged first line costs no other one: they name the sweep by their checksums.
    guard hasHeader || !results.isEmpty else {
      throw DataSetError(file: path, message: "this is no journal of a sweep; name another file")
    }
    if case .none = repair, let last = lines.last, !last.isEmpty { repair = .endLine }
  }

  /// Whether a line is the first one of this sweep's journal; where it is no first line at all, it is damaged.
  private func isHeader(_ line: ArraySlice<UInt8>, _ path: String) throws(DataSetError) -> Bool {
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(line)) else { return false }
    guard header.format == 2 else {
      throw DataSetError(
        file: path,
        message: "this journal is of a version without checksums, which nothing can be held to; name another file, or "
          + "delete it")
    }
    guard header.bitexact == identity else {
      throw DataSetError(file: path, message: "this is the journal of another sweep; name another file, or delete it")
    }
    return true
  }

  /// Notes a result; it is in the file when this returns.
  ///
  /// - Parameter result: What a machine gave.
  /// - Throws: Where the file cannot be written.
  package func add(_ result: SweepResult) throws {
    results[result.point] = result
    let content = try SweepJournal.line(result)
    let opening = Array("{\"checksum\":\"\(checksum(content.dropLast()))\",".utf8)
    var line = opening + content.dropFirst()
    switch repair {
    case .none: break
    case .endLine: line.insert(UInt8(ascii: "\n"), at: 0)
    case .cut(let start): try file.truncate(to: start)
    }
    repair = .none
    try file.append(line)
  }

  /// What a line says; `nil` where it is damaged.
  private func result(of line: ArraySlice<UInt8>) -> SweepResult? {
    let opening = Array("{\"checksum\":\"".utf8)
    let digits = line.dropFirst(opening.count).prefix(SweepJournal.digits)
    let rest = line.dropFirst(opening.count + SweepJournal.digits + 2)
    let content = [UInt8(ascii: "{")] + rest
    guard line.starts(with: opening), checksum(content[...]).utf8.elementsEqual(digits),
      let result = try? JSONDecoder().decode(SweepResult.self, from: Data(content)), result.isPossible
    else { return nil }
    return result
  }

  /// How many hexadecimal digits a checksum has.
  private static let digits = 16

  /// A line's checksum, which also says to which sweep it belongs.
  private func checksum(_ content: ArraySlice<UInt8>) -> String {
    String(SHA256.hash(of: Array("\(identity)\n".utf8) + content).hex.prefix(SweepJournal.digits))
  }

  private static func line(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
  }
}

extension SweepResult {
  /// Whether a sweep can give such numbers.
  fileprivate var isPossible: Bool {
    let counts = [top1, agreements].compactMap(\.self)
    let others = [overflows, accumulatorBits, accumulatorBitsNeeded, parameterBytes].compactMap(\.self)
    return samples > 0 && counts.allSatisfy((0...max(samples, 0)).contains) && others.allSatisfy { $0 >= 0 }
      && sqnrDb?.isFinite != false
  }
}
