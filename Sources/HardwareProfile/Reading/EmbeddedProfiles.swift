internal import CEmbedded

/// The profiles that are compiled into the binary.
package enum EmbeddedProfiles {
  /// The files of `hwprofiles/`, by the name of the profile.
  package static let files: [String: [UInt8]] = {
    var files: [String: [UInt8]] = [:]
    var row = unsafe bitexact_embedded_profile_files()
    while let current = unsafe row, let name = unsafe current.pointee.name {
      let bytes = unsafe UnsafeBufferPointer(start: current.pointee.bytes, count: current.pointee.count)
      unsafe files[String(cString: name)] = unsafe Array(bytes)
      unsafe row = current + 1
    }
    return files
  }()

  /// The file of a built-in profile; `nil` when there is none of that name.
  static func bytes(named name: String) -> [UInt8]? { files["\(name).json"] }
}
