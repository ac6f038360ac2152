internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A program made ready: layouts, an arena, prepared steps.
struct Plan: Sendable {
  /// Where each value lies; values that no step touches have no place.
  private(set) var layouts: [Int: Layout] = [:]
  /// The steps, in order.
  private(set) var steps: [any PreparedStep] = []
  /// For each step the index of the program's step that it belongs to, or −1.
  private(set) var indices: [Int] = []
  /// The bytes of an arena.
  private(set) var arenaBytes = 0
  /// Bytes that tables of sums may still take, however many steps there are.
  private var tableRoom = 1 << 24
  /// Values that lie within what padding makes of them, by the step that makes them.
  private var paddings: [Int: PaddingInPlace] = [:]
  /// Steps with the same parameters share their tables.
  private var softmaxTerms: [TFLiteSoftmax: SoftmaxRows.Terms] = [:]

  /// Makes a program ready for a set of kernels.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - kernels: The kernels to use.
  ///   - keepsAll: Whether every value keeps a place of its own, for traces.
  init(_ program: Program, kernels: KernelSet, keepsAll: Bool) {
    placeValues(program, keepsAll: keepsAll)
    let readers = Plan.readers(program)
    for value in program.inputs { appendMargin(value, readers, -1) }
    for value in program.values.indices {
      guard let elements = program.values[value].constant, let layout = layouts[value] else { continue }
      appendMargin(value, readers, -1)
      append(ConstantFill(layout: layout, elements: elements), -1)
    }
    for (index, step) in program.steps.enumerated() {
      appendMargin(step.output, readers, index)
      if let padding = paddings[index], let layout = layouts[padding.input] {
        append(MarginFill(layout: layout, value: UInt8(truncatingIfNeeded: padding.value + layout.bias)), index)
      }
      append(prepared(step, program, kernels), index)
    }
  }

  private mutating func append(_ step: any PreparedStep, _ index: Int) {
    steps.append(step)
    indices.append(index)
  }

  /// Chooses layouts, then offsets such that values that live at the same time do not overlap.
  private mutating func placeValues(_ program: Program, keepsAll: Bool) {
    var births: [Int: Int] = [:]
    var deaths: [Int: Int] = [:]
    let end = program.steps.count
    for input in program.inputs { (births[input], deaths[input]) = (-1, keepsAll ? end : 0) }
    for (index, step) in program.steps.enumerated() {
      for input in step.inputs {
        if program.values[input].constant != nil {
          if step.readsConstantsItself { continue }
          births[input] = -1
        }
        deaths[input] = keepsAll ? end : index
      }
      (births[step.output], deaths[step.output]) = (index, keepsAll ? end : index)
    }
    for output in program.outputs where births[output] != nil { deaths[output] = end }
    for value in births.keys { layouts[value] = Layout(program.values[value]) }
    Plan.beginAtClamps(&layouts, program)
    for step in program.steps {
      if case .convolution(let kernel) = step.kernel, kernel.spread == [1, 1],
        layouts[step.inputs[0]]?.elementBytes == 1,
        program.values[step.inputs[0]].shape.rank == 4
      {
        layouts[step.inputs[0]]?.reserve(kernel.window, output: kernel.output)
      }
    }
    let inPlace = PaddingInPlace.find(program, layouts)
    for padding in inPlace {
      paddings[padding.producer] = padding
      births[padding.output] = births.removeValue(forKey: padding.input)
    }
    for (value, start, size) in places(births, deaths, sharing: !keepsAll) {
      layouts[value]?.offset = start
      arenaBytes = max(arenaBytes, start + size)
    }
    for padding in inPlace {
      guard let inner = layouts[padding.input], let outer = layouts[padding.output] else { continue }
      layouts[padding.input] = padding.layout(inner, in: outer)
    }
    arenaBytes += 256
  }

