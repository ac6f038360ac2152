internal import HardwareProfile
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// All files that a command reads and writes: no output may be an input, and no two outputs one.
///
/// Files are compared as the file system knows them, so that links and other spellings do not matter. Only devices, such
/// as `/dev/null`, may be named twice.
final class FileClaims: Sendable {
  /// A file, and how messages call it.
  private struct Claim: Sendable {
    let place: FilePlace
    let name: String
    let isOutput: Bool
    /// Whether it is a folder that the command has to itself.
    var isOwnFolder = false
    /// Whether what lies there makes way.
    var isReplaced = false
  }

  private let claims = Mutex<[Claim]>([])
  /// Whether an output is what the process has as standard output, so that nothing else must be printed there.
  let usesStandardOutput: Bool

  /// Collects what the user names, by the roles that the command's arguments have.
  ///
  /// - Throws: ``UsageError`` where an output is an input or another output.
  init(_ arguments: Arguments, of command: Command) throws(UsageError) {
    var list: [Claim] = []
    for (operand, name, value) in arguments.operands(of: command) {
      for path in FileClaims.inputs(operand, value) {
        list.append(Claim(place: FilePlace(path), name: name, isOutput: false))
      }
      guard operand.isOutput else { continue }
      var claim = Claim(place: FilePlace(value), name: name, isOutput: true)
      if case .folder(_, let mark) = operand {
        claim.isOwnFolder = true
        claim.isReplaced = FileManager.default.fileExists(atPath: "\(value)/\(mark)")
      }
      list.append(claim)
    }
    let standard = FilePlace.standardOutput
    usesStandardOutput = list.contains { $0.isOutput && $0.place.isSame(as: standard) }
    if let input = list.first(where: { !$0.isOutput && $0.place.isSame(as: standard) }) {
      throw UsageError("standard output goes to \(input.name), which is read; name another file", command)
    }
    if usesStandardOutput && arguments.isSet("--json") {
      throw UsageError("--json and an output both go to standard output; name a file for one of them", command)
    }
    for claim in list { try add(claim, command) }
  }

  /// Claims a file whose name only the work tells, before anything is written.
  ///
  /// - Parameters:
  ///   - path: The file that is going to be written.
  ///   - option: The option whose folder it lies in.
  /// - Throws: ``UsageError`` where it is an input or another output.
  func claim(_ path: String, for option: String) throws(UsageError) {
    try add(Claim(place: FilePlace(path), name: "\(option): \(path)", isOutput: true), nil)
  }

  private func add(_ claim: Claim, _ command: Command?) throws(UsageError) {
    try claims.withLock { (claims: inout sending [Claim]) throws(UsageError) in
      for other in claims where claim.isOutput || other.isOutput {
        if claim.place.isSame(as: other.place) {
          let what = claim.isOutput && other.isOutput ? "two outputs that are one" : "an output that is an input"
          throw UsageError("\(other.name) and \(claim.name) are the same file, \(what); name another file", command)
        }
        for (inner, outer) in [(claim, other), (other, claim)]
        where (inner.isOutput ? outer.isOwnFolder : outer.isReplaced) && inner.place.lies(in: outer.place) {
          throw UsageError(
            "\(inner.name) lies in \(outer.name), whose content is replaced; name a place outside", command)
        }
      }
      claims.append(claim)
    }
  }

  /// The files that are read for an argument.
  private static func inputs(_ operand: Operand, _ value: String) -> [String] {
    switch operand {
    case .word, .output, .outputs, .folder, .journal: []
    case .file, .plan: [value]
    case .array: [FileManager.default.fileExists(atPath: value) ? value : withoutArrayName(value)]
    case .profile: HardwareProfile.files(of: value)
    case .profiles: value.split(separator: ",").flatMap { HardwareProfile.files(of: String($0)) }
    }
  }

  private static func withoutArrayName(_ value: String) -> String {
    value.lastIndex(of: ":").map { String(value[..<$0]) } ?? value
  }
}

extension HardwareProfile {
  /// The files that are read for a profile: its own and those that it extends; none for a built-in one.
  fileprivate static func files(of name: String) -> [String] {
    guard !builtInNames.contains(name) else { return [] }
    var files = [name]
    guard let bytes = FileManager.default.contents(atPath: name) else { return files }
    // What is wrong with it is told when it is used.
    _ = try? decode([UInt8](bytes), file: name) { path in
      files.append(path)
      return FileManager.default.contents(atPath: path).map(Array.init)
    }
    return files
  }
}
