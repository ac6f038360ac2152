internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
package import Simulation

/// An input of one layer that drives the register of one channel to its bound.
///
/// Each tap of the window takes the end of the input's range on its weight's side: the largest element where the weight is
/// positive, the smallest where it is negative, or the other way round for the lowest sum.
package struct AccumulatorWitness: Sendable {
  /// The layer over one window, without padding.
  package let program: Program
  /// The window's elements.
  package let elements: [Int32]
  /// The channel whose register is meant.
  package let channel: Int

  /// Constructs the input; fails for a step that is no convolution.
  ///
  /// - Parameters:
  ///   - program: A program.
  ///   - index: Which of its steps; a convolution.
  ///   - channel: The output channel.
  ///   - range: What the step's input can hold.
  ///   - isHighest: Whether the highest sum is wanted rather than the lowest.
  ///   - bits: The register's width in ``program``; `nil` keeps the machine's.
  package init?(
    _ program: Program, step index: Int, channel: Int, range: ClosedRange<Int64>, isHighest: Bool, bits: Int? = nil
  ) {
    let step = program.steps[index]
    guard case .convolution(var kernel) = step.kernel else { return nil }
    let (rows, columns) = (kernel.window.rows.size, kernel.window.columns.size)
    let (depth, channels) = (kernel.input[3], kernel.output[3])
    kernel.input = Shape([1, rows, columns, depth])
    kernel.output = Shape([1, 1, 1, channels])
    kernel.window = WindowGeometry(
      rows: Window(size: rows, stride: 1), columns: Window(size: columns, stride: 1), padTop: 0, padLeft: 0)
    kernel.spread = [1, 1]
    if let bits { kernel.accumulator.format = IntegerFormat(bits: bits, isSigned: true) }
    func value(_ old: Value, _ shape: Shape) -> Value {
      Value(tensor: old.tensor, name: old.name, type: old.type, shape: shape, kind: old.kind)
    }
    let values = [
      value(program.values[step.inputs[0]], kernel.input), value(program.values[step.output], kernel.output),
    ]
    self.program = Program(
      profile: program.profile, values: values,
      steps: [
        Step(
          node: step.node, name: step.name, placement: step.placement, inputs: [0], output: 1,
          kernel: .convolution(kernel))
      ], inputs: [0], outputs: [1])
    self.channel = channel
    let groupDepth = depth / kernel.groups
    let group = channel / (channels / kernel.groups)
    let zero = Int32(clamping: min(max(Int64(kernel.inputZeroPoint), range.lowerBound), range.upperBound))
    var elements = [Int32](repeating: zero, count: rows * columns * depth)
    for row in 0..<rows {
      for column in 0..<columns {
        for inner in 0..<groupDepth {
          let place = kernel.order.position(
            row: row, column: column, channel: inner, rows: rows, columns: columns, channels: groupDepth)
          let weight = kernel.weights[channel * kernel.taps + place]
          let end = (weight > 0) == isHighest ? range.upperBound : range.lowerBound
          if weight != 0 {
            elements[(row * columns + column) * depth + group * groupDepth + inner] = Int32(clamping: end)
          }
        }
      }
    }
    self.elements = elements
  }

  /// How many additions leave the register when the layer sees the input, on the reference engine.
  ///
  /// - Returns: The number of additions of all channels; a register that traps has at least one.
  package func overflows() -> Int {
    do throws(SimulationError) {
      return try ReferenceEngine(program).run([elements], trace: .none).events.reduce(0) {
        $0 + $1.accumulatorOverflows
      }
    } catch {
      return 1
    }
  }
}
