internal import FixedPoint

extension HardwareProfile {
  /// The same machine with another value at a key.
  ///
  /// A key is written as in messages, without indices: `accumulator.bits`, `operators.ADD.alignment.rounding`. Where the
  /// way goes through a list of stages, the last stage that has the key is meant, so `requantize.rounding` is how the last
  /// rounding stage rounds. `weights.bits` and `activations.bits` are short for a list with one format of so many bits and
  /// of the sign that the machine's formats have. A value that belongs into a list becomes a list of one.
  ///
  /// - Parameters:
  ///   - key: The key.
  ///   - text: The value as JSON; a word needs no quotes.
  /// - Returns: The machine; it is certified by nobody.
  /// - Throws: ``ProfileError``, where there is no such key or the profile with the value has faults.
  package func setting(_ key: String, to text: String) throws(ProfileError) -> HardwareProfile {
    let file = "\(name) with \(key)=\(text)"
    var parts = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    var value = JSONNode.parsed(text)
    if parts.count == 2, parts[1] == "bits", ["weights", "activations"].contains(parts[0]) {
      let formats = parts[0] == "weights" ? weights.formats : activations.formats
      parts[1] = "formats"
      value = .string("\(formats.first?.isSigned == false ? "uint" : "int")\(text)")
    }
    guard let edited = node.setting(parts[...], to: value), var members = edited.members else {
      throw ProfileError(faults: [
        ProfileFault(file: file, path: "", message: node.refusal(of: key, parts))
      ])
    }
    members["certified"] = nil
    do throws(ProfileError) {
      return try HardwareProfile.decode(Array(JSONText.pretty(.object(members)).utf8), file: file)
    } catch {
      // Nobody sees the text whose lines the faults name.
      throw ProfileError(
        faults: error.faults.map { ProfileFault(file: $0.file, path: $0.path, message: $0.message) })
    }
  }
}

extension JSONNode {
  /// A value as JSON, or else the text as a word.
  fileprivate static func parsed(_ text: String) -> JSONNode {
    guard let parsed = try? JSONParser.parse(Array(text.utf8), file: "") else { return .string(text) }
    return parsed.node
  }

  /// The value with another one at a key; `nil` where there is no such key.
  fileprivate func setting(_ path: ArraySlice<String>, to new: JSONNode) -> JSONNode? {
    guard let key = path.first else {
      if case .array = value, case .array = new.value { return new }
      if case .array = value { return .array([new]) }
      return new
    }
    switch value {
    case .object(var members):
      guard let changed = members[key]?.setting(path.dropFirst(), to: new) else { return nil }
      members[key] = changed
      return .object(members)
    case .array(var elements):
      // A stage is an object with one member, its name, or a word.
      for index in elements.indices.reversed() {
        if let changed = elements[index].setting(path, to: new) {
          elements[index] = changed
          return .array(elements)
        }
        guard let stage = elements[index].members, stage.count == 1, let (name, body) = stage.first,
          let changed = body.setting(path, to: new)
        else { continue }
        elements[index] = .object([name: changed])
        return .array(elements)
      }
      return nil
    default: return nil
    }
  }

  /// That there is no such key, the whole key that was probably meant, and those that there are at its place.
  fileprivate func refusal(of key: String, _ parts: [String]) -> String {
    let what = "the profile has no key \"\(key.abbreviated)\""
    let known = settableKeys() + ["activations.bits", "weights.bits"]
    // A step by another name, a mistyped key, or the last step alone.
    var meant = renamed(parts).flatMap { known.contains($0) ? $0 : nil }
    meant =
      meant
      ?? NearestWord.nearest(to: key, in: known).flatMap {
        NearestWord.distance(key, $0) <= max(2, $0.count / 4) ? $0 : nil
      }
    meant = meant ?? known.filter { $0.hasSuffix(".\(key)") }.min { ($0.count, $0) < ($1.count, $1) }
    let keys = keys(at: parts)
    return what + (meant.map { ", did you mean \"\($0)\"?" } ?? ";") + " allowed: " + keys.joined(separator: ", ")
  }

  /// The key with each step by its name here, where all steps have one.
  private func renamed(_ parts: [String]) -> String? {
    var keys = Set(settableKeys())
    var renamed: [String] = []
    for part in parts {
      let here = Set(keys.compactMap { $0.split(separator: ".").first.map(String.init) }).sorted()
      guard let name = here.contains(part) ? part : OtherNames.meanings(of: part, among: here).first else { return nil }
      renamed.append(name)
      keys = Set(keys.filter { $0.hasPrefix(name + ".") }.map { String($0.dropFirst(name.count + 1)) })
    }
    return renamed.joined(separator: ".")
  }

  /// The keys that ``setting(_:to:)`` finds, without the places and names of stages.
  private func settableKeys() -> [String] {
    switch value {
    case .object(let members):
      members.sorted { $0.key < $1.key }.flatMap { key, member in
        [key] + member.settableKeys().map { "\(key).\($0)" }
      }
    case .array(let elements):
      elements.reduce(into: [String]()) { keys, element in
        guard let stage = element.members, stage.count == 1, let body = stage.first?.value else { return }
        for key in body.settableKeys() where !keys.contains(key) { keys.append(key) }
      }
    default: []
    }
  }

  /// The keys that there are where a path leads as far as it goes.
  fileprivate func keys(at path: [String]) -> [String] {
    var node = self
    for key in path {
      guard let next = node.members?[key] else { break }
      node = next
    }
    return node.members?.keys.sorted() ?? []
  }
}
