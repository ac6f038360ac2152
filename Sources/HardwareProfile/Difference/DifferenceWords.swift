internal import FixedPoint

/// Says in words what a difference between two profiles means.
enum DifferenceWords {
  /// The keys that name and describe a profile and decide nothing.
  private static let descriptive: Set<String> = ["name", "vendor", "summary", "sources", "certified"]

  /// What a difference means; `nil` for a key that decides nothing.
  static func effect(_ before: JSONNode?, _ after: JSONNode?, _ place: Place) -> String? {
    if descriptive.contains(place.path.description) { return nil }
    guard let before, let after else { return absence(isRemoved: after == nil, place) }
    switch place.shape {
    case .word(let type):
      if let old = Rounding(rawValue: before.text ?? ""), let new = Rounding(rawValue: after.text ?? "") {
        return rounding(old, new)
      }
      let meaning = { (node: JSONNode) in type.words.first { $0.word == node.text }?.meaning ?? "" }
      return "\(meaning(after)); before: \(meaning(before))"
    case .tagged(let choice):
      let meaning = { (node: JSONNode) -> String in
        let word = node.members?[Choice<Never>.tag]?.text
        return sentence(choice.variants.first { $0.word == word }?.shape.documentation ?? "")
      }
      return "\(meaning(after)); before: \(meaning(before))"
    case .integer where place.path.description == "accumulator.bits":
      return "the register holds \(range(after)); before: \(range(before))"
    case .list(.keyed, _, _): return "\(stages(after)); before: \(stages(before))"
    default: return sentence(place.field.documentation)
    }
  }

  /// What it means that only one of two profiles has a key.
  private static func absence(isRemoved: Bool, _ place: Place) -> String {
    if place.path == JSONPath.root.member("operators").member(place.key) {
      return isRemoved ? "the operator becomes unsupported" : "the operator was unsupported"
    }
    return "\(sentence(place.field.documentation)); absent means: \(place.field.absence ?? "nothing")"
  }

  /// A documentation sentence as a part of another.
  private static func sentence(_ text: String) -> String {
    let body = text.hasSuffix(".") ? text.dropLast() : text[...]
    return body.prefix(1).lowercased() + body.dropFirst()
  }

  private static func stages(_ node: JSONNode) -> String {
    guard case .array(let stages) = node.value else { return "" }
    return "stages " + stages.compactMap { $0.members?.keys.first }.joined(separator: ", ")
  }

  private static func range(_ node: JSONNode) -> String {
    guard case .number(let digits) = node.value, let bits = Int(digits) else { return "" }
    return "-2^\(bits - 1) to 2^\(bits - 1)-1"
  }
}

extension DifferenceWords {
  /// A quotient at which two roundings may part: where its fraction lies, and of what integer it is above.
  private struct Case {
    let fraction: FractionPosition
    let floorIsOdd: Bool
    let isNegative: Bool

    static let all = [FractionPosition.belowHalf, .half, .aboveHalf].flatMap { fraction in
      [false, true].flatMap { odd in
        [false, true].map { Case(fraction: fraction, floorIsOdd: odd, isNegative: $0) }
      }
    }
  }

  /// Which quotients two roundings map to different integers, with one example, found by asking the roundings.
  static func rounding(_ old: Rounding, _ new: Rounding) -> String? {
    let result = { (rule: Rounding, at: Case) in
      rule.roundsUp(at.fraction, floorIsOdd: at.floorIsOdd, isNegative: at.isNegative)
    }
    let parting = Case.all.filter { result(old, $0) != result(new, $0) }
    guard let example = parting.last else { return nil }
    let fractions = Set(parting.map(\.fraction))
    let kind =
      fractions == [.half] ? "ties" : fractions.contains(.half) ? "quotients with a fraction" : "quotients but ties"
    let signs = Set(parting.map(\.isNegative))
    let sign = signs.count == 2 ? "" : signs.contains(true) ? "negative " : "positive "
    // Only a rule that looks at parity parts at one parity of the floor for each sign and fraction.
    let isParity = parting.count < fractions.count * signs.count * 2
    let parity = isParity ? " next to integers of one parity" : ""
    // −3, −2, 2 or 3 and a fraction: enough to show the sign and the parity.
    let floor = (example.isNegative ? -4 : 2) + (example.floorIsOdd ? 1 : 0)
    let quarter = example.fraction == .belowHalf ? 1 : example.fraction == .half ? 2 : 3
    let quotient = Double(floor) + Double(quarter) / 4
    let integer = { (rule: Rounding) in floor + (result(rule, example) ? 1 : 0) }
    return "results differ at \(sign)\(kind)\(parity): \(quotient) gives \(integer(new)); before: \(integer(old))"
  }
}
