internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Steps that add.
extension Recomputation {
  /// The products of a window in the machine's order, the bias where the machine adds it, checks where it checks.
  func convolution(_ kernel: ConvolutionKernel, _ position: Int) -> Int64 {
    let at = coordinates(position, in: kernel.output)
    let channel = at[3]
    let (rows, columns) = (kernel.window.rows, kernel.window.columns)
    let depth = kernel.input[3] / kernel.groups
    let group = channel / (kernel.output[3] / kernel.groups)
    var products: [Int128] = []
    for tap in 0..<rows.size * columns.size * depth {
      let (u, v, c): (Int, Int, Int) =
        switch kernel.order {
        case .heightWidthChannel: (tap / (columns.size * depth), tap / depth % columns.size, tap % depth)
        case .channelHeightWidth: (tap / columns.size % rows.size, tap % columns.size, tap / (rows.size * columns.size))
        }
      let y = at[1] * rows.stride + u * rows.dilation - kernel.window.padTop
      let x = at[2] * columns.stride + v * columns.dilation - kernel.window.padLeft
      guard let own = [y, x].unspread(kernel.spread, in: [kernel.input[1], kernel.input[2]]) else {
        products.append(0)
        continue
      }
      let stored = operands[0][self.position([at[0], own[0], own[1], group * depth + c], in: kernel.input)]
      let weight = kernel.weights[channel * (kernel.weights.count / kernel.output[3]) + tap]
      products.append((Int128(stored) - Int128(kernel.inputZeroPoint)) * Int128(weight))
    }
    let sum = register(terms(products, bias: Int128(kernel.bias[channel]), kernel.accumulator), kernel.accumulator)
    return finish(sum, kernel.outputStage, channel: channel)
  }

  /// What the register adds at once, one entry for each check.
  private func terms(_ products: [Int128], bias: Int128, _ rule: AccumulatorRule) -> [Int128] {
    guard let group = rule.productsPerCheck else { return [products.reduce(bias, +)] }
    let sums = stride(from: 0, to: products.count, by: group).map { start in
      products[start..<min(start + group, products.count)].reduce(0, +)
    }
    return rule.startsFromBias ? [bias] + sums : sums + [bias]
  }

  func add(_ kernel: AddKernel, _ position: Int) -> Int64 {
    let at = coordinates(position, in: output)
    let aligned = zip(kernel.operands.indices, kernel.operands).map { number, operand in
      let shape = shapes[number]
      // An axis of extent 1, or one that the operand lacks, is repeated.
      let own = zip(at.suffix(shape.rank), shape.extents).map { $1 == 1 ? 0 : $0 }
      let stored = operands[number][self.position(own, in: shape)]
      return SecondArithmetic.requantize(Int128(stored) - Int128(operand.zeroPoint), operand.alignment)
    }
    let terms = kernel.accumulator.productsPerCheck == 1 ? aligned : [aligned.reduce(0, +)]
    return finish(register(terms, kernel.accumulator), kernel.outputStage, channel: 0)
  }

  func mean(_ kernel: MeanKernel, _ position: Int) -> Int64 {
    let input = shapes[0]
    let kept = input.extents.indices.filter { !kernel.axes.contains($0) }
    // Whether or not reduced axes stay, only kept axes have more than one index.
    let wanted = coordinates(position, in: Shape(kept.map { input[$0] }))
    var sum: Int128 = 0
    var reduced = [Int](repeating: 0, count: kernel.axes.count)
    while true {
      var at = [Int](repeating: 0, count: input.rank)
      for (axis, index) in zip(kept, wanted) { at[axis] = index }
      for (axis, index) in zip(kernel.axes, reduced) { at[axis] = index }
      sum += Int128(operands[0][self.position(at, in: input)]) - Int128(kernel.inputZeroPoint)
      guard let next = reduced.indices.last(where: { reduced[$0] + 1 < input[kernel.axes[$0]] }) else { break }
      reduced[next] += 1
      for later in reduced.indices where later > next { reduced[later] = 0 }
    }
    return finish(sum, kernel.outputStage, channel: 0)
  }

  func averagePool(_ kernel: AveragePoolKernel, _ position: Int) -> Int64 {
    let window = windowElements(kernel.window, position)
    let sum = window.reduce(Int128(0)) { $0 + Int128($1) }
    let count = Int128(window.count)
    var stage = kernel.outputStage
    switch kernel.division {
    case .divide(let rule):
      stage.requantizations = [.identity]
      return finish(SecondArithmetic.quotient(sum, count, rule), stage, channel: 0)
    case .reciprocals(let reciprocals):
      stage.requantizations = [reciprocals[window.count - 1]]
      return finish(sum - count * Int128(kernel.inputZeroPoint), stage, channel: 0)
    }
  }

  /// The elements of a pooling window that lie inside of the image, in any order.
  func windowElements(_ window: WindowGeometry, _ position: Int) -> [Int64] {
    let at = coordinates(position, in: output)
    let input = shapes[0]
    var elements: [Int64] = []
    for u in 0..<window.rows.size {
      for v in 0..<window.columns.size {
        let y = at[1] * window.rows.stride + u - window.padTop
        let x = at[2] * window.columns.stride + v - window.padLeft
        if y >= 0 && y < input[1] && x >= 0 && x < input[2] {
          elements.append(Int64(operands[0][self.position([at[0], y, x, at[3]], in: input)]))
        }
      }
    }
    return elements
  }
}

extension [Int] {
  /// The positions among the elements of positions among spread elements; `nil` for one that is none.
  fileprivate func unspread(_ spread: [Int], in extents: [Int]) -> [Int]? {
    let own = zip(self, spread).map { position, distance in
      position >= 0 && position.isMultiple(of: distance) ? position / distance : -1
    }
    return zip(own, extents).allSatisfy { (0..<$1).contains($0) } ? own : nil
  }
}
