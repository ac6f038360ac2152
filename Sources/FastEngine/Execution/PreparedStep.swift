internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A step with everything packed that it needs at run time.
protocol PreparedStep: Sendable {
  /// The kernel that runs it, as benchmarks name it.
  var kernel: String { get }

  /// Computes the output from the inputs, all in the arena, and counts the accumulator's overflows.
  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError)
}

extension StepEvents {
  /// Counts overflows of a register, and ends the run where the machine has no answer to one.
  mutating func count(_ overflows: Int, of register: AccumulatorRule, at step: Step) throws(SimulationError) {
    accumulatorOverflows += overflows
    if register.overflow == .trap && overflows > 0 { throw .accumulatorTrap(node: step.node, name: step.name) }
  }
}

/// A step whose output pixels can be computed in any order, and some at the same time: none reads what another writes.
protocol DivisibleStep: PreparedStep {
  /// The output pixels.
  var pixels: Int { get }
  /// Multiplications and additions for all pixels together.
  var operations: Int { get }

  /// Computes some of the output pixels.
  func run(_ arena: Arena, pixels: Range<Int>)
}

extension DivisibleStep {
  func run(_ arena: Arena, _ events: inout StepEvents) { run(arena, pixels: 0..<pixels) }

  /// Computes all output pixels, each thread as many as the others; a step that takes a few microseconds stays whole.
  func run(_ arena: Arena, _ team: ThreadTeam) {
    guard operations >= 500_000, pixels >= 2 * team.count else { return run(arena, pixels: 0..<pixels) }
    team.run { number in
      run(arena, pixels: pixels * number / team.count..<pixels * (number + 1) / team.count)
    }
  }
}

/// Fills the margins of a value with the byte that counts as zero, before the value is written.
struct MarginFill: PreparedStep {
  let layout: Layout
  let value: UInt8

  var kernel: String { "margin" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    // What is right of one row and left of the next lies side by side.
    let pixel = layout.channels
    let gap = (layout.left + layout.right) * pixel
    for image in 0..<layout.images {
      let start = layout.offset + image * layout.imageStride
      let first = layout.top * layout.rowStride + layout.left * pixel
      arena.fill(start, count: first, value)
      var end = start + first + layout.width * pixel
      if gap > 0 {
        for _ in 1..<max(layout.height, 1) {
          arena.fill(end, count: gap, value)
          end += layout.rowStride
        }
      } else {
        end += (layout.height - 1) * layout.rowStride
      }
      arena.fill(end, count: layout.right * pixel + layout.bottom * layout.rowStride, value)
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

  /// The number of elements.
  var count: Int { layout.images * layout.height * layout.width * layout.channels }

  /// The elements as integers.
  func read(_ arena: Arena) -> [Int32] {
    var result: [Int32] = []
    read(arena, into: &result)
    return result
  }

  /// Replaces an array's content by the elements; memory that it has already is used again.
  func read(_ arena: Arena, into elements: inout [Int32]) {
    if elements.count != count { elements = [Int32](repeating: 0, count: count) }
    let bias = layout.bias
    unsafe elements.withUnsafeMutableBufferPointer { buffer in
      guard var target = buffer.baseAddress else { return }
      layout.forEachRow { start, count in
        let row = unsafe arena.pointer(start)
        if layout.elementBytes == 1 {
          for index in 0..<count { unsafe target[index] = Int32(row[index]) &- bias }
        } else {
          unsafe UnsafeMutableRawPointer(target).copyMemory(from: row, byteCount: count * 4)
        }
        unsafe target += count
      }
    }
  }

  /// Stores integers.
  func write(_ elements: [Int32], _ arena: Arena) {
    let bias = layout.bias
    unsafe elements.withUnsafeBufferPointer { buffer in
      precondition(buffer.count == count, "a value has as many elements as its shape says")
      guard var source = buffer.baseAddress else { return }
      layout.forEachRow { start, count in
        let row = unsafe arena.pointer(start)
        if layout.elementBytes == 1 {
          for index in 0..<count { unsafe row[index] = UInt8(truncatingIfNeeded: source[index] &+ bias) }
        } else {
          unsafe UnsafeMutableRawPointer(row).copyMemory(from: source, byteCount: count * 4)
        }
        unsafe source += count
      }
    }
  }
}
