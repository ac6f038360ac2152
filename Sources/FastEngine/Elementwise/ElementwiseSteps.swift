internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Any function of one byte that gives a byte.
struct ByteTable: PreparedStep {
  private let map: ByteMap
  private let input: Layout
  private let output: Layout

  var kernel: String { "table" }

  /// Prepares a table; `nil` where elements are no bytes.
  init?(first: Int32, entries: [Int32], input: Layout, output: Layout) {
    guard input.elementBytes == 1, output.elementBytes == 1 else { return nil }
    (self.input, self.output) = (input, output)
    map = ByteMap(first: first, entries: entries, input: input, output: output)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    unsafe map.withFunction { function in
      input.forEachRun(with: output) { source, target, count in
        unsafe function.apply(arena.pointer(source), arena.pointer(target), count)
      }
    }
  }
}

extension ByteMap {
  /// A table between bytes of the arena; bytes that no stored integer has, and inputs without an entry, give anything.
  init(
    first: Int32, entries: [Int32], input: Layout, output: Layout, low: Int64 = .min, high: Int64 = .max
  ) {
    self.init { byte in
      let entry = Int(Int32(byte) - input.bias) - Int(first)
      guard entries.indices.contains(entry) else { return 0 }
      let result = min(max(Int64(entries[entry]), low), high)
      return UInt8(truncatingIfNeeded: result + Int64(output.bias))
    }
  }
}

/// Any function of one element: each stored integer looked up.
struct ElementTable: PreparedStep {
  let input: Layout
  let output: Layout
  /// The input that the first entry belongs to.
  let first: Int32
  let entries: [Int32]

  var kernel: String { "table" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    input.forEachElement(with: output, arena) { entries[Int($0 - first)] }
  }
}

/// Elements requantized one by one, where there are fewer of them than a table has entries.
struct FewElements: PreparedStep {
  let definition: RescaleKernel
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let stage = definition.outputStage
    let requantization = stage.requantization(0)
    input.forEachElement(with: output, arena) { x in
      Int32(stage.finish(requantization.apply(Int64(x) - definition.inputZeroPoint)))
    }
  }
}

/// Float32 bit patterns to integers on the host.
struct FloatQuantization: PreparedStep {
  let definition: QuantizeFloatKernel
  let input: Layout
  let output: Layout

  var kernel: String { "host" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let scale = Float(bitPattern: definition.scaleBits)
    let (zero, low, high) = (Int32(definition.zeroPoint), Int32(definition.low), Int32(definition.high))
    input.forEachElement(with: output, arena) { bits in
      // What 32 bits cannot hold becomes −2^31, as LiteRT has it on x86-64.
      let quotient = (Float(bitPattern: UInt32(bitPattern: bits)) / scale).rounded(.toNearestOrAwayFromZero)
      return min(max((Int32(exactly: quotient) ?? .min) &+ zero, low), high)
    }
  }
}

extension Layout {
  /// Stores for each element of this value what `body` makes of it in another value.
  @inline(__always)
  func forEachElement(with other: Layout, _ arena: Arena, _ body: (Int32) -> Int32) {
    forEachRun(with: other) { source, target, count in
      for index in 0..<count {
        let place = source + index * elementBytes
        let result = body(elementBytes == 1 ? Int32(arena[place]) - bias : arena.word(place))
        if other.elementBytes == 1 {
          arena[target + index] = UInt8(truncatingIfNeeded: result + other.bias)
        } else {
          arena.setWord(target + index * 4, result)
        }
      }
    }
  }
}
