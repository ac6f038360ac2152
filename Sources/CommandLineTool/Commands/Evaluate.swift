internal import Arrays
internal import Exploration
internal import HardwareProfile
internal import NetworkModel
internal import Reports
internal import Simulation
internal import Workflows

extension Command {
  static let evaluate = Command(
    name: "evaluate", summary: "runs a classifier over labelled data and counts what it gets right",
    positionals: [.file("MODEL")],
    options: [
      .profile,
      Option(
        name: "--inputs", value: .array("X.npy"), help: "the data; the leading axis counts the samples",
        isRequired: true),
      Option(
        name: "--labels", value: .array("Y.npy"),
        help: "integers, the class of each sample; without them only --predictions"),
      Option(name: "--predictions", value: .output("OUT.npy"), help: "write each sample's class as int32"), .engine,
    ] + Option.subset + Option.selection,
    notes: [
      "The scores are the model's first output; of equal scores the one with the lowest index comes first.",
      "To calibrate on some samples and evaluate on the others: requantize --every 8, evaluate --every 8 --complement.",
    ],
    examples: [
      "evaluate model.tflite --inputs images.npy --labels labels.npy",
      "evaluate model.tflite --profile nna-int8 --inputs images.npy --labels labels.npy --every 8 --complement --json",
    ],
    perform: performEvaluate)

  private static func performEvaluate(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    guard arguments.isSet("--labels") || arguments.isSet("--predictions") else {
      throw UsageError(
        "there is nothing to compute: give --labels Y.npy to count what is right, or --predictions OUT.npy to write each "
          + "sample's class")
    }
    let subset = try arguments.subset()
    let engineChoice = try arguments.choice("--engine", EngineChoice.self) ?? .fast
    let model = try LoadedModel(
      arguments.positionals[0], profile: arguments.text("--profile"), ModelSelection(arguments))
    let program = try model.program()
    let modelData = try ModelData(arguments.requiredText("--inputs"), for: model, arguments)
    let data = modelData.set
    let labels = try arguments.text("--labels").map { try Labels(contentsOf: $0) }
    let meter = try console.progress("evaluate", data, subset)
    let engine = engineChoice.engine(for: program)
    let evaluation = try await evaluate(
      engine, data, labels, subset, console.threads, meter)
    meter.finish()
    if let path = arguments.text("--predictions") {
      try NPYWriter.write(evaluation.predictions.map { Int32($0) }, shape: [evaluation.count], to: path)
    }
    let hint = labels?.shiftHint(
      evaluation.predictions, samples: evaluation.samples,
      scores: program.values[program.outputs[0]].shape.count)
    if let hint { console.note(hint) }
    let report = EvaluationReport(
      evaluation, engine, model, modelData.report(), threads: console.threads, labelHint: hint)
    try console.report(report.about(model)) { report.text }
    return .success
  }

  /// Opens the existential, so that the evaluation is compiled for the engine.
  private static func evaluate(
    _ engine: some Engine, _ data: DataSet, _ labels: Labels?, _ subset: Subset, _ threads: Int, _ meter: ProgressMeter
  ) async throws -> Evaluation {
    try await Evaluation.run(engine, on: data, labels: labels, subset: subset, threads: threads) { meter.advance() }
  }
}

/// What `evaluate --json` prints.
private struct EvaluationReport: Encodable {
  let count: Int
  let top1: Double?
  let top5: Double?
  let secondsPerSample: Double
  let threads: Int
  let profile: String
  let model: String
  /// That the labels do not seem to be the model's classes.
  let labelHint: String?
  let events: [EventReport]
  let data: DataReport
  let clippedInputShare: Double

  init(
    _ evaluation: Evaluation, _ engine: any Engine, _ model: LoadedModel, _ data: DataReport, threads: Int,
    labelHint: String?
  ) {
    self.labelHint = labelHint
    self.data = data
    clippedInputShare = data.clippedShare
    count = evaluation.count
    top1 = evaluation.top1.map { Double($0) / Double(evaluation.count) }
    top5 = evaluation.top5.map { Double($0) / Double(evaluation.count) }
    secondsPerSample = evaluation.secondsPerSample
    self.threads = threads
    profile = model.profile.name
    self.model = model.path
    events = EventReport.list(
      evaluation.events, of: engine.program, countsSaturations: engine.countsSaturations)
  }

  var text: String {
    var table = TextTable([TextTable.Column(""), TextTable.Column("", .right)])
    table.add(["samples", Format.integer(count)])
    if let top1 { table.add(["top-1", Format.percent(top1, decimals: 2)]) }
    if let top5 { table.add(["top-5", Format.percent(top5, decimals: 2)]) }
    table.add(["profile", profile])
    table.add(["time per sample", "\(Format.duration(secondsPerSample)), \(threads) threads"])
    return data.banner + table.render() + EventReport.summary(events)
  }
}
