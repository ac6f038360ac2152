internal import Arrays
internal import Exploration
internal import NetworkModel
internal import Reports
internal import Simulation
internal import Workflows

extension Command {
  static let run = Command(
    name: "run", summary: "simulates a model bit by bit and writes its outputs, or every tensor",
    positionals: [.file("MODEL")],
    options: [
      .profile,
      Option(
        name: "--input", value: .array("X.npy"), help: "the data; the leading axis counts the samples", isRequired: true
      ),
      Option(
        name: "--output", short: "-o", value: .outputs("Y.npy"),
        help: "write the first output, as stored; with DIR/ every output as NAME.npy"),
      Option(name: "--dequantize", help: "write outputs as float32 instead of stored integers"),
      Option(
        name: "--trace", value: .folder("DIR", knownBy: "tensors.json"),
        help: "write every tensor as DIR/<sample>/<tensor>.npy"),
      Option(name: "--tensor", value: .word("I"), help: "keep only this tensor in the trace", isRepeatable: true),
      .engine,
    ] + Option.subset + Option.selection,
    notes: [
      "X.npy holds uint8 images, integers of the input's type, or real numbers as float32, quantized by the input's",
      "scale and zero point. Of a model that was made from another one images and integers of a type that both take are",
      "those of the other one, and are converted; integers that only one takes are that one's. Where there was a choice,",
      "a note says what was decided; --own-inputs and --source-inputs decide otherwise.",
      "A model with several inputs takes an .npz file whose arrays have the inputs' names, or arr_0, arr_1 …",
      "DIR/tensors.json explains a trace: index, name, operator, type, shape, scales, zero points.",
    ],
    examples: [
      "run model.tflite --input images.npy --output scores.npy",
      "run model.tflite --profile nna-int8-pow2 --input images.npy --count 1 --trace trace/",
    ],
    perform: performRun)

  private static func performRun(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let subset = try arguments.subset()
    let choice = try arguments.choice("--engine", EngineChoice.self) ?? .fast
    for (option, needed) in [("--dequantize", "--output"), ("--tensor", "--trace")]
    where arguments.isSet(option) && !arguments.isSet(needed) {
      throw UsageError("\(option) needs \(needed)")
    }
    let model = try LoadedModel(
      arguments.positionals[0], profile: arguments.text("--profile"), ModelSelection(arguments))
    let program = try model.program()
    let modelData = try ModelData(arguments.requiredText("--input"), for: model, arguments)
    let data = modelData.set
    let indices = try data.indices(of: subset)
    let output = try arguments.text("--output").map {
      try OutputWriter(
        $0, program: program, network: model.network, isDequantized: arguments.isSet("--dequantize"),
        samples: indices.count, claims: console.claims)
    }
    let trace = try arguments.text("--trace").map {
      try TraceWriter($0, tensors: arguments.all("--tensor"), program: program, network: model.network)
    }
    let threads = model.threads(console)
    // Threads for which there are no samples help with the ones that there are.
    let engine = choice.engine(for: program, threadsInside: max(1, threads / indices.count))
    var report = RunReport(engine, model, data, keepsClasses: output == nil)
    let meter = console.progress("run", total: indices.count)
    do {
      try await ParallelSamples.run(indices, threads: threads) {
        SampleRunner(engine, on: data)
      } compute: { runner, index in
        guard let trace else { return try runner.outcome(index) }
        var outcome = try engine.run(data.sample(index), trace: trace.selection)
        try trace.write(outcome.trace, sample: index)
        outcome.trace = [:]
        return outcome
      } deliver: { index, outcome in
        try output?.append(outcome.outputs)
        report.add(outcome, sample: index)
        meter.advance()
      }
      try output?.finish()
    } catch {
      // Samples that are left out would not be missed by whoever reads the folder.
      trace?.discard()
      throw error
    }
    meter.finish()
    let told = modelData.report()
    try console.report(report.json(output?.files ?? [], trace: arguments.text("--trace"), told).about(model)) {
      told.banner + report.text(output?.files ?? [], trace: arguments.text("--trace"))
    }
    return .success
  }
}

/// What `run` prints.
private struct RunReport {
  private let program: Program
  private let countsSaturations: Bool
  private let model: LoadedModel
  private let data: DataSet
  private let keepsClasses: Bool
  private var classes: [SampleClass] = []
  private var events: [StepEvents]
  private var count = 0

  struct SampleClass: Encodable {
    let sample: Int
    let argMax: Int
  }

  struct JSON: Encodable {
    let count: Int
    let profile: String
    let outputs: [Output]
    let trace: String?
    let classes: [SampleClass]?
    let events: [EventReport]
    let data: DataReport
    let clippedInputShare: Double
  }

  struct Output: Encodable {
    let name: String
    let path: String
    let type: String
    let shape: [Int]
  }

  init(_ engine: any Engine, _ model: LoadedModel, _ data: DataSet, keepsClasses: Bool) {
    program = engine.program
    countsSaturations = engine.countsSaturations
    self.model = model
    self.data = data
    let output = program.values[program.outputs[0]]
    self.keepsClasses = keepsClasses && output.shape.extents.dropLast().allSatisfy { $0 == 1 }
    events = [StepEvents](repeating: StepEvents(), count: program.steps.count)
  }

  mutating func add(_ outcome: Outcome, sample: Int) {
    count += 1
    for (position, event) in outcome.events.enumerated() { events[position] += event }
    let isFloat = program.values[program.outputs[0]].kind == .float32Bits
    if keepsClasses, let first = Ranking(outcome.outputs[0], isFloat: isFloat).argMax {
      classes.append(SampleClass(sample: sample, argMax: first))
    }
  }

  func json(_ files: [OutputWriter.File], trace: String?, _ data: DataReport) -> JSON {
    JSON(
      count: count, profile: program.profile,
      outputs: files.map {
        Output(
          name: $0.stored.value.name, path: $0.path, type: $0.stored.type.rawValue,
          shape: [count] + $0.stored.sampleShape)
      }, trace: trace, classes: keepsClasses ? classes : nil,
      events: EventReport.list(events, of: program, countsSaturations: countsSaturations), data: data,
      clippedInputShare: data.clippedShare)
  }

  func text(_ files: [OutputWriter.File], trace: String?) -> String {
    var text = "\(model.path.visible): \(count) samples of \(data.name.visible), profile \(program.profile)\n"
    if keepsClasses {
      var table = TextTable([TextTable.Column("sample", .right), TextTable.Column("greatest output", .right)])
      for row in classes { table.add(["\(row.sample)", "\(row.argMax)"]) }
      text += table.render()
    }
    for file in files {
      let shape = ([count] + file.stored.sampleShape).map(String.init).joined(separator: ", ")
      text += "output \"\(file.stored.value.name.visible)\": \(file.path.visible), \(file.stored.type) [\(shape)]\n"
    }
    if let trace { text += "trace: \(trace.visible)\n" }
    return text + EventReport.summary(EventReport.list(events, of: program, countsSaturations: countsSaturations))
  }
}
