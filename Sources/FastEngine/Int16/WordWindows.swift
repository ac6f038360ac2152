internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// The windows of a convolution on elements of four bytes, which have no margins: int16 activations.
struct WordWindows: Sendable {
  let kernel: ConvolutionKernel
  let input: Layout
  let output: Layout
  /// The elements of a pixel that belong to one group.
  let depth: Int

  init(_ kernel: ConvolutionKernel, input: Layout, output: Layout) {
    self.kernel = kernel
    self.input = input.reshaped(to: kernel.input)
    self.output = output.reshaped(to: kernel.output)
    depth = kernel.input[3] / kernel.groups
  }

  /// Output pixels of all images.
  var pixels: Int { kernel.output[0] * kernel.output[1] * kernel.output[2] }

  /// The byte in the arena of an output pixel.
  func target(_ pixel: Int) -> Int { output.offset + pixel * kernel.output[3] * 4 }

  /// Calls `body` for each tap of an output pixel's window with its number in the window, row by row, and the byte in the
  /// arena of the input pixel under it; `nil` in the padding and between spread elements.
  @inline(__always)
  func forEachTap(_ pixel: Int, _ body: (_ tap: Int, _ source: Int?) -> Void) {
    let (rest, column) = pixel.quotientAndRemainder(dividingBy: kernel.output[2])
    let (image, row) = rest.quotientAndRemainder(dividingBy: kernel.output[1])
    let (rows, columns) = (kernel.window.rows, kernel.window.columns)
    let (height, width) = (kernel.input[1], kernel.input[2])
    let size = kernel.input[3] * 4
    for u in 0..<rows.size {
      let y = row * rows.stride + u * rows.dilation - kernel.window.padTop
      let (sourceRow, between) = y.quotientAndRemainder(dividingBy: kernel.spread[0])
      let hasRow = y >= 0 && between == 0 && sourceRow < height
      for v in 0..<columns.size {
        let x = column * columns.stride + v * columns.dilation - kernel.window.padLeft
        let (sourceColumn, gap) = x.quotientAndRemainder(dividingBy: kernel.spread[1])
        let isInside = hasRow && x >= 0 && gap == 0 && sourceColumn < width
        body(
          u * columns.size + v,
          isInside ? input.offset + ((image * height + sourceRow) * width + sourceColumn) * size : nil)
      }
    }
  }

  /// The weight of a tap, wherever the machine's order has put it.
  func weight(channel: Int, tap: Int, depth index: Int) -> Int32 {
    let columns = kernel.window.columns.size
    let place = kernel.order.position(
      row: tap / columns, column: tap % columns, channel: index, rows: kernel.window.rows.size, columns: columns,
      channels: depth)
    return kernel.weights[channel * kernel.taps + place]
  }

  /// For each channel the largest magnitude that any partial sum can have: an int16 is at most 2^15.
  var bounds: [Int128] {
    (0..<kernel.output[3]).map { channel in
      let weights = kernel.weights[channel * kernel.taps..<(channel + 1) * kernel.taps]
      let magnitudes = weights.reduce(Int128(0)) { $0 + Int128($1.magnitude) }
      return magnitudes << 15 + Int128(kernel.bias[channel].magnitude)
    }
  }

  /// Whether the register can hold every partial sum, so that any order of exact additions gives its value.
  var registerIsExact: Bool { bounds.allSatisfy { $0 <= kernel.accumulator.format.maximum } }

  /// Whether activations and weights fit 16 bits, and the sum of so many products 32.
  ///
  /// The zero point of int16 activations is 0, so a patch holds activations as they are.
  func fits(products: Int) -> Bool {
    let largest = kernel.weights.reduce(Int128(0)) { max($0, Int128($1.magnitude)) }
    return kernel.inputZeroPoint == 0 && largest < 1 << 15 && largest << 15 * Int128(products) <= Int128(Int32.max)
  }
}
