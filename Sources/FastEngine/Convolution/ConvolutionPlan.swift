internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// What every way of running a convolution shares: where windows lie, and what the sums can reach.
struct ConvolutionPlan: Sendable {
  let kernel: ConvolutionKernel
  let step: Step
  let input: Layout
  let output: Layout
  let form: OutputForm
  /// For each output pixel the byte from the input's start at which its window begins.
  let inputOffsets: Table<Int32>
  /// For each output pixel the byte from the output's start.
  let outputOffsets: Table<Int32>
  /// Output pixels of all images.
  let pixels: Int
  /// The sums of the weights.
  let filters: FilterSums
  /// The largest magnitude of an element less the zero point.
  let reach: Int64
  /// The largest magnitude that any partial sum of a channel can have.
  let bounds: [Int64]

  init(_ kernel: ConvolutionKernel, _ step: Step, input: Layout, output: Layout) {
    self.kernel = kernel
    self.step = step
    // A fully connected layer sees its input as pixels of one row each.
    self.input = input.reshaped(to: kernel.input)
    self.output = output.reshaped(to: kernel.output)
    form = OutputForm(kernel.outputStage, channels: kernel.output[3])
    var starts: [Int32] = []
    var ends: [Int32] = []
    starts.reserveCapacity(kernel.output[0] * kernel.output[1] * kernel.output[2])
    ends.reserveCapacity(starts.capacity)
    let window = kernel.window
    for image in 0..<kernel.output[0] {
      for row in 0..<kernel.output[1] {
        for column in 0..<kernel.output[2] {
          let y = row * window.rows.stride - window.padTop
          let x = column * window.columns.stride - window.padLeft
          starts.append(Int32(self.input.byte(image: image, row: y, column: x)))
          ends.append(Int32(self.output.byte(image: image, row: row, column: column)))
        }
      }
    }
    pixels = starts.count
    inputOffsets = Table(starts, zero: 0)
    outputOffsets = Table(ends, zero: 0)
    let zero = Int64(kernel.inputZeroPoint) + Int64(input.bias)
    let reach = max(zero, Int64(input.largestByte) - zero)
    self.reach = reach
    // Padding adds nothing, and every prefix of a sum is smaller than the sum of magnitudes.
    let filters = FilterSums(kernel)
    self.filters = filters
    bounds = (0..<kernel.output[3]).map { filters.magnitudes[$0] * reach + abs(kernel.bias[$0]) }
  }

  /// Whether the register of a step on bytes can neither overflow nor leave 32 bits, so that any order of exact additions
  /// gives its value.
  var registerIsExact: Bool {
    let limit = Int64(min(kernel.accumulator.format.maximum, Int128(Int32.max)))
    return bounds.allSatisfy { $0 <= limit } && input.elementBytes == 1
  }

  /// Whether ``registerIsExact``, and outputs are bytes too.
  var sumsAreExact: Bool { registerIsExact && output.elementBytes == 1 }

  /// Whether 32-bit requantization is exact for every sum that can occur.
  var requantizesIn32Bits: Bool {
    form.kind != .general && bounds.indices.allSatisfy { bounds[$0] <= form.safeMagnitude($0) }
  }

  /// Bytes, from a window's start, at which its taps begin.
  func tapOffsets() -> [Int32] {
    let window = kernel.window
    return (0..<window.rows.size).flatMap { row in
      (0..<window.columns.size).map { column in
        Int32(
          row * window.rows.dilation * input.rowStride + column * window.columns.dilation * input.channels)
      }
    }
  }

  /// The weight of a tap, wherever the machine's order has put it.
  func weight(channel: Int, row: Int, column: Int, depth index: Int) -> Int32 {
    let depth = kernel.input[3] / kernel.groups
    let place = kernel.order.position(
      row: row, column: column, channel: index, rows: kernel.window.rows.size, columns: kernel.window.columns.size,
      channels: depth)
    return kernel.weights[channel * kernel.taps + place]
  }
}

extension Layout {
  /// The same bytes under another shape; a value with margins keeps its own.
  func reshaped(to shape: Shape) -> Layout {
    guard isDense, shape.rank == 4 else { return self }
    var layout = self
    (layout.images, layout.height, layout.width, layout.channels) = (shape[0], shape[1], shape[2], shape[3])
    return layout
  }

  /// Takes the margins that a window needs.
  mutating func reserve(_ window: WindowGeometry, output: Shape) {
    top = max(top, window.padTop)
    left = max(left, window.padLeft)
    let lastRow = (output[1] - 1) * window.rows.stride - window.padTop + window.rows.extent
    let lastColumn = (output[2] - 1) * window.columns.stride - window.padLeft + window.columns.extent
    bottom = max(bottom, lastRow - height)
    right = max(right, lastColumn - width)
  }
}
