internal import FixedPoint
internal import HardwareProfile
package import NetworkModel
package import Simulation

/// The golden vectors of one operator: which files there are, and what a run puts into them.
package struct OperatorVectors: Sendable {
  /// A file whose content the model decides.
  package struct Constant: Sendable {
    /// The file.
    package let array: VectorArray
    /// Its elements.
    package let values: [Int64]
  }

  /// A file that gets a piece for each sample.
  package struct Recording: Sendable {
    /// The file.
    package let array: VectorArray
    /// What it records.
    let source: Source
  }

  /// What a file records.
  enum Source: Hashable {
    /// A value of the program.
    case value(Int)
    /// The sums in the operator's register.
    case register
  }

  /// A file of text.
  package struct Text: Sendable {
    /// The path from the folder of all vectors.
    package let file: String
    /// The content.
    package let content: String
  }

  /// The operator's step.
  package let step: Step
  /// The folder of the operator's files.
  package let folder: String
  /// The step up to its register; `nil` for a step without one.
  package let register: Program?
  /// The files that do not depend on the data.
  package internal(set) var constants: [Constant] = []
  /// The files that do.
  package internal(set) var recordings: [Recording] = []
  /// Testbenches.
  package internal(set) var texts: [Text] = []
  /// What the manifest says.
  var manifest: VectorManifest.Operator

  /// Whether the operator has a register whose sums are not recorded.
  package var lacksSums: Bool { manifest.accumulatorsOmitted != nil }

  /// All arrays.
  package var arrays: [VectorArray] { constants.map(\.array) + recordings.map(\.array) }

  /// Plans the vectors of a program's operators.
  ///
  /// - Parameters:
  ///   - program: What the machine does.
  ///   - network: What it was lowered from.
  ///   - nodes: Which operators, by their indices in the file; `nil` for all.
  ///   - encoding: How the elements stand in files.
  ///   - samples: How many samples will be recorded.
  /// - Returns: One for each operator, in the order in which they run.
  /// - Throws: ``VectorError``.
  package static func plan(
    _ program: Program, of network: Network, nodes: Set<Int>? = nil, encoding: VectorEncoding, samples: Int
  ) throws(VectorError) -> [OperatorVectors] {
    let proved = Dictionary(
      OverflowAnalysis(program).steps.map { ($0.node, $0.bitsNeeded) }, uniquingKeysWith: max)
    var result: [OperatorVectors] = []
    for (index, step) in program.steps.enumerated() where nodes?.contains(step.node) ?? true {
      result.append(
        try OperatorVectors(
          index, of: program, network, encoding, samples: samples, provedBits: proved[step.node] ?? 32))
    }
    return result
  }

  /// Plans the vectors of one step, whose sums need at most so many bits.
  private init(
    _ index: Int, of program: Program, _ network: Network, _ encoding: VectorEncoding, samples: Int, provedBits: Int
  ) throws(VectorError) {
    let step = program.steps[index]
    self.step = step
    let digits = String(step.node)
    // An operator with several outputs has a step for each.
    let siblings = program.steps.indices.filter { program.steps[$0].node == step.node }
    let part = siblings.count > 1 ? siblings.firstIndex(of: index) : nil
    folder =
      String(repeating: "0", count: max(0, 5 - digits.count)) + digits + "-" + step.name
      + (part.map { "-\($0)" } ?? "")
    var files = VectorFiles(folder: folder, encoding: encoding, samples: samples)
    let inputs = step.inputs.enumerated().map {
      files.operand("input_\($0.offset)", program.values[$0.element], network)
    }
    let outputs = files.operand("outputs", program.values[step.output], network)
    manifest = VectorManifest.Operator(
      index: step.node, part: part, name: step.name, placement: step.placement.rawValue, inputs: inputs,
      outputs: outputs)
    do throws(VectorError) {
      try files.describe(step, network, &manifest)
    } catch {
      throw VectorError("operator \(step.node) (\(step.name)): \(error.description)")
    }
    if let stage = step.kernel.outputStage, let full = program.register(of: index) {
      let rule = step.kernel.accumulatorRule
      // A register's sums are 32-bit integers in a program's values.
      if min(provedBits, rule?.format.bits ?? 32) <= 32 {
        let shape = program.values[step.output].shape.extents
        register = full
        manifest.accumulators = files.record(
          "accumulators", [samples] + shape, .integer(rule?.format ?? .int(32)), .register)
      } else {
        register = nil
        manifest.accumulatorsOmitted = "sums may need \(provedBits) bits; up to 32 are recorded"
      }
      manifest.register = rule.map(VectorManifest.Register.init)
      manifest.requantization = VectorManifest.OutputParameters(
        channels: stage.requantizations.count, stages: try files.stages(stage.requantizations, "requantize"),
        zeroPoint: stage.zeroPoint, low: stage.low, high: stage.high)
    } else {
      register = nil
    }
    constants = files.constants
    recordings = files.recordings
    if encoding == .sv { addTestbenches(samples: samples) }
  }

  private mutating func addTestbenches(samples: Int) {
    if let bench = RequantizerTestbench(self) {
      texts.append(Text(file: "\(folder)/\(bench.name).sv", content: bench.text))
    }
    if let bench = MACTestbench(self, samples: samples) {
      texts.append(Text(file: "\(folder)/\(bench.name).sv", content: bench.text))
    }
    if !texts.isEmpty { manifest.testbenches = texts.map(\.file) }
  }

  /// What one sample gives.
  ///
  /// - Parameters:
  ///   - trace: What the program's values held.
  ///   - sums: What the register held; `nil` where there is none.
  /// - Returns: For each of ``recordings`` its elements.
  /// - Throws: ``VectorError`` where sums and outputs contradict each other, which would be a fault of an engine.
  package func elements(_ trace: [Int: [Int32]], sums: [Int32]?) throws(VectorError) -> [[Int64]] {
    if let sums, let stage = step.kernel.outputStage { try check(sums, trace[step.output] ?? [], stage) }
    return recordings.map { recording in
      switch recording.source {
      case .value(let value): (trace[value] ?? []).map(Int64.init)
      case .register: (sums ?? []).map(Int64.init)
      }
    }
  }

  /// Every output must be what its sum is requantized to.
  private func check(_ sums: [Int32], _ outputs: [Int32], _ stage: OutputStage) throws(VectorError) {
    guard sums.count == outputs.count else { throw contradiction("as many sums as outputs") }
    let channels = stage.requantizations.count
    for (position, sum) in sums.enumerated() {
      let scaled = Int128(stage.requantizations[position % channels].apply(Int64(sum))) + Int128(stage.zeroPoint)
      guard min(max(scaled, Int128(stage.low)), Int128(stage.high)) == Int128(outputs[position]) else {
        throw contradiction("the output \(position)")
      }
    }
  }

  private func contradiction(_ what: String) -> VectorError {
    VectorError("operator \(step.node) (\(step.name)): its sums do not give \(what); this is a fault of an engine")
  }
}

extension Kernel {
  /// The register of the profile's that the step adds in; `nil` where it adds exactly.
  var accumulatorRule: AccumulatorRule? {
    switch self {
    case .convolution(let kernel): kernel.accumulator
    case .add(let kernel): kernel.accumulator
    default: nil
    }
  }
}
