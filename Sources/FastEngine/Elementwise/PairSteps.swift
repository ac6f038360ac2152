internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Two bytes make one, through a table of all pairs: whatever a step does with quantized operands of 8 bits.
struct PairTable: PreparedStep {
  private let rows: RowWalk
  /// For each operand the bytes of a constant, which are not in the arena.
  private let constants: [Table<UInt8>?]
  /// The result for first operand · 256 + second operand.
  private let table: Table<UInt8>

  var kernel: String { "table" }

  /// Prepares a step; `nil` where elements are no bytes, or where there are too few to make a table for.
  init?(_ step: Step, values: [Value], inputs: [Layout], output: Layout, _ result: (Int64, Int64) -> Int64) {
    guard output.elementBytes == 1, inputs.allSatisfy({ $0.elementBytes == 1 }), output.byteCount >= 1 << 10 else {
      return nil
    }
    let target = values[step.output].shape
    let constants = step.constantBytes(values, inputs)
    self.constants = constants
    let places = step.inputs.indices.map { number in
      inputs[number].operand(values[step.inputs[number]].shape, isConstant: constants[number] != nil, to: target)
    }
    rows = RowWalk(target.extents, places[0], places[1], to: output.strides(target))
    let used = inputs.map { Int64($0.bias) }
    // Only pairs that can occur: a constant has few values.
    let reached = (0..<2).map { number -> [Bool] in
      guard let constant = constants[number] else { return [Bool](repeating: true, count: 256) }
      var seen = [Bool](repeating: false, count: 256)
      for index in 0..<constant.count { seen[Int(constant[index])] = true }
      return seen
    }
    var entries = [UInt8](repeating: 0, count: 1 << 16)
    for a in 0..<256 where reached[0][a] {
      for b in 0..<256 where reached[1][b] {
        let stored = result(Int64(a) - used[0], Int64(b) - used[1])
        entries[a << 8 | b] = UInt8(truncatingIfNeeded: stored + Int64(output.bias))
      }
    }
    table = Table(entries, zero: 0)
  }

  /// ADD and SUB; `nil` where the register may overflow, which a table cannot count.
  init?(_ kernel: AddKernel, _ step: Step, values: [Value], inputs: [Layout], output: Layout) {
    guard inputs.allSatisfy({ $0.elementBytes == 1 }) else { return nil }
    let aligned = zip(kernel.operands, inputs).map { operand, layout in
      (0..<256).map { operand.alignment.apply(Int64($0) - Int64(layout.bias) - operand.zeroPoint) }
    }
    let reach = aligned.reduce(Int128(0)) { $0 + ($1.map { Int128($0.magnitude) }.max() ?? 0) }
    guard reach <= kernel.accumulator.format.maximum else { return nil }
    let (stage, biases) = (kernel.outputStage, inputs.map { Int64($0.bias) })
    self.init(step, values: values, inputs: inputs, output: output) { first, second in
      let sum = aligned[0][Int(first + biases[0])] + aligned[1][Int(second + biases[1])]
      return stage.finish(stage.requantization(0).apply(sum))
    }
  }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    let a = unsafe constants[0]?.pointer ?? UnsafePointer(arena.pointer(0))
    let b = unsafe constants[1]?.pointer ?? UnsafePointer(arena.pointer(0))
    let entries = unsafe table.pointer
    let (count, steps) = (rows.count, rows.steps)
    rows.forEach { first, second, target in
      let results = unsafe arena.pointer(target)
      if steps.x == 0 {
        // One element of the first operand stands for a row: a table of 256 entries.
        let part = unsafe entries + Int(a[first]) << 8
        for index in 0..<count { unsafe results[index * steps.z] = part[Int(b[second + index * steps.y])] }
      } else {
        for index in 0..<count {
          let pair = unsafe Int(a[first + index * steps.x]) << 8 | Int(b[second + index * steps.y])
          unsafe results[index * steps.z] = entries[pair]
        }
      }
    }
  }
}

/// Two elements make one, each pair by itself: for few elements, and for those that are no bytes.
struct PairwiseElements: PreparedStep {
  let step: Step
  let values: [Value]
  let inputs: [Layout]
  let output: Layout
  /// The result for two stored integers or float bit patterns; `nil` for a division by zero.
  let result: @Sendable (Int32, Int32) -> Int32?

  var kernel: String { step.placement == .host ? "host" : "portable" }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    let shape = values[step.output].shape
    let sources = zip(step.inputs, inputs).map { values[$0].constant ?? Elements(layout: $1).read(arena) }
    let steps = step.inputs.map { input in
      Strides(start: 0, steps: Layout.packed(values[input].shape, 1)).broadcast(from: values[input].shape, to: shape)
    }
    let packed = Strides(start: 0, steps: Layout.packed(shape, 1))
    let rows = RowWalk(shape.extents, steps[0], steps[1], to: packed)
    var results = [Int32](repeating: 0, count: shape.count)
    var divides = true
    rows.forEach { first, second, target in
      for index in 0..<rows.count {
        let value = result(sources[0][first + index * rows.steps.x], sources[1][second + index * rows.steps.y])
        results[target + index * rows.steps.z] = value ?? 0
        if value == nil { divides = false }
      }
    }
    guard divides else { throw .divisionByZero(node: step.node, name: step.name) }
    Elements(layout: output).write(results, arena)
  }
}

