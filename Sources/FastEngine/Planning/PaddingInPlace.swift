internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// PAD without a copy: what it reads is written into the middle of its output, whose border is filled before.
struct PaddingInPlace: Sendable {
  /// What is padded.
  let input: Int
  /// The padded value.
  let output: Int
  /// The step that makes the input.
  let producer: Int
  /// The elements around the image, in bytes as stored.
  let value: Int32
  private let top: Int
  private let left: Int

  /// Finds the paddings that need no copy: of 8-bit images over rows and columns, where nobody else reads the input.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - layouts: Where values lie, with the margins that windows need: an output with one is not served.
  /// - Returns: What was found, in the order of the steps.
  static func find(_ program: Program, _ layouts: [Int: Layout]) -> [PaddingInPlace] {
    var readers: [Int: Int] = [:]
    var producers: [Int: Int] = [:]
    for (index, step) in program.steps.enumerated() {
      for input in step.inputs { readers[input, default: 0] += 1 }
      producers[step.output] = index
    }
    let ends = Set(program.inputs + program.outputs)
    var found: [PaddingInPlace] = []
    for step in program.steps {
      guard case .pad(let kernel) = step.kernel, let input = step.inputs.first, step.inputs.count == 1,
        let producer = producers[input], readers[input] == 1, !ends.contains(input),
        kernel.before.count == 4, kernel.before[0] + kernel.after[0] + kernel.before[3] + kernel.after[3] == 0,
        let inner = layouts[input], let outer = layouts[step.output], inner.elementBytes == 1, inner.isDense,
        outer.isDense,
        inner.bias == outer.bias, !found.contains(where: { $0.output == input })
      else { continue }
      found.append(
        PaddingInPlace(
          input: input, output: step.output, producer: producer, value: kernel.value, top: kernel.before[1],
          left: kernel.before[2]))
    }
    return found
  }

  /// Where the input lies within the output.
  func layout(_ inner: Layout, in outer: Layout) -> Layout {
    var result = inner
    result.offset = outer.offset
    (result.top, result.left) = (top, left)
    result.bottom = outer.height - inner.height - top
    result.right = outer.width - inner.width - left
    return result
  }
}

/// A step whose output another one has written already.
struct AlreadyDone: PreparedStep {
  var kernel: String { "in place" }

  func run(_ arena: Arena, _ events: inout StepEvents) {}
}
