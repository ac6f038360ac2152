internal import Reports

/// What the user wrote after a command's name.
struct Arguments: Sendable {
  /// The arguments without a name.
  private(set) var positionals: [String] = []
  private var values: [String: [String]] = [:]

  /// Sorts arguments into options and others.
  ///
  /// - Parameters:
  ///   - words: What follows the command's name.
  ///   - command: What is allowed.
  /// - Throws: ``UsageError`` for anything that the command does not take, or lacks.
  init(_ words: [String], for command: Command) throws(UsageError) {
    var rest = words[...]
    var onlyPositionals = false
    while let word = rest.popFirst() {
      if onlyPositionals || word == "-" || !word.hasPrefix("-") {
        positionals.append(word)
      } else if word == "--" {
        onlyPositionals = true
      } else {
        try take(option: word, &rest, command)
      }
    }
    if isSet("--help") { return }
    try checkCompleteness(command)
  }

  private mutating func take(
    option word: String, _ rest: inout ArraySlice<String>, _ command: Command
  ) throws(UsageError) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let options = command.allOptions
    guard let option = options.first(where: { $0.name == parts[0] || $0.short == parts[0] }) else {
      let guess = didYouMean(parts[0], among: options.map(\.name))
      throw UsageError("unknown option \(parts[0])" + (guess.map { "; did you mean \($0)?" } ?? ""), command)
    }
    if values[option.name] != nil && !option.isRepeatable {
      throw UsageError("\(option.name) is given twice", command)
    }
    guard let operand = option.value else {
      if parts.count > 1 { throw UsageError("\(option.name) takes no value", command) }
      values[option.name] = [""]
      return
    }
    let value = parts.count > 1 ? parts[1] : rest.popFirst()
    guard let value, parts.count > 1 || !options.contains(where: { $0.name == value }) else {
      throw UsageError("\(option.name) needs a value, \(operand.placeholder)", command)
    }
    values[option.name, default: []].append(value)
  }

  private func checkCompleteness(_ command: Command) throws(UsageError) {
    let most = command.positionals.count + (command.optionalPositional == nil ? 0 : 1)
    guard (command.positionals.count...most).contains(positionals.count) else {
      let missing = command.positionals.dropFirst(positionals.count)
      throw UsageError(
        missing.isEmpty
          ? "unexpected argument \"\(positionals[most])\""
          : "\(missing.map(\.placeholder).joined(separator: " and ")) missing", command)
    }
    for option in command.options where option.isRequired && values[option.name] == nil {
      throw UsageError("\(option.name) \(option.value?.placeholder ?? "") missing", command)
    }
  }

  /// Everything that may name a file, with what it stands for and how messages call it.
  func operands(of command: Command) -> [(operand: Operand, name: String, value: String)] {
    let places = zip(command.positionals + [command.optionalPositional].compactMap(\.self), positionals).map {
      ($0, "\($0.placeholder) \($1)", $1)
    }
    let options = command.allOptions.flatMap { option in
      option.value.map { operand in all(option.name).map { (operand, "\(option.name) \($0)", $0) } } ?? []
    }
    return places + options
  }

  /// Whether an option was given.
  func isSet(_ option: String) -> Bool { values[option] != nil }

  /// The value of an option.
  func text(_ option: String) -> String? { values[option]?.first }

  /// The value of an option that the command demands.
  func requiredText(_ option: String) throws(UsageError) -> String {
    guard let value = text(option) else { throw UsageError("\(option) missing") }
    return value
  }

  /// All values of a repeatable option.
  func all(_ option: String) -> [String] { values[option] ?? [] }

  /// The value of an option that is an integer.
  ///
  /// - Throws: ``UsageError`` for anything but an integer of the range.
  func integer(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let value = text(option) else { return nil }
    guard let number = Int(value), range.contains(number) else {
      let limits =
        range.upperBound == .max ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
      throw UsageError("\(option) is \"\(value)\"; allowed are integers, \(limits)")
    }
    return number
  }

  /// The value of an option that is a number.
  ///
  /// - Throws: ``UsageError`` for anything but a number of the range.
  func number(_ option: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
    guard let value = text(option) else { return nil }
    guard let number = Double(value), range.contains(number) else {
      throw UsageError(
        "\(option) is \"\(value)\"; allowed are numbers, \(Int(range.lowerBound)) to \(Int(range.upperBound))")
    }
    return number
  }

  /// The value of an option that is one of some words.
  ///
  /// - Throws: ``UsageError`` for any other word.
  func choice<T: RawRepresentable & CaseIterable>(_ option: String, _ type: T.Type) throws(UsageError) -> T?
  where T.RawValue == String {
    guard let value = text(option) else { return nil }
    guard let choice = T(rawValue: value) else {
      let allowed = T.allCases.map(\.rawValue)
      let guess = didYouMean(value, among: allowed).map { "; did you mean \($0)?" } ?? ""
      throw UsageError("\(option) is \"\(value)\"; allowed are \(allowed.joined(separator: ", "))\(guess)")
    }
    return choice
  }
}
