internal import NetworkModel

/// How one operator of the file format becomes an ``Operation`` and back; the rows stand in `OperatorCodes.swift`.
struct OperatorCode: Sendable {
  /// The code in the schema's enumeration `BuiltinOperator`.
  let code: Int
  /// The table of its options, or `nil` when it has none.
  let options: TableSchema?
  /// The version to write, by what the operator works on.
  let version: @Sendable (VersionFacts) -> Int
  /// The operator that options state.
  let decode: @Sendable (Options) throws(OptionFault) -> Operation
  /// Changes options so that they state an operator of this row.
  let encode: @Sendable (Operation, inout Table) -> Void

  init(
    _ code: Int, _ options: TableSchema?, version: @escaping @Sendable (VersionFacts) -> Int,
    decode: @escaping @Sendable (Options) throws(OptionFault) -> Operation,
    encode: @escaping @Sendable (Operation, inout Table) -> Void = { _, _ in }
  ) {
    self.code = code
    self.options = options
    self.version = version
    self.decode = decode
    self.encode = encode
  }

  /// What a row reads that has no options.
  static let noOptions = TableSchema("NoOptions", [])

  /// The name in the schema: `CONV_2D`.
  var name: String { String(builtinOperatorNames[code]) }
}

/// What is wrong with an operator's options.
struct OptionFault: Error {
  let message: String
}

/// An operator's options, with the checks that every row needs.
struct Options {
  let table: Table

  func int(_ name: String) -> Int { Int(table.integer(name)) }

  func ints(_ name: String) -> [Int] { table.integers(name).map { Int($0) } }

  func activation() throws(OptionFault) -> Activation {
    let code = table.integer("fusedActivationFunction")
    guard let value = activations.value(ofCode: code) else {
      throw OptionFault(message: "its fused activation is \(code); known are 0 to \(activations.count - 1)")
    }
    return value
  }

  func padding() throws(OptionFault) -> Padding {
    let code = table.integer("padding")
    guard let value = paddings.value(ofCode: code) else {
      throw OptionFault(message: "its padding is \(code); allowed are 0 (SAME) and 1 (VALID)")
    }
    return value
  }

  /// The stated type of biases; 0, which is float32, states nothing.
  func biasType() throws(OptionFault) -> ElementType? {
    let code = table.integer("quantizedBiasType")
    if code == 0 { return nil }
    guard let type = elementTypes.value(ofCode: code), type == .int32 || type == .int64 else {
      throw OptionFault(
        message: "its quantized_bias_type is \(code); known are 0 (not stated), 2 (int32) and 4 (int64)")
    }
    return type
  }

  /// Checks that an option has the only value that is understood.
  func require(_ name: String, is value: Int64, _ reason: String) throws(OptionFault) {
    let found = table.integer(name)
    if found != value {
      throw OptionFault(message: "its option \(name) is \(found) (\(reason)); supported is \(value)")
    }
  }
}

extension Table {
  /// Sets a number unless it already has the value, so that a field that is absent and equals its default stays so.
  mutating func update(_ name: String, _ value: Int) {
    if integer(name) != Int64(value) { set(name, Int64(value)) }
  }

  /// Sets a flag unless it already has the value.
  mutating func update(_ name: String, flag: Bool) {
    if self.flag(name) != flag { set(name, flag: flag) }
  }

  /// Sets a list of integers unless it already has the value; an absent list is an empty one.
  mutating func update(_ name: String, _ values: [Int]) {
    let values = values.map { Int64($0) }
    if integers(name) != values { set(name, values) }
  }

  mutating func update(_ padding: Padding) { update("padding", Int(paddings.code(of: padding))) }

  /// Sets the type of biases; `nil` leaves what is there.
  mutating func update(biasType: ElementType?) {
    if let biasType { update("quantizedBiasType", Int(elementTypes.code(of: biasType))) }
  }

  mutating func update(_ activation: Activation) {
    update("fusedActivationFunction", Int(activations.code(of: activation)))
  }
}

/// What the version of an operator depends on.
struct VersionFacts {
  let operation: Operation
  let inputs: [Tensor?]
  let outputs: [Tensor]

  /// The type of the first input.
  var input: ElementType? { inputs.first.flatMap { $0?.type } }
  /// The type of the second input, the weights where there are some.
  var weights: ElementType? { inputs.dropFirst().first.flatMap { $0?.type } }
  /// The type of the output.
  var output: ElementType? { outputs.first?.type }

  /// Version 1 for float and uint8, and one more each for int8 and int16: the rule of most operators.
  func byInput() -> Int {
    switch input {
    case .int16: 3
    case .int8: 2
    default: 1
    }
  }
}
