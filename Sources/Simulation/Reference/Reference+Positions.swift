internal import FixedPoint
internal import NetworkModel

extension Reference {
  /// The input's elements in the order of a walk.
  static func view(_ kernel: ViewKernel, _ input: [Int32]) -> [Int32] {
    let count = kernel.offsets.reduce(1) { $0 * $1.count }
    var index = [Int](repeating: 0, count: kernel.offsets.count)
    var result: [Int32] = []
    result.reserveCapacity(count)
    for _ in 0..<count {
      var place = 0
      for axis in index.indices { place += Int(kernel.offsets[axis][index[axis]]) }
      result.append(input[place])
      for axis in index.indices.reversed() {
        index[axis] += 1
        if index[axis] < kernel.offsets[axis].count { break }
        index[axis] = 0
      }
    }
    return result
  }

  /// The slices at computed positions.
  static func lookup(
    _ kernel: LookupKernel, _ input: [Int32], _ positions: [Int32], _ step: Step
  ) throws(SimulationError) -> [Int32] {
    let depth = kernel.extents.count
    var starts: [Int] = []
    for tuple in stride(from: 0, to: positions.count, by: depth) {
      var start = 0
      for place in 0..<depth {
        let position = Int(positions[tuple + place])
        guard (0..<kernel.extents[place]).contains(position) else {
          throw .position(node: step.node, name: step.name, position: position, extent: kernel.extents[place])
        }
        start += position * kernel.strides[place]
      }
      starts.append(start)
    }
    var result: [Int32] = []
    let count = starts.count / kernel.batches
    for batch in 0..<kernel.batches {
      for block in 0..<kernel.blocks {
        for start in starts[batch * count..<(batch + 1) * count] {
          let from = (batch * kernel.blocks + block) * kernel.blockStride + start
          result += input[from..<from + kernel.slice]
        }
      }
    }
    return result
  }

  /// The first position of the extreme element along an axis.
  static func argMax(_ kernel: ArgMaxKernel, _ input: [Int32], _ shape: Shape) -> [Int32] {
    let extent = shape[kernel.axis]
    let inner = shape.extents[(kernel.axis + 1)...].reduce(1, *)
    var result: [Int32] = []
    for start in stride(from: 0, to: input.count, by: extent * inner) {
      for element in 0..<inner {
        var best = 0
        for position in 1..<max(extent, 1) {
          let (x, y) = (input[start + position * inner + element], input[start + best * inner + element])
          if kernel.findsMinimum ? x < y : x > y { best = position }
        }
        result.append(Int32(best))
      }
    }
    return result
  }

  /// A weighted mean of four elements.
  static func bilinear(_ kernel: BilinearKernel, _ input: [Int32], _ shape: Shape, _ output: Shape) -> [Int32] {
    let (height, width, channels) = (shape[1], shape[2], shape[3])
    var result: [Int32] = []
    result.reserveCapacity(output.count)
    for image in 0..<shape[0] {
      for row in kernel.rows {
        for column in kernel.columns {
          for channel in 0..<channels {
            func element(_ y: Int32, _ x: Int32) -> Int32 {
              input[((image * height + Int(y)) * width + Int(x)) * channels + channel]
            }
            let corners = [
              element(row.lower, column.lower), element(row.upper, column.lower), element(row.lower, column.upper),
              element(row.upper, column.upper),
            ]
            result.append(kernel.mean(corners, row.distance, column.distance))
          }
        }
      }
    }
    return result
  }
}

extension BilinearKernel {
  /// The mean of the upper left, lower left, upper right and lower right element.
  fileprivate func mean(_ corners: [Int32], _ down: Int32, _ right: Int32) -> Int32 {
    switch arithmetic {
    case .fixedPoint(let fraction, let rounding):
      let one = Int64(1) << Int64(fraction)
      let (down, right) = (Int64(down), Int64(right))
      let (up, left) = (one - down, one - right)
      let weights = [up * left, down * left, up * right, down * right]
      let sum = zip(corners, weights).reduce(Int64(0)) { $0 + Int64($1.0) * $1.1 }
      return Int32(shiftRight(sum, by: 2 * fraction, rounding))
    case .float32:
      let (down, right) = (Float(bitPattern: UInt32(bitPattern: down)), Float(bitPattern: UInt32(bitPattern: right)))
      let (up, left) = (1 - down, 1 - right)
      var sum = Float(corners[0]) * up * left
      sum += Float(corners[1]) * down * left
      sum += Float(corners[2]) * up * right
      sum += Float(corners[3]) * down * right
      return Int32(sum + 0.5)
    }
  }
}