extension Step {
  /// For each operand of 8 bits the bytes of a constant, which are not in the arena.
  func constantBytes(_ values: [Value], _ inputs: [Layout]) -> [Table<UInt8>?] {
    zip(self.inputs, inputs).map { index, layout in
      values[index].constant.map { Table($0.map { UInt8(truncatingIfNeeded: $0 + layout.bias) }, zero: 0) }
    }
  }
}

extension Layout {
  /// Where the elements of an operand lie that is broadcast to a shape.
  func operand(_ shape: Shape, isConstant: Bool, to output: Shape) -> Strides {
    let own = isConstant ? Strides(start: 0, steps: Layout.packed(shape, 1)) : strides(shape)
    return own.broadcast(from: shape, to: output)
  }
}

extension BinaryKernel {
  /// What the step makes of two stored integers.
  func result(_ first: Int64, _ second: Int64) -> Int64 {
    let (a, b) = (first - zeroPoints[0], second - zeroPoints[1])
    switch function {
    case .multiply: return finish(a * b, 0)
    case .slope: return a < 0 ? finish(a * b, 1) : finish(a, 0)
    case .maximum: return finish(a > b ? a : b, 0)
    case .minimum: return finish(a < b ? a : b, 0)
    }
  }

  private func finish(_ value: Int64, _ way: Int) -> Int64 {
    outputStage.finish(outputStage.requantization(way).apply(value))
  }
}

extension HostBinaryKernel {
  /// What the step makes of two elements; `nil` for a division by zero.
  func result(_ first: Int32, _ second: Int32) -> Int32? {
    if isFloat { return floats(Float(bits: first), Float(bits: second)) }
    let value: Int32
    switch function {
    case .add: value = first &+ second
    case .subtract: value = first &- second
    case .multiply: value = first &* second
    case .divide, .floorDivide:
      if second == 0 { return nil }
      // The one quotient that 32 bits cannot hold saturates when truncated, and wraps when floored.
      let (quotient, overflow) = first.dividedReportingOverflow(by: second)
      let (rest, _) = first.remainderReportingOverflow(dividingBy: second)
      if overflow && function == .divide { return min(max(.max, low), high) }
      value = function == .floorDivide && rest != 0 && (rest ^ second) < 0 ? quotient - 1 : quotient
    case .maximum: value = first > second ? first : second
    case .minimum: value = first < second ? first : second
    }
    return value < low ? low : value > high ? high : value
  }

  private func floats(_ a: Float, _ b: Float) -> Int32 {
    var value: Float
    switch function {
    case .add: value = a + b
    case .subtract: value = a - b
    case .multiply: value = a * b
    case .divide: value = a / b
    case .floorDivide: value = (a / b).rounded(.down)
    case .maximum: value = a > b ? a : b
    case .minimum: value = a < b ? a : b
    }
    if value < Float(bits: low) { value = Float(bits: low) }
    if value > Float(bits: high) { value = Float(bits: high) }
    return Int32(bitPattern: value.bitPattern)
  }
}

extension Float {
  /// The number with a bit pattern.
  init(bits: Int32) { self.init(bitPattern: UInt32(bitPattern: bits)) }
}

/// A function of the host on each element.
struct HostFunction: PreparedStep {
  let definition: HostUnaryKernel
  let input: Layout
  let output: Layout

  var kernel: String { "host" }

  func run(_ arena: Arena, _ events: inout StepEvents) {
    switch definition.function {
    case .squareRoot:
      input.forEachElement(with: output, arena) { Int32(bitPattern: Float(bits: $0).squareRoot().bitPattern) }
    case .integerToFloat: input.forEachElement(with: output, arena) { Int32(bitPattern: Float($0).bitPattern) }
    case .floatToInteger:
      let bits = definition.format?.bits ?? 32
      let low: Int32 = definition.format?.isSigned == false ? 0 : .min >> Int32(32 - bits)
      let high: Int32 = low == 0 ? Int32(1) << Int32(bits) - 1 : ~low
      input.forEachElement(with: output, arena) { x in
        // Comparisons with NaN fail, which leaves it the largest integer.
        let real = Float(bits: x)
        return real < Float(low) ? low : real < Float(high) ? Int32(real) : high
      }
    case .integerToInteger: input.forEachElement(with: output, arena) { cut($0) }
    }
  }

  @inline(__always)
  private func cut(_ x: Int32) -> Int32 {
    guard let format = definition.format, format.bits < 32 else { return x }
    let drop = Int32(32 - format.bits)
    return format.isSigned ? (x << drop) >> drop : Int32(bitPattern: UInt32(bitPattern: x << drop) >> UInt32(drop))
  }
}
