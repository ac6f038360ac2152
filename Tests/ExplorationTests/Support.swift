import Arrays
import Exploration
import HardwareProfile
import NetworkModel
import Simulation

/// An .npy file of some values.
func npy<T: ArrayElement>(_ values: [T], _ shape: [Int]) throws -> [UInt8] {
  try NPYWriter.encoded(values, shape: shape)
}

/// An input `[1, count]` of a type, with parameters; with a source that had bytes of the other signedness.
func slot(
  _ type: ElementType, count: Int, _ quantization: Quantization? = nil, source: Quantization? = nil
) -> InputSlot {
  let own = reader("made", type, quantization)
  let lineage = source.map { [reader("source", type == .int8 ? .uint8 : .int8, $0), own] } ?? [own]
  return InputSlot(
    name: "input", type: type, shape: Shape([1, count]), quantization: quantization, readers: InputReaders([lineage]))
}

/// A model's input.
func reader(_ model: String, _ type: ElementType, _ quantization: Quantization?) -> InputReader {
  InputReader(model: model, format: InputFormat(type: type, quantization: quantization))
}

/// A model's input with a scale and a zero point.
func reader(_ model: String, _ type: ElementType, _ scale: Float, _ zeroPoint: Int64) -> InputReader {
  reader(model, type, Quantization(scale: scale, zeroPoint: zeroPoint))
}

/// The only input of the first sample.
func firstSample(_ bytes: [UInt8], _ slot: InputSlot) throws -> [Int32] {
  try DataSet(bytes: bytes, name: "x.npy", for: slot).sample(0)[0]
}

/// What an error says of itself; empty when nothing is thrown.
func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch {
    return "\(error)"
  }
}

/// An engine whose output is its input (small positive integers, which as float32 bit patterns have the same order), and
/// whose only step overflows once in each run.
struct EchoEngine: Engine {
  let program: Program

  init(classes: Int, shape: [Int]? = nil) {
    let value = { (index: Int, name: String) in
      Value(
        tensor: index, name: name, type: .int8, shape: Shape(shape ?? [1, classes]), kind: .float32Bits)
    }
    program = Program(
      profile: "echo", values: [value(0, "in"), value(1, "out")],
      steps: [Step(node: 0, name: "ECHO", placement: .device, inputs: [0], output: 1, kernel: .copy)], inputs: [0],
      outputs: [1])
  }

  func run(_ inputs: [[Int32]], trace: TraceSelection) throws(SimulationError) -> Outcome {
    Outcome(outputs: inputs, trace: [:], events: [StepEvents(accumulatorOverflows: 1, outputSaturations: 2)])
  }
}
