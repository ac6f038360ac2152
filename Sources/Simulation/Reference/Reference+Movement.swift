internal import NetworkModel

extension Reference {
  /// The input with a value around it.
  static func pad(_ kernel: PadKernel, _ input: [Int32], _ shape: Shape, _ output: Shape) -> [Int32] {
    var result = [Int32](repeating: kernel.value, count: output.count)
    var index = [Int](repeating: 0, count: shape.rank)
    for x in input {
      var position = 0
      for axis in index.indices { position = position * output[axis] + index[axis] + kernel.before[axis] }
      result[position] = x
      for axis in index.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
    return result
  }

  /// The inputs one after another along an axis, rescaled where the kernel says so, clamped.
  static func concatenation(_ kernel: ConcatenationKernel, _ operands: [[Int32]], _ shapes: [Shape]) -> [Int32] {
    let sources = zip(operands, kernel.tables).map { operand, rescaling in
      (rescaling.map { table($0, operand) } ?? operand).map {
        Int32(min(max(Int64($0), kernel.low), kernel.high))
      }
    }
    let outer = shapes[0].extents[..<kernel.axis].reduce(1, *)
    var result: [Int32] = []
    for block in 0..<outer {
      for source in sources {
        let length = source.count / outer
        result += source[block * length..<(block + 1) * length]
      }
    }
    return result
  }
}
