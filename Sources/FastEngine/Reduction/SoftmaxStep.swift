internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// TensorFlow Lite's softmax, row by row.
///
/// The difference of a byte from its row's largest one has 256 values, and so has its exponential. That a table holds
/// what the definition would compute each time is the whole of the proof.
struct SoftmaxRows: PreparedStep {
  /// What belongs to each difference, from 0 to 255.
  struct Terms: Sendable {
    let parameters: TFLiteSoftmax
    /// `exp(difference)`.
    let exponentials: Table<Int32>
    /// What it adds to the sum; zero where the difference is too large to count.
    let terms: Table<UInt32>
    /// How many differences count.
    let count: Int

    init(_ parameters: TFLiteSoftmax) {
      self.parameters = parameters
      count = Int(min(-Int64(parameters.smallestDifference), 255)) + 1
      let exponentials = (0..<count).map { parameters.exponential(-Int32($0)) }
      let terms = exponentials.map { UInt32(TFLiteSoftmax.term($0)) }
      let rest = 256 - count
      self.exponentials = Table(exponentials + [Int32](repeating: 0, count: rest), zero: 0)
      self.terms = Table(terms + [UInt32](repeating: 0, count: rest), zero: 0)
    }
  }

  private let terms: Terms
  private let format: IntegerFormat
  private let depth: Int
  private let input: Layout
  private let output: Layout

  var kernel: String { "portable" }

  init(_ definition: SoftmaxKernel, _ terms: Terms, depth: Int, input: Layout, output: Layout) {
    precondition(input.elementBytes == 1 && output.elementBytes == 1, "lowering takes integers of 8 bits only")
    self.terms = terms
    format = definition.format
    (self.depth, self.input, self.output) = (depth, input, output)
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    if depth == 0 { return }
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { results in
      guard let results = results.baseAddress else { return }
      if input.isDense && output.isDense {
        for start in stride(from: 0, to: input.byteCount, by: depth) {
          unsafe row(arena.pointer(input.offset + start), arena.pointer(output.offset + start), results)
        }
        return
      }
      // An image's last axis are its channels.
      input.forEachPixel(with: output) { source, target in
        unsafe row(arena.pointer(source), arena.pointer(target), results)
      }
    }
  }

  /// One row; `results` has room for 256 bytes.
  private func row(
    _ source: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, _ results: UnsafeMutablePointer<UInt8>
  ) {
    // Bytes are ordered as the integers are.
    var largest: UInt8 = 0
    for index in 0..<depth { largest = unsafe max(largest, source[index]) }
    var sum: UInt64 = 0
    for index in 0..<depth { sum &+= unsafe UInt64(terms.terms[Int(largest &- source[index])]) }
    let scale = TFLiteSoftmax.Scale(sum: sum)
    let low = UInt8(truncatingIfNeeded: Int32(format.minimum) + output.bias)
    let count = terms.count
    if depth >= 256 {
      // The row has more elements than there are differences.
      for difference in 0..<256 {
        unsafe results[difference] = difference < count ? result(terms.exponentials[difference], scale) : low
      }
      for index in 0..<depth { unsafe target[index] = results[Int(largest &- source[index])] }
    } else {
      for index in 0..<depth {
        let difference = unsafe Int(largest &- source[index])
        unsafe target[index] = difference < count ? result(terms.exponentials[difference], scale) : low
      }
    }
  }

  @inline(__always)
  private func result(_ exponential: Int32, _ scale: TFLiteSoftmax.Scale) -> UInt8 {
    UInt8(truncatingIfNeeded: scale.result(exponential, format: format) &+ output.bias)
  }
}
