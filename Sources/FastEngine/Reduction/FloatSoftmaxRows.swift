internal import FixedPoint
internal import Simulation

/// Softmax in float32, row by row.
///
/// The terms are those of the definition, added in its order: a float32 sum depends on it.
struct FloatSoftmaxRows: PreparedStep {
  /// The exponential of each difference from a row's largest byte.
  private let exponentials: Table<Float>
  private let outputScale: Float
  private let format: IntegerFormat
  private let depth: Int
  private let input: Layout
  private let output: Layout

  var kernel: String { "portable" }

  init(_ definition: FloatSoftmaxKernel, depth: Int, input: Layout, output: Layout) {
    precondition(input.elementBytes == 1 && output.elementBytes == 1, "lowering takes integers of 8 bits only")
    exponentials = Table(definition.parameters.exponentialBits.map { Float(bitPattern: $0) }, zero: 0)
    outputScale = Float(bitPattern: definition.parameters.outputScaleBits)
    format = definition.format
    (self.depth, self.input, self.output) = (depth, input, output)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    if depth == 0 { return }
    if input.isDense && output.isDense {
      for start in stride(from: 0, to: input.byteCount, by: depth) {
        unsafe row(arena.pointer(input.offset + start), arena.pointer(output.offset + start))
      }
      return
    }
    // An image's last axis are its channels.
    input.forEachPixel(with: output) { source, target in unsafe row(arena.pointer(source), arena.pointer(target)) }
  }

  private func row(_ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
    // Bytes are ordered as the integers are.
    var largest: UInt8 = 0
    for index in 0..<depth { largest = unsafe max(largest, source[index]) }
    var sum: Float = 0
    for index in 0..<depth { sum += unsafe exponentials[Int(largest &- source[index])] }
    let reciprocal = 1 / (sum * outputScale)
    for index in 0..<depth {
      let steps = unsafe exponentials[Int(largest &- source[index])] * reciprocal
      unsafe target[index] = UInt8(truncatingIfNeeded: FloatSoftmax.result(steps, format) + output.bias)
    }
  }
}
