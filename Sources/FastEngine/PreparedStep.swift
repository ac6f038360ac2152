internal import FixedPoint
internal import HardwareProfile
internal import Network
internal import Simulation

/// A step with everything packed that it needs at run time.
protocol PreparedStep: Sendable {
  /// The kernel that runs it, as benchmarks name it.
  var kernel: String { get }

  /// Computes the output from the inputs, all in the arena, and counts the accumulator's overflows.
  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError)
}

/// Fills the margins of a value with the byte that counts as zero, before the value is written.
struct MarginFill: PreparedStep {
  let layout: Layout
  let value: UInt8

  var kernel: String { "margin" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let pixel = layout.channels
    for image in 0..<layout.images {
      let start = layout.offset + image * layout.imageStride
      arena.fill(start, count: layout.top * layout.rowStride, value)
      for row in layout.top..<layout.top + layout.height {
        let begin = start + row * layout.rowStride
        arena.fill(begin, count: layout.left * pixel, value)
        arena.fill(begin + (layout.left + layout.width) * pixel, count: layout.right * pixel, value)
      }
      let end = start + (layout.top + layout.height) * layout.rowStride
      arena.fill(end, count: layout.bottom * layout.rowStride, value)
    }
  }
}

/// The elements of a value one after another as integers: for steps that are not worth a kernel of their own.
struct Elements: Sendable {
  let layout: Layout

  /// Calls `body` with the position of each element in row-major order and its byte in the arena.
  @inline(__always)
  func forEach(_ body: (Int, Int) -> Void) {
    let row = layout.width * layout.channels
    var position = 0
    for image in 0..<layout.images {
      for y in 0..<layout.height {
        let start = layout.offset + layout.byte(image: image, row: y, column: 0)
        for element in 0..<row {
          body(position, start + element * layout.elementBytes)
          position += 1
        }
      }
    }
  }

  /// The elements as integers.
  func read(_ arena: Arena) -> [Int32] {
    var result = [Int32](repeating: 0, count: layout.images * layout.height * layout.width * layout.channels)
    let bias = layout.bias
    if layout.elementBytes == 1 {
      forEach { result[$0] = Int32(arena[$1]) - bias }
    } else {
      forEach { result[$0] = arena.word($1) }
    }
    return result
  }

  /// Stores integers.
  func write(_ elements: [Int32], _ arena: Arena) {
    let bias = layout.bias
    if layout.elementBytes == 1 {
      forEach { arena[$1] = UInt8(truncatingIfNeeded: elements[$0] + bias) }
    } else {
      forEach { arena.setWord($1, elements[$0]) }
    }
  }
}
