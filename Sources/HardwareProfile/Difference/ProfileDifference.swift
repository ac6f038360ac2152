/// One key in which two profiles differ.
package struct ProfileDifference: Hashable, Sendable, CustomStringConvertible {
  /// The JSON path, such as `accumulator.overflow`.
  package let path: String
  /// The value in the other profile as JSON on one line; `nil` where it has no such key.
  package let before: String?
  /// The value in this profile as JSON on one line; `nil` where it has no such key.
  package let after: String?
  /// What the difference means, for keys that decide bits or limits; `nil` for names and descriptions.
  package let effect: String?

  /// The path, both values and the effect, on one line.
  package var description: String {
    "\(path): \(before ?? "absent") -> \(after ?? "absent")" + (effect.map { " (\($0))" } ?? "")
  }
}

extension HardwareProfile {
  /// The keys in which the profile differs from another, sorted by path.
  ///
  /// - Parameter other: The profile to compare with.
  /// - Returns: One difference for each key; none when the profiles are equal.
  package func differences(from other: HardwareProfile) -> [ProfileDifference] {
    var comparison = Comparison()
    for field in HardwareProfile.shape.fields {
      let place = Place(path: .root.member(field.key), key: field.key, shape: field.shape, field: field)
      comparison.compare(other.node.members?[field.key], node.members?[field.key], place)
    }
    return comparison.differences.sorted { $0.path < $1.path }
  }
}

/// A place in a profile and what its description says of it.
struct Place {
  let path: JSONPath
  let key: String
  let shape: Shape
  /// The key that holds the value, or that holds the list which does.
  let field: FieldShape
}

/// Walks two profiles side by side.
private struct Comparison {
  var differences: [ProfileDifference] = []

  /// Adds the differences of two values, as deep as their structures are the same.
  mutating func compare(_ before: JSONNode?, _ after: JSONNode?, _ place: Place) {
    if before == after { return }
    if let before, let after, let parts = place.parts(before, after) {
      for part in parts { compare(part.before, part.after, part.place) }
      return
    }
    differences.append(
      ProfileDifference(
        path: place.path.description, before: before.map(JSONText.compact), after: after.map(JSONText.compact),
        effect: DifferenceWords.effect(before, after, place)))
  }
}

extension Place {
  typealias Part = (before: JSONNode?, after: JSONNode?, place: Place)

  /// The members or elements of two values whose structures are the same; `nil` when they are to be told as a whole.
  func parts(_ before: JSONNode, _ after: JSONNode) -> [Part]? {
    switch (shape, before.value, after.value) {
    case (.list(let element, _, _), .array(let left), .array(let right)):
      guard case .keyed = element, left.count == right.count else { return nil }
      let areAlike = zip(left, right).allSatisfy { $0.members?.keys == $1.members?.keys }
      guard areAlike else { return nil }
      return left.indices.map { (left[$0], right[$0], child(path.element($0), key, element)) }
    case (.keyed(let choice), .object(let left), .object(let right)):
      return choice.variants.filter { left[$0.word] != nil && right[$0.word] != nil }.map {
        (left[$0.word], right[$0.word], child(path.member($0.word), $0.word, .object($0.shape)))
      }
    case (.tagged(let choice), .object(let left), .object(let right)):
      let tag = Choice<Never>.tag
      guard left[tag] == right[tag], let variant = choice.variants.first(where: { $0.word == left[tag]?.text }) else {
        return nil
      }
      return members(left, right, variant.shape)
    case (.object(let object), .object(let left), .object(let right)): return members(left, right, object)
    case (.table(let keys, let value), .object(let left), .object(let right)):
      return keys.map { (left[$0], right[$0], child(path.member($0), $0, value)) }
    default: return nil
    }
  }

  private func members(_ left: [String: JSONNode], _ right: [String: JSONNode], _ object: ObjectShape) -> [Part] {
    object.fields.map { field in
      let place = Place(path: path.member(field.key), key: field.key, shape: field.shape, field: field)
      return (left[field.key], right[field.key], place)
    }
  }

  private func child(_ path: JSONPath, _ key: String, _ shape: Shape) -> Place {
    Place(path: path, key: key, shape: shape, field: field)
  }
}
