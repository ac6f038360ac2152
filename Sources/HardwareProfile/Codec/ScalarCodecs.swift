internal import FixedPoint

extension Codec where Value == String {
  /// Any string.
  static var text: Codec {
    Codec(
      shape: .text,
      decode: { node, path, report in
        guard let text = node.text else {
          report.addMismatch(node, path, .text)
          return nil
        }
        return text
      },
      encode: { .string($0) })
  }

  /// A name that users type: letters, digits, `.`, `_` and `-`, first a letter or digit.
  static var identifier: Codec {
    Codec(
      shape: .identifier,
      decode: { node, path, report in
        guard let text = node.text, isIdentifier(text) else {
          report.addMismatch(node, path, .identifier)
          return nil
        }
        return text
      },
      encode: { .string($0) })
  }

  private static func isIdentifier(_ text: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8) -> Bool {
      let character = Character(Unicode.Scalar(byte))
      return byte < 0x80 && (character.isLetter || character.isNumber)
    }
    guard let first = text.utf8.first, isAlphanumeric(first) else { return false }
    return text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
  }
}

extension Codec where Value == Bool {
  /// `true` or `false`.
  static var flag: Codec {
    Codec(
      shape: .flag,
      decode: { node, path, report in
        if case .bool(let flag) = node.value { return flag }
        report.addMismatch(node, path, .flag)
        return nil
      },
      encode: { .bool($0) })
  }
}

extension Codec where Value == Int {
  /// An integer of a range.
  static func integer(_ range: ClosedRange<Int>) -> Codec {
    integer(.integer(range)) { range.contains($0) }
  }

  /// One of a few integers.
  static func oneOf(_ numbers: [Int]) -> Codec {
    integer(.oneOf(numbers)) { numbers.contains($0) }
  }

  private static func integer(_ shape: Shape, _ isAllowed: @escaping @Sendable (Int) -> Bool) -> Codec {
    Codec(
      shape: shape,
      decode: { node, path, report in
        guard case .number(let digits) = node.value else {
          report.addMismatch(node, path, shape)
          return nil
        }
        // 24.0 and 2.4e1 are integers too; JSON knows one kind of number. What Int cannot hold no range allows.
        guard let number = Int(digits) ?? Double(digits).flatMap({ Int(exactly: $0) }), isAllowed(number) else {
          report.add(node, path, "\(digits.abbreviated) is out of range; expected \(shape.phrase)")
          return nil
        }
        return number
      },
      encode: { .integer($0) })
  }
}

extension Codec where Value: ProfileWord {
  /// One of the words of an enumeration.
  static var word: Codec {
    Codec(
      shape: .word(Value.self),
      decode: { node, path, report in
        guard let text = node.text else {
          report.addMismatch(node, path, .word(Value.self))
          return nil
        }
        if let value = Value(rawValue: text) { return value }
        let what = "unknown word \(JSONText.quoted(text.abbreviated))"
        report.add(node, path, NearestWord.refusal(what, text, allowed: Value.words.map(\.word)))
        return nil
      },
      encode: { .string($0.rawValue) })
  }
}

extension Codec where Value == IntegerFormat {
  /// An integer format by its usual name, such as `int8` or `uint4`.
  static func format(_ widths: ClosedRange<Int>) -> Codec {
    Codec(
      shape: .format(widths),
      decode: { node, path, report in
        let isSigned = node.text?.hasPrefix("int") ?? false
        let digits = node.text?.dropFirst(isSigned ? 3 : 4)
        if let bits = digits.flatMap({ Int($0) }), widths.contains(bits) {
          let format = IntegerFormat(bits: bits, isSigned: isSigned)
          // Only the usual spelling is a name: no `int08`, no `int+8`.
          if format.name == node.text { return format }
        }
        report.addMismatch(node, path, .format(widths))
        return nil
      },
      encode: { .string($0.name) })
  }
}

extension Codec {
  /// A list of values.
  ///
  /// - Parameters:
  ///   - element: How each element is written.
  ///   - isEmptyAllowed: Whether the list may have no element.
  ///   - isSet: Whether no element may stand twice.
  /// - Returns: A codec that collects the faults of all elements.
  static func list<Element: Hashable>(of element: Codec<Element>, isEmptyAllowed: Bool = false, isSet: Bool = true)
    -> Codec where Value == [Element]
  {
    let shape = Shape.list(element.shape, isEmptyAllowed: isEmptyAllowed, isSet: isSet)
    return Codec(
      shape: shape,
      decode: { node, path, report in
        guard case .array(let nodes) = node.value, isEmptyAllowed || !nodes.isEmpty else {
          report.addMismatch(node, path, shape)
          return nil
        }
        var values: [Element] = []
        var known: Set<Element> = []
        var isSound = true
        for (index, elementNode) in nodes.enumerated() {
          guard let value = element.decode(elementNode, path.element(index), &report) else {
            isSound = false
            continue
          }
          if isSet, !known.insert(value).inserted {
            report.add(elementNode, path.element(index), "\(JSONText.compact(elementNode)) stands twice in the list")
            isSound = false
          }
          values.append(value)
        }
        return isSound ? values : nil
      },
      encode: { .array($0.map(element.encode)) })
  }
}
