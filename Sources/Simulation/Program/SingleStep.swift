internal import FixedPoint
internal import NetworkModel

extension Program {
  /// A step by itself, as a program whose inputs are the activations that the step reads, each once and in order.
  ///
  /// - Parameter index: Which of ``steps``.
  /// - Returns: A program with that step alone; values keep their indices.
  package func alone(_ index: Int) -> Program { alone(index, known: Set(steps[index].inputs)) }

  /// A step by itself, together with the padding before it where nothing else says what the padded value holds.
  ///
  /// - Parameters:
  ///   - index: Which of ``steps``.
  ///   - known: The values whose elements are at hand.
  /// - Returns: A program with that step, and before it each padding whose output is not known.
  package func alone(_ index: Int, known: Set<Int>) -> Program {
    var kept = [steps[index]]
    var inputs: [Int] = []
    for input in activations(of: index) {
      guard !known.contains(input), let maker = steps[..<index].last(where: { $0.output == input }),
        case .pad = maker.kernel, let inner = maker.inputs.first, maker.inputs.count == 1
      else {
        if !inputs.contains(input) { inputs.append(input) }
        continue
      }
      kept.insert(maker, at: 0)
      if !inputs.contains(inner) { inputs.append(inner) }
    }
    return Program(profile: profile, values: values, steps: kept, inputs: inputs, outputs: [steps[index].output])
  }

  /// A step up to its register: a program whose output is the sum that the step requantizes, as a 32-bit integer.
  ///
  /// - Parameter index: Which of ``steps``.
  /// - Returns: The program, whose inputs are those of ``alone(_:)``; `nil` for a step that requantizes no sum. Sums beyond
  ///   32 bits are cut to their ends.
  package func register(of index: Int) -> Program? {
    let step = steps[index]
    guard let kernel = step.kernel.upToRegister else { return nil }
    var values = values
    let output = values[step.output]
    values[step.output] = Value(
      tensor: output.tensor, name: output.name, type: .int32, shape: output.shape, kind: .integer(.int(32)))
    let bare = Step(
      node: step.node, name: step.name, placement: step.placement, inputs: step.inputs, output: step.output,
      kernel: kernel)
    return Program(
      profile: profile, values: values, steps: [bare], inputs: activations(of: index), outputs: [step.output])
  }

  /// What a step reads that is no constant, each once.
  private func activations(of index: Int) -> [Int] {
    var result: [Int] = []
    for input in steps[index].inputs where values[input].constant == nil && !result.contains(input) {
      result.append(input)
    }
    return result
  }
}

extension Kernel {
  /// The profile's register that the step adds in, and how many terms one of its sums has; `nil` for a step that adds
  /// exactly or not at all.
  package var registerUse: (rule: AccumulatorRule, terms: Int)? {
    switch self {
    case .convolution(let kernel): (kernel.accumulator, kernel.taps)
    case .add(let kernel): (kernel.accumulator, 2)
    case .matrixProduct(let kernel): (kernel.accumulator, kernel.depth)
    default: nil
    }
  }

  /// From the register to the output; `nil` for a step without one.
  package var outputStage: OutputStage? {
    switch self {
    case .convolution(let kernel): kernel.outputStage
    case .add(let kernel): kernel.outputStage
    case .mean(let kernel): kernel.outputStage
    case .rescale(let kernel): kernel.outputStage
    default: nil
    }
  }

  /// The same kernel with nothing behind its register.
  fileprivate var upToRegister: Kernel? {
    switch self {
    case .convolution(var kernel):
      kernel.outputStage = .bare
      return .convolution(kernel)
    case .add(var kernel):
      kernel.outputStage = .bare
      return .add(kernel)
    case .mean(var kernel):
      kernel.outputStage = .bare
      return .mean(kernel)
    case .rescale(var kernel):
      kernel.outputStage = .bare
      return .rescale(kernel)
    default: return nil
    }
  }
}

extension OutputStage {
  /// The register's value as it is.
  package static let bare = OutputStage(
    requantizations: [.identity], zeroPoint: 0, low: Int64(Int32.min), high: Int64(Int32.max), lowIsFormat: true,
    highIsFormat: true)
}
