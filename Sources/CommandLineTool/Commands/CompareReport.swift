internal import Exploration
internal import HardwareProfile
internal import Reports
internal import Verification
internal import Workflows

/// What `compare A B --json` prints.
struct CompareReport: Encodable {
  let passed: Bool
  let failures: [String]
  let identical: Bool
  let models: [String]
  let profiles: [String]
  let samples: [Int]
  let outputs: [OutputDifference]
  let tensors: [ComparedTensor]
  let data: DataReport
  let clippedInputShare: Double
  let inputsDiffer: Bool

  init(
    _ comparison: ModelComparison, _ first: LoadedModel, _ second: LoadedModel, _ failures: [String], _ data: DataReport
  ) {
    self.data = data
    clippedInputShare = data.clippedShare
    inputsDiffer = data.inputsDiffer
    passed = failures.isEmpty
    self.failures = failures
    identical = comparison.isIdentical
    models = [first.path, second.path]
    profiles = [first.profile.name, second.profile.name]
    samples = comparison.samples
    outputs = comparison.outputs.map(OutputDifference.init)
    tensors = comparison.tensors.map(ComparedTensor.init)
  }

  var text: String {
    var text =
      data.banner
      + "\(models[0].visible) (\(profiles[0].visible)) against \(models[1].visible) (\(profiles[1].visible)), "
    text += "\(Format.integer(samples.count)) samples\n\n"
    var table = TextTable([
      TextTable.Column("#", .right), TextTable.Column("operator"), TextTable.Column("tensor", maximumWidth: 40),
      TextTable.Column("SQNR dB", .right), TextTable.Column("born dB", .right), TextTable.Column("differ", .right),
      TextTable.Column("max steps", .right),
    ])
    for row in tensors {
      table.add([
        row.operator.map(String.init) ?? "", row.operation, row.name, row.accumulated.sqnrText,
        row.born?.sqnrText ?? "-", Format.percent(row.accumulated.differing, of: row.accumulated.elements),
        Format.number(row.accumulated.maximumSteps, decimals: 1),
      ])
    }
    text += table.render() + "\n"
    let births = tensors.filter { ($0.born?.differing ?? 0) > 0 }
    if identical {
      text += "nothing differs\n"
    } else if births.isEmpty {
      text += "no operator makes a difference by itself\n"
    } else {
      let worst = births.sorted { ($0.born?.sqnrDb ?? .infinity) < ($1.born?.sqnrDb ?? .infinity) }.prefix(3)
      let places = worst.map { "\($0.place.visible), \($0.born?.sqnrText ?? "") dB" }
      text +=
        "differences are born in \(births.count) of \(tensors.count) tensors, most in "
        + places.joined(separator: "; ") + "\n"
    }
    for output in outputs { text += output.text }
    for failure in failures { text += "FAIL  \(failure.visible)\n" }
    return text
  }
}

/// An output's distance, as JSON has it.
struct OutputDifference: Encodable {
  let index: Int
  let indexB: Int
  let name: String
  let samples: Int
  let agreement: Double
  let ties: Int
  let sqnrDb: Double?
  let maximumError: Double
  let meanError: Double
  let flips: [Flip]

  struct Flip: Encodable {
    let sample: Int
    let a: Int
    let b: Int
  }

  init(_ output: ModelComparison.Output) {
    let comparison = output.comparison
    index = output.pair.first
    indexB = output.pair.second
    name = output.name
    samples = comparison.samples
    agreement = comparison.agreement ?? 1
    ties = comparison.ties
    sqnrDb = comparison.sqnrDb
    maximumError = comparison.maximumError
    meanError = comparison.meanError ?? 0
    flips = output.flips.map { Flip(sample: $0.sample, a: $0.first, b: $0.second) }
  }

  var text: String {
    let distance =
      sqnrDb.map { "SQNR \(Format.number($0, decimals: 2)) dB" } ?? (maximumError == 0 ? "no difference" : "no SQNR")
    var text = "output \"\(name.visible)\": \(distance), largest error \(Float(maximumError)), arg-max agrees in "
    text += "\(Format.integer(samples - flips.count)) of \(Format.integer(samples)) samples\n"
    if !flips.isEmpty { text += "  otherwise: \(flipText)\n" }
    return text
  }

  /// The samples whose arg-max flips, the first ten of them.
  var flipText: String {
    let list = flips.prefix(10).map { "sample \($0.sample) (\($0.a), not \($0.b))" }.joined(separator: ", ")
    return list + (flips.count > 10 ? " and \(flips.count - 10) more" : "")
  }
}

/// A tensor's distance, as JSON has it.
struct ComparedTensor: Encodable {
  let index: Int
  let indexB: Int
  let name: String
  let `operator`: Int?
  let operation: String
  let accumulated: Difference
  let born: Difference?

  init(_ tensor: ModelComparison.Tensor) {
    index = tensor.pair.first
    indexB = tensor.pair.second
    name = tensor.name
    self.operator = tensor.node
    operation = tensor.operation
    accumulated = Difference(tensor.accumulated)
    born = tensor.born.map(Difference.init)
  }

  /// The operator and its tensor in words.
  var place: String { self.operator.map { "operator \($0) (\(operation))" } ?? "input \"\(name)\"" }

  struct Difference: Encodable {
    let elements: Int
    let differing: Int
    let sqnrDb: Double?
    let maximumError: Double
    let meanError: Double
    let maximumSteps: Double
    let meanSteps: Double
    /// How many elements differ by nothing, up to ½, 1, 2, 4 … 64 steps, and more.
    let histogram: [Int]

    init(_ difference: TensorDifference) {
      elements = difference.elements
      differing = difference.differing
      sqnrDb = difference.sqnrDb
      maximumError = difference.maximumError
      meanError = difference.meanError ?? 0
      maximumSteps = difference.maximumSteps
      meanSteps = difference.meanSteps ?? 0
      histogram = difference.histogram
    }

    var sqnrText: String { sqnrDb.map { Format.number($0, decimals: 1) } ?? (differing == 0 ? "exact" : "-") }
  }
}
