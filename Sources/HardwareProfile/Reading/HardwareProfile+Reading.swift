#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension HardwareProfile {
  /// The names of the built-in profiles, sorted.
  package static let builtInNames = EmbeddedProfiles.files.keys.map { String($0.dropLast(".json".count)) }.sorted()

  /// A built-in profile.
  ///
  /// - Parameter name: One of ``builtInNames``.
  /// - Returns: The profile.
  /// - Throws: That there is no such profile, with the names that there are.
  package static func builtIn(named name: String) throws(ProfileError) -> HardwareProfile {
    guard let bytes = EmbeddedProfiles.bytes(named: name) else { throw unknown(name) }
    return try decode(bytes, .builtIn(name), read: nil)
  }

  /// The most bytes that a profile's file may have; real ones have a few thousand.
  package static let byteLimit = 1 << 22

  /// A profile from a file; what it extends is looked for beside it and below.
  ///
  /// - Parameter path: The file's path.
  /// - Returns: The profile.
  /// - Throws: That there is no such file, or everything that is wrong with it.
  package static func load(path: String) throws(ProfileError) -> HardwareProfile {
    guard let bytes = contents(path) else {
      let message =
        FileManager.default.fileExists(atPath: path)
        ? "the file cannot be read; check its permissions, and that it is a profile of at most \(byteLimit) bytes"
        : "there is no such file; check the path"
      throw ProfileError(faults: [ProfileFault(file: path, path: "", message: message)])
    }
    let folder = resolved(Inheritance.File.path(path).folder ?? "")
    return try decode(bytes, .path(path)) { extended in
      let target = resolved(extended)
      guard target.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/") else { return .outside }
      return contents(target, isExtended: true).map(Inheritance.Reading.bytes) ?? .absent
    }
  }

  /// A file's bytes; `nil` for what is no file that can be read, and for one beyond the limit.
  private static func contents(_ path: String, isExtended: Bool = false) -> [UInt8]? {
    var information = stat()
    guard unsafe stat(path, &information) == 0, information.st_size <= byteLimit else { return nil }
    // A user may name a pipe; a profile that names one is not waited for.
    guard !isExtended || information.st_mode & S_IFMT == S_IFREG else { return nil }
    return FileManager.default.contents(atPath: path).map(Array.init)
  }

  /// A path from the root without links; of a file that is not there the path that it would have.
  private static func resolved(_ path: String) -> String {
    URL(filePath: path.isEmpty ? "." : path).resolvingSymlinksInPath().standardizedFileURL.path(percentEncoded: false)
  }

  /// A profile by whatever a user calls it: a built-in name, or else a path.
  ///
  /// - Parameter nameOrPath: A built-in name; or a path, which is what exists, contains "/" or ends in ".json".
  /// - Returns: The profile.
  /// - Throws: That there is none, or everything that is wrong with it.
  package static func resolve(_ nameOrPath: String) throws(ProfileError) -> HardwareProfile {
    if builtInNames.contains(nameOrPath) { return try builtIn(named: nameOrPath) }
    let isPath = nameOrPath.contains("/") || nameOrPath.hasSuffix(".json")
    if isPath || FileManager.default.fileExists(atPath: nameOrPath) { return try load(path: nameOrPath) }
    throw unknown(nameOrPath)
  }

  /// A profile from the bytes of a file.
  ///
  /// - Parameters:
  ///   - bytes: The JSON text.
  ///   - file: The file's path as messages name it, and what `extends` is relative to.
  ///   - read: Reads a file that is extended by its path, `nil` when there is none. Without it only built-in profiles
  ///     can be extended, so that bytes from an untrusted place cannot name files.
  /// - Returns: The profile.
  /// - Throws: Everything that is wrong with it.
  package static func decode(
    _ bytes: [UInt8], file: String, read: ((String) -> [UInt8]?)? = nil
  ) throws(ProfileError) -> HardwareProfile {
    try decode(bytes, .path(file), read: read.map { read in { read($0).map(Inheritance.Reading.bytes) ?? .absent } })
  }

  private static func decode(
    _ bytes: [UInt8], _ file: Inheritance.File, read: ((String) -> Inheritance.Reading)?
  ) throws(ProfileError) -> HardwareProfile {
    var inheritance = Inheritance(read: read)
    let node: JSONNode?
    do { node = try inheritance.members(of: bytes, file) } catch { throw ProfileError(faults: [error]) }
    var report = inheritance.report
    let profile = node.flatMap { HardwareProfile.codec.decode($0, .root, &report) }
    guard let profile, report.faults.isEmpty else { throw ProfileError(faults: report.all(of: file.name)) }
    return profile
  }

  private static func unknown(_ name: String) -> ProfileError {
    let what = "there is no file or built-in profile \(JSONText.quoted(name.abbreviated))"
    let message = NearestWord.refusal(what, name, allowed: builtInNames)
    return ProfileError(faults: [ProfileFault(file: "", path: "", message: message)])
  }
}
