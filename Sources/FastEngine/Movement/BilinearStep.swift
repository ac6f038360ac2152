internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// RESIZE_BILINEAR of bytes.
///
/// The two rows of a mean are weighted once for each row of the output; each column then takes a sum of weighted
/// channels, several at a time.
struct Bilinear: DivisibleStep {
  private let definition: BilinearKernel
  private let input: Layout
  private let output: Layout

  var kernel: String { "portable" }

  /// Prepares a step; `nil` where elements are no bytes.
  init?(_ definition: BilinearKernel, input: Layout, output: Layout) {
    guard input.elementBytes == 1, output.elementBytes == 1 else { return nil }
    // The floor below is a truncation for numbers of zero and more.
    if definition.arithmetic == .float32 && (input.bias != 0 || output.bias != 0) { return nil }
    (self.definition, self.input, self.output) = (definition, input, output)
  }

  var pixels: Int { output.images * output.height }

  var operations: Int { output.images * output.height * output.width * output.channels * 4 }

  func run(_ arena: Arena, pixels: Range<Int>) {
    switch definition.arithmetic {
    case .float32: floats(arena, pixels)
    case .fixedPoint(let fraction, let rounding): integers(arena, pixels, fraction, rounding)
    }
  }

  /// Every operation and its order are the definition's: `(element · weight of the row) · weight of the column`.
  private func floats(_ arena: Arena, _ rows: Range<Int>) {
    let count = input.width * input.channels
    let channels = input.channels
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count + 16) { buffer in
      guard let upper = buffer.baseAddress else { return }
      let lower = unsafe upper + count
      for row in rows {
        let (image, y) = row.quotientAndRemainder(dividingBy: output.height)
        let place = definition.rows[y]
        let down = Float(bits: place.distance)
        let above = unsafe arena.pointer(input.offset + input.byte(image: image, row: Int(place.lower), column: 0))
        let below = unsafe arena.pointer(input.offset + input.byte(image: image, row: Int(place.upper), column: 0))
        let up = 1 - down
        for index in 0..<count {
          unsafe upper[index] = Float(above[index]) * up
          unsafe lower[index] = Float(below[index]) * down
        }
        let target = unsafe arena.pointer(output.offset + output.byte(image: image, row: y, column: 0))
        for (x, column) in definition.columns.enumerated() {
          let right = Float(bits: column.distance)
          let left = 1 - right
          let (a, b) = unsafe (upper + Int(column.lower) * channels, lower + Int(column.lower) * channels)
          let (c, d) = unsafe (upper + Int(column.upper) * channels, lower + Int(column.upper) * channels)
          let results = unsafe target + x * channels
          for channel in 0..<channels {
            let sum = unsafe a[channel] * left + b[channel] * left + c[channel] * right + d[channel] * right + 0.5
            // The nearest integer to a number below 2^8 stands in the low bits here; one less where it lies above.
            let nearest = sum + 0x1p23
            let excess: UInt32 = nearest - 0x1p23 > sum ? 1 : 0
            unsafe results[channel] = UInt8(truncatingIfNeeded: nearest.bitPattern &- excess)
          }
        }
      }
    }
  }

  /// Rows first, then columns; sums are exact: weights of 10 fraction bits lie in −512...1536, those of 11 in 0...2048, so
  /// a sum stays below 255 · 2^11 · 2^11, and with the half of a step added to it below 2^31.
  private func integers(_ arena: Arena, _ rows: Range<Int>, _ fraction: Int, _ rounding: Rounding) {
    let one = Int32(1) << Int32(fraction)
    let (bits, half) = (Int32(2 * fraction), Int32(1) << Int32(2 * fraction - 1))
    let count = input.width * input.channels
    let channels = input.channels
    let bias = input.bias
    // Half away from zero is floor(sum + half), less one step for negative sums.
    let isNearest = rounding == .tiesAwayFromZero || rounding == .tiesTowardPositive
    let mask: Int32 = rounding == .tiesAwayFromZero ? -1 : 0
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: count + 16) { buffer in
      guard let blended = buffer.baseAddress else { return }
      for row in rows {
        let (image, y) = row.quotientAndRemainder(dividingBy: output.height)
        let place = definition.rows[y]
        let (down, up) = (place.distance, one - place.distance)
        let above = unsafe arena.pointer(input.offset + input.byte(image: image, row: Int(place.lower), column: 0))
        let below = unsafe arena.pointer(input.offset + input.byte(image: image, row: Int(place.upper), column: 0))
        for index in 0..<count {
          unsafe blended[index] =
            (Int32(above[index]) &- bias) &* up &+ (Int32(below[index]) &- bias) &* down
        }
        let target = unsafe arena.pointer(output.offset + output.byte(image: image, row: y, column: 0))
        for (x, column) in definition.columns.enumerated() {
          let (right, left) = (column.distance, one - column.distance)
          let (a, b) = unsafe (blended + Int(column.lower) * channels, blended + Int(column.upper) * channels)
          let results = unsafe target + x * channels
          if isNearest {
            for channel in 0..<channels {
              let sum = unsafe a[channel] &* left &+ b[channel] &* right
              let mean = (sum &+ half &+ ((sum >> 31) & mask)) >> bits
              unsafe results[channel] = UInt8(truncatingIfNeeded: mean &+ output.bias)
            }
          } else {
            for channel in 0..<channels {
              let sum = unsafe Int64(a[channel]) * Int64(left) + Int64(b[channel]) * Int64(right)
              unsafe results[channel] = UInt8(
                truncatingIfNeeded: Int32(shiftRight(sum, by: 2 * fraction, rounding)) &+ output.bias)
            }
          }
        }
      }
    }
  }
}

/// RESIZE_BILINEAR of elements that are no bytes.
struct BilinearElements: PreparedStep {
  let definition: BilinearKernel
  let shape: Shape
  let input: Layout
  let output: Layout

  var kernel: String { "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let elements = Elements(layout: input).read(arena)
    var results: [Int32] = []
    results.reserveCapacity(Elements(layout: output).count)
    let (row, pixel) = (shape[2] * shape[3], shape[3])
    for image in 0..<shape[0] {
      for vertical in definition.rows {
        let upper = (image * shape[1] + Int(vertical.lower)) * row
        let lower = (image * shape[1] + Int(vertical.upper)) * row
        for horizontal in definition.columns {
          for channel in 0..<pixel {
            let (left, right) = (Int(horizontal.lower) * pixel + channel, Int(horizontal.upper) * pixel + channel)
            results.append(
              mean(
                (elements[upper + left], elements[lower + left], elements[upper + right], elements[lower + right]),
                vertical.distance, horizontal.distance))
          }
        }
      }
    }
    Elements(layout: output).write(results, arena)
  }

  private func mean(_ corners: (Int32, Int32, Int32, Int32), _ down: Int32, _ right: Int32) -> Int32 {
    switch definition.arithmetic {
    case .fixedPoint(let fraction, let rounding):
      let one = Int32(1) << Int32(fraction)
      let left = Int64(corners.0) * Int64(one - down) + Int64(corners.1) * Int64(down)
      let far = Int64(corners.2) * Int64(one - down) + Int64(corners.3) * Int64(down)
      return Int32(shiftRight(left * Int64(one - right) + far * Int64(right), by: 2 * fraction, rounding))
    case .float32:
      let (down, right) = (Float(bits: down), Float(bits: right))
      let (up, left) = (1 - down, 1 - right)
      let sum =
        Float(corners.0) * up * left + Float(corners.1) * down * left + Float(corners.2) * up * right + Float(corners.3)
        * down * right
      return Int32(sum + 0.5)
    }
  }
}
