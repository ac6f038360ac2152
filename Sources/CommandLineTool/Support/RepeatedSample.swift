internal import NetworkModel
internal import Simulation

/// One sample that is run again and again, as a caller who has bytes would run it.
struct RepeatedSample: Sendable {
  private let elements: [[Int32]]
  /// For each input of 8 bits its stored integers as bytes.
  private let bytes: [[UInt8]?]

  init(_ elements: [[Int32]], of program: Program) {
    self.elements = elements
    bytes = zip(program.inputs, elements).map { index, elements in
      guard [.int8, .uint8].contains(program.values[index].type) else { return nil }
      return elements.map { UInt8(truncatingIfNeeded: $0) }
    }
  }

  /// Sets all inputs and runs.
  func run(_ session: any EngineSession) throws {
    for position in elements.indices {
      if let bytes = bytes[position] {
        try session.setInput(position, toBytes: bytes.span, through: .identity)
      } else {
        try session.setInput(position, to: elements[position])
      }
    }
    try session.run()
  }
}
