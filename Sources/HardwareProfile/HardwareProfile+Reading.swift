#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension HardwareProfile {
  /// The names of the built-in profiles, sorted.
  public static let builtInNames = EmbeddedProfiles.files.keys.map { String($0.dropLast(".json".count)) }.sorted()

  /// A built-in profile.
  ///
  /// - Parameter name: One of ``builtInNames``.
  /// - Returns: The profile.
  /// - Throws: That there is no such profile, with the names that there are.
  public static func builtIn(named name: String) throws(ProfileError) -> HardwareProfile {
    guard let bytes = EmbeddedProfiles.bytes(named: name) else { throw unknown(name) }
    return try decode(bytes, .builtIn(name), read: nil)
  }

  /// A profile from a file; what it extends is looked for beside it.
  ///
  /// - Parameter path: The file's path.
  /// - Returns: The profile.
  /// - Throws: That there is no such file, or everything that is wrong with it.
  public static func load(path: String) throws(ProfileError) -> HardwareProfile {
    let read: (String) -> [UInt8]? = { path in FileManager.default.contents(atPath: path).map(Array.init) }
    guard let bytes = read(path) else {
      let message =
        FileManager.default.fileExists(atPath: path)
        ? "the file cannot be read; check its permissions" : "there is no such file; check the path"
      throw ProfileError(faults: [ProfileFault(file: path, path: "", message: message)])
    }
    return try decode(bytes, .path(path), read: read)
  }

  /// A profile by whatever a user calls it: a built-in name, or else a path.
  ///
  /// - Parameter nameOrPath: A built-in name; or a path, which is what exists, contains "/" or ends in ".json".
  /// - Returns: The profile.
  /// - Throws: That there is none, or everything that is wrong with it.
  public static func resolve(_ nameOrPath: String) throws(ProfileError) -> HardwareProfile {
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
  public static func decode(
    _ bytes: [UInt8], file: String, read: ((String) -> [UInt8]?)? = nil
  ) throws(ProfileError) -> HardwareProfile {
    try decode(bytes, .path(file), read: read)
  }

  private static func decode(
    _ bytes: [UInt8], _ file: Inheritance.File, read: ((String) -> [UInt8]?)?
  ) throws(ProfileError) -> HardwareProfile {
    var inheritance = Inheritance(read: read)
    let node: JSONNode?
    do { node = try inheritance.members(of: bytes, file) } catch { throw ProfileError(faults: [error]) }
    var report = inheritance.report
    let profile = node.flatMap { HardwareProfile.codec.decode($0, .root, &report) }
    guard let profile, report.faults.isEmpty else { throw ProfileError(faults: report.faults) }
    return profile
  }

  private static func unknown(_ name: String) -> ProfileError {
    let what = "there is no file or built-in profile \(JSONText.quoted(name.abbreviated))"
    let message = NearestWord.refusal(what, name, allowed: builtInNames)
    return ProfileError(faults: [ProfileFault(file: "", path: "", message: message)])
  }
}
