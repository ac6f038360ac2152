/// How one type of value is written in JSON: its shape, its reading and its writing, stated once.
struct Codec<Value: Sendable>: Sendable {
  let shape: Shape
  /// Reads a value, adding every fault to the report; `nil` when there was one.
  let decode: @Sendable (JSONNode, JSONPath, inout FaultReport) -> Value?
  /// Writes a value; what it writes decodes to an equal value.
  let encode: @Sendable (Value) -> JSONNode
}

/// The faults that have been found so far.
struct FaultReport {
  /// The most faults that are told: nobody reads more, and each costs a search for the word that was meant.
  private static let limit = 500

  private(set) var faults: [ProfileFault] = []
  private var omitted = 0

  private var isFull: Bool { faults.count >= Self.limit }

  /// The faults, and how many are not told.
  func all(of file: String) -> [ProfileFault] {
    if omitted == 0 { return faults }
    return faults + [ProfileFault(file: file, path: "", message: "and \(omitted) more faults, which are not listed")]
  }

  /// Adds a fault of a value; its words are only made where they are told.
  mutating func add(_ node: JSONNode, _ path: JSONPath, _ message: @autoclosure () -> String) {
    guard !isFull else {
      omitted += 1
      return
    }
    let origin = node.origin
    faults.append(ProfileFault(file: origin.file, line: origin.line, path: path.description, message: message()))
  }

  /// Adds faults that were found elsewhere.
  mutating func add(_ more: [ProfileFault]) {
    let told = more.prefix(max(Self.limit - faults.count, 0))
    faults += told
    omitted += more.count - told.count
  }

  /// Adds a fault of a value that has the wrong type.
  mutating func addMismatch(_ node: JSONNode, _ path: JSONPath, _ expected: Shape) {
    add(node, path, "expected \(expected.phrase), found \(node.value.phrase)")
  }
}

extension Codec {
  /// The codec with a rule that a shape cannot state; the rule sees values that were read without a fault.
  ///
  /// - Parameter rule: Gives the path below the value and the words of each violation.
  /// - Returns: A codec of the same shape that also refuses what the rule refuses.
  func checked(_ rule: @escaping @Sendable (Value, JSONNode) -> [(path: [PathStep], message: String)]) -> Codec {
    Codec(
      shape: shape,
      decode: { node, path, report in
        guard let value = decode(node, path, &report) else { return nil }
        let violations = rule(value, node)
        for violation in violations {
          let (place, at) = node.descend(violation.path, from: path)
          // An inherited member was right where it stands; what changed the object around it breaks the rule.
          report.add(place.origin.file == node.origin.file ? place : node, at, violation.message)
        }
        return violations.isEmpty ? value : nil
      },
      encode: encode)
  }
}

/// One step of a path below a value.
enum PathStep: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
  case member(String)
  case element(Int)

  init(stringLiteral value: String) { self = .member(value) }
  init(integerLiteral value: Int) { self = .element(value) }
}

extension JSONNode {
  /// The node below this one at some steps, or the deepest that exists on the way, and the whole path.
  func descend(_ steps: [PathStep], from path: JSONPath) -> (node: JSONNode, path: JSONPath) {
    var node = self
    var path = path
    for step in steps {
      switch (step, node.value) {
      case (.member(let key), .object(let members)): node = members[key] ?? node
      case (.element(let index), .array(let elements)) where elements.indices.contains(index): node = elements[index]
      default: break
      }
      switch step {
      case .member(let key): path = path.member(key)
      case .element(let index): path = path.element(index)
      }
    }
    return (node, path)
  }
}