  /// A start and a size in bytes for each value: the first gap that is free as long as the value lives.
  ///
  /// Values are visited by birth, so only those that live at that moment are looked at. Without sharing each value has a
  /// place of its own.
  private func places(
    _ births: [Int: Int], _ deaths: [Int: Int], sharing: Bool
  ) -> [(value: Int, start: Int, size: Int)] {
    var result: [(value: Int, start: Int, size: Int)] = []
    var living: [(start: Int, end: Int, death: Int)] = []
    for (value, birth) in births.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      guard let death = deaths[value], let bytes = layouts[value]?.byteCount else { continue }
      // Kernels may read up to a vector past a value's end.
      let size = (bytes + 127) / 64 * 64
      if !sharing {
        result.append((value, result.last.map { $0.start + $0.size } ?? 0, size))
        continue
      }
      living.removeAll { $0.death < birth }
      var start = 0
      var position = 0
      while position < living.count && start + size > living[position].start {
        start = max(start, living[position].end)
        position += 1
      }
      living.insert((start, start + size, death), at: position)
      result.append((value, start, size))
    }
    return result
  }

  /// For each value the first convolution that reads it through a window; all of them subtract the same zero point.
  private static func readers(_ program: Program) -> [Int: ConvolutionKernel] {
    var result: [Int: ConvolutionKernel] = [:]
    for step in program.steps {
      if case .convolution(let kernel) = step.kernel, kernel.spread == [1, 1], result[step.inputs[0]] == nil {
        result[step.inputs[0]] = kernel
      }
    }
    return result
  }

  private mutating func appendMargin(_ value: Int, _ readers: [Int: ConvolutionKernel], _ index: Int) {
    guard let layout = layouts[value], !layout.isDense, let kernel = readers[value] else { return }
    append(MarginFill(layout: layout, value: UInt8(clamping: kernel.inputZeroPoint + layout.bias)), index)
  }

  /// A place of its own for a dense copy of a value.
  private mutating func scratch(_ layout: Layout) -> Layout {
    let copy = layout.dense(at: (arenaBytes + 63) / 64 * 64)
    arenaBytes = copy.offset + copy.byteCount + 256
    return copy
  }

  private mutating func prepared(_ step: Step, _ program: Program, _ kernels: KernelSet) -> any PreparedStep {
    let shapes = step.inputs.map { program.values[$0].shape }
    let shape = program.values[step.output].shape
    let constants = step.inputs.map { program.values[$0].constant }
    let inputs = step.inputs.map { layouts[$0] ?? Layout(program.values[$0]) }
    let output = layouts[step.output] ?? Layout(program.values[step.output])
    switch step.kernel {
    case .convolution(let kernel) where inputs[0].elementBytes > 1:
      let windows = WordWindows(kernel, input: inputs[0], output: output)
      if let step = WordDepthwise(windows) { return step }
      return WordConvolution(windows) ?? CheckedWordConvolution(windows: windows, step: step)
    case .convolution(let kernel) where kernel.spread != [1, 1]:
      return spread(kernel, step, inputs[0], output, kernels)
    case .convolution(let kernel):
      let source = inputs[0].needsCopy(for: kernel.input) ? scratch(inputs[0]) : nil
      let target = output.needsCopy(for: kernel.output) ? scratch(output) : nil
      let plan = ConvolutionPlan(kernel, step, input: source ?? inputs[0], output: target ?? output)
      if source == nil && target == nil { return convolution(plan, kernels) }
      return Regrouped(
        before: source.map { Copying(input: inputs[0], output: $0) }, step: convolution(plan, kernels),
        after: target.map { Copying(input: $0, output: output) })
    case .add(let kernel) where inputs.contains { $0.elementBytes > 1 }:
      return WordAddition(kernel, step, values: program.values, inputs: inputs, output: output)
    case .add(let kernel) where output.elementBytes > 1:
      return TableAddition(kernel, step, values: program.values, inputs: inputs, output: output)
    case .add(let kernel):
      if let row = KernelTable.row(kernels),
        let addition = VectorAddition(kernel, step, values: program.values, inputs: inputs, output: output, row)
      {
        return addition
      }
      if let step = PortableAddition(kernel, step, values: program.values, inputs: inputs, output: output) {
        return step
      }
      if let step = PairTable(kernel, step, values: program.values, inputs: inputs, output: output) { return step }
      return TableAddition(kernel, step, values: program.values, inputs: inputs, output: output)
    case .averagePool(let kernel) where inputs[0].elementBytes > 1:
      return WordPooling(.average(kernel), input: inputs[0], output: output)
    case .maxPool(let kernel) where inputs[0].elementBytes > 1:
      return WordPooling(.largest(kernel), input: inputs[0], output: output)
    case .averagePool(let kernel): return AveragePooling(kernel, input: inputs[0], output: output, &tableRoom)
    case .maxPool(let kernel): return MaxPooling(kernel, input: inputs[0], output: output)
    case .mean(let kernel):
      return MeanOfRuns(kernel, shape: shapes[0], input: inputs[0], output: output, &tableRoom)
        ?? MeanReduction(definition: kernel, shape: shapes[0], input: inputs[0], output: output)
    case .rescale(let kernel) where inputs[0].elementBytes > 1:
      return WordRescaling(kernel, input: inputs[0], output: output)
    case .rescale(let kernel): return rescaling(kernel, inputs[0], output)
    case .table(let kernel): return table(kernel.first, kernel.entries, inputs[0], output)
    case .copy: return Copying(input: inputs[0], output: output)
    case .pad where paddings.values.contains { $0.output == step.output }: return AlreadyDone()
    case .pad(let kernel):
      return Padding(kernel, shape: shapes[0], outputShape: shape, input: inputs[0], output: output)
    case .concatenation(let kernel):
      return Joining(kernel, shapes: shapes, outputShape: shape, constants: constants, inputs: inputs, output: output)
        ?? JoiningElements(definition: kernel, shapes: shapes, constants: constants, inputs: inputs, output: output)
    case .softmax(let kernel):
      let terms = softmaxTerms[kernel.parameters] ?? SoftmaxRows.Terms(kernel.parameters)
      softmaxTerms[kernel.parameters] = terms
      return SoftmaxRows(kernel, terms, depth: shapes[0].extents.last ?? 1, input: inputs[0], output: output)
    case .softmax16(let kernel):
      return WordSoftmax(
        parameters: kernel.parameters, depth: shapes[0].extents.last ?? 1, input: inputs[0], output: output)
    case .floatSoftmax(let kernel):
      return FloatSoftmaxRows(kernel, depth: shapes[0].extents.last ?? 1, input: inputs[0], output: output)
    case .quantizeFloat(let kernel): return FloatQuantization(definition: kernel, input: inputs[0], output: output)
    case .binary(let kernel):
      return PairTable(step, values: program.values, inputs: inputs, output: output, kernel.result)
        ?? PairwiseElements(step: step, values: program.values, inputs: inputs, output: output) {
          Int32(kernel.result(Int64($0), Int64($1)))
        }
    case .hostBinary(let kernel):
      return PairwiseElements(
        step: step, values: program.values, inputs: inputs, output: output, result: kernel.result)
    case .hostUnary(let kernel): return HostFunction(definition: kernel, input: inputs[0], output: output)
    case .view(let kernel):
      return dense(inputs, output) { Viewing(kernel, input: $0[0], output: $1) }
    case .lookup(let kernel):
      return dense(inputs, output) {
        LookingUp(definition: kernel, step: step, input: $0[0], positions: $0[1], output: $1)
      }
    case .argMax(let kernel):
      return dense(inputs, output) { ExtremePosition(kernel, shape: shapes[0], input: $0[0], output: $1) }
    case .l2Normalization(let kernel):
      return RowNormalization(
        definition: kernel, depth: shapes[0].extents.last ?? 1, input: inputs[0], output: output)
    case .matrixProduct(let kernel): return MatrixProducts(kernel, step, inputs: inputs, output: output)
    case .svdf(let kernel): return SVDFStep(definition: kernel, input: inputs[0], output: output)
    case .sequenceLSTM(let kernel): return SequenceLSTMStep(kernel, input: inputs[0], output: output)
    case .bilinear(let kernel):
      return Bilinear(kernel, input: inputs[0], output: output)
        ?? BilinearElements(definition: kernel, shape: shapes[0], input: inputs[0], output: output)
    }
  }

  /// A convolution of a copy whose elements are spread out.
  private mutating func spread(
    _ kernel: ConvolutionKernel, _ step: Step, _ input: Layout, _ output: Layout, _ kernels: KernelSet
  ) -> any PreparedStep {
    var wide = kernel
    wide.spread = [1, 1]
    wide.input.extents[1] = (kernel.input[1] - 1) * kernel.spread[0] + 1
    wide.input.extents[2] = (kernel.input[2] - 1) * kernel.spread[1] + 1
    var copy = input.dense(at: (arenaBytes + 63) / 64 * 64)
    (copy.height, copy.width) = (wide.input[1], wide.input[2])
    copy.reserve(wide.window, output: wide.output)
    arenaBytes = copy.offset + copy.byteCount + 256
    let zero = UInt8(clamping: kernel.inputZeroPoint + copy.bias)
    let target = output.needsCopy(for: kernel.output) ? scratch(output) : nil
    let plan = ConvolutionPlan(wide, step, input: copy, output: target ?? output)
    return Regrouped(
      before: Spreading(rows: kernel.spread[0], columns: kernel.spread[1], value: zero, input: input, output: copy),
      step: convolution(plan, kernels), after: target.map { Copying(input: $0, output: output) })
  }

  /// A step on values without margins, with copies of those that have some.
  private mutating func dense(
    _ inputs: [Layout], _ output: Layout, _ make: ([Layout], Layout) -> any PreparedStep
  ) -> any PreparedStep {
    let source = inputs[0].isDense ? nil : scratch(inputs[0])
    let target = output.isDense ? nil : scratch(output)
    let step = make([source ?? inputs[0]] + inputs.dropFirst(), target ?? output)
    if source == nil && target == nil { return step }
    return Regrouped(
      before: source.map { Copying(input: inputs[0], output: $0) }, step: step,
      after: target.map { Copying(input: $0, output: output) })
  }

  /// The fastest way that is exact for a convolution.
  private func convolution(_ plan: ConvolutionPlan, _ kernels: KernelSet) -> any PreparedStep {
    if plan.output.elementBytes > 1 { return WideConvolution(plan) }
    guard plan.sumsAreExact else {
      if let step = ShortDepthwise(plan) { return step }
      if let step = ShortConvolution(plan) { return step }
      if let step = NarrowDepthwise(plan) { return step }
      return NarrowConvolution(plan) ?? CheckedConvolution(plan: plan)
    }
    if let row = KernelTable.row(kernels) {
      if let step = VectorDepthwise(plan, row) { return step }
      if let step = VectorConvolution(plan, row) { return step }
    }
    return PortableDepthwise(plan) ?? PortableConvolution(plan)
  }

  /// A function of one 8-bit integer is a table.
  private func rescaling(_ kernel: RescaleKernel, _ input: Layout, _ output: Layout) -> any PreparedStep {
    let stage = kernel.outputStage
    if input.byteCount < 256 { return FewElements(definition: kernel, input: input, output: output) }
    let first = -input.bias
    let entries = (0..<256).map { byte -> Int32 in
      let x = Int64(byte) + Int64(first) - kernel.inputZeroPoint
      return Int32(stage.finish(stage.requantization(0).apply(x)))
    }
    return table(first, entries, input, output)
  }

  private func table(_ first: Int32, _ entries: [Int32], _ input: Layout, _ output: Layout) -> any PreparedStep {
    ByteTable(first: first, entries: entries, input: input, output: output)
      ?? ElementTable(input: input, output: output, first: first, entries: entries)
  }
}
