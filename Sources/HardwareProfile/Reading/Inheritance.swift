/// Reads a profile's file and the files that it extends, and merges them.
struct Inheritance {
  /// The longest chain of files that is followed.
  static let longestChain = 16

  /// A file on the way.
  struct File {
    /// How messages name it.
    let name: String
    /// What `extends` is relative to, ending in "/" unless it is empty; `nil` for a built-in profile.
    let folder: String?
    /// What tells it from all other files.
    let identity: String
  }

  /// What came of reading a file.
  enum Reading {
    case bytes([UInt8])
    case absent
    /// The file lies, or a link leads, out of the folder of the profile.
    case outside
  }

  /// Reads the file at a path.
  ///
  /// Absent, only built-in profiles are extended.
  let read: ((String) -> Reading)?
  var report = FaultReport()

  /// The members of a file merged over those of the files that it extends; `nil` after a fault that hides all others.
  mutating func members(of bytes: [UInt8], _ file: File, chain: [File] = []) throws(ProfileFault) -> JSONNode? {
    guard bytes.count <= HardwareProfile.byteLimit else {
      throw ProfileFault(
        file: file.name, path: "",
        message: "has more than \(HardwareProfile.byteLimit) bytes; a profile is a text of a few thousand")
    }
    let (node, duplicates) = try JSONParser.parse(bytes, file: file.name)
    report.add(duplicates)
    guard let members = node.members else {
      report.addMismatch(node, .root, .object(HardwareProfile.shape))
      return nil
    }
    if !isVersionSound(node, members) { return nil }
    guard let extends = members["extends"] else {
      refuseNulls(in: node, .root, "removes an inherited key, but this file extends nothing")
      return node
    }
    guard let base = try parent(extends, of: file, chain: chain + [file]), var inherited = base.members else {
      return nil
    }
    // What these say is true of the extended profile only.
    for key in ["$schema", "schemaVersion", "extends", "name", "certified"] { inherited[key] = nil }
    return merge(node, over: JSONNode(value: .object(inherited), origin: base.origin), .root)
  }

  private mutating func isVersionSound(_ node: JSONNode, _ members: [String: JSONNode]) -> Bool {
    let path = JSONPath.root.member("schemaVersion")
    let known = "this program reads version \(HardwareProfile.schemaVersion)"
    guard let version = members["schemaVersion"] else {
      report.add(node, path, "missing; add \"schemaVersion\": \(HardwareProfile.schemaVersion)")
      return false
    }
    if version.value == .number(String(HardwareProfile.schemaVersion)) { return true }
    guard case .number(let digits) = version.value else {
      report.add(version, path, "expected an integer, found \(version.value.phrase); \(known)")
      return false
    }
    report.add(version, path, "version \(digits.abbreviated) is unknown; \(known)")
    return false
  }

  /// The merged members of the profile that a file extends.
  private mutating func parent(_ node: JSONNode, of file: File, chain: [File]) throws(ProfileFault) -> JSONNode? {
    let path = JSONPath.root.member("extends")
    guard let name = node.text else {
      report.addMismatch(node, path, .text)
      return nil
    }
    let (reading, parent) = find(name, from: file)
    guard case .bytes(let bytes) = reading else {
      report.add(node, path, Self.refusal(of: name, reading))
      return nil
    }
    if let start = chain.firstIndex(where: { $0.identity == parent.identity }) {
      let circle = (chain[start...] + [parent]).map(\.name).joined(separator: " -> ")
      report.add(node, path, "the profiles extend each other in a circle: \(circle)")
      return nil
    }
    if chain.count >= Self.longestChain {
      report.add(node, path, "the chain of extended profiles is longer than \(Self.longestChain)")
      return nil
    }
    return try members(of: bytes, parent, chain: chain)
  }

  /// The file that `extends` names: a built-in profile, or else a path that leads from the file's folder downwards.
  private func find(_ name: String, from file: File) -> (reading: Reading, file: File) {
    if let bytes = EmbeddedProfiles.bytes(named: name) { return (.bytes(bytes), .builtIn(name)) }
    guard let folder = file.folder, let read else { return (.absent, .path(name)) }
    if name.hasPrefix("/") || name.split(separator: "/").contains("..") { return (.outside, .path(name)) }
    return (read(folder + name), .path(folder + name))
  }

  private static func refusal(of name: String, _ reading: Reading) -> String {
    if case .outside = reading {
      return "\(JSONText.quoted(name.abbreviated)) does not lie beside or below the profile that names it; a profile "
        + "extends a built-in one or a file of its own folder, without a leading \"/\", \"..\" or a link out of it"
    }
    let what = "there is no file or built-in profile \(JSONText.quoted(name.abbreviated))"
    return NearestWord.refusal(what, name, allowed: HardwareProfile.builtInNames)
      + ", or a path of a file beside or below the profile"
  }
}

extension Inheritance.File {
  /// A built-in profile.
  static func builtIn(_ name: String) -> Inheritance.File {
    Inheritance.File(name: "\(name) (built in)", folder: nil, identity: "built in: \(name)")
  }

  /// A file by its path.
  static func path(_ path: String) -> Inheritance.File {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return Inheritance.File(name: path, folder: folder, identity: "path: \(normalized(path))")
  }

  /// The path without `.`, and without `..` where the folder before it is named.
  private static func normalized(_ path: String) -> String {
    var steps: [Substring] = []
    for step in path.split(separator: "/") where step != "." {
      if step == "..", let last = steps.last, last != ".." { steps.removeLast() } else { steps.append(step) }
    }
    return (path.hasPrefix("/") ? "/" : "") + steps.joined(separator: "/")
  }
}
