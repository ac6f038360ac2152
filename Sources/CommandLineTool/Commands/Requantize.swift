internal import Exploration
internal import Arrays
internal import FastEngine
internal import HardwareProfile
internal import NetworkModel
internal import Reports
internal import Requantizer
internal import TFLite
internal import Verification
internal import Workflows

extension Command {
  static let requantize = Command(
    name: "requantize", summary: "rewrites a quantized model for hardware that it was not made for",
    positionals: [.file("MODEL")],
    options: [
      Option(
        name: "--profile", value: .profile("P"), help: "the hardware: a built-in name or a path", isRequired: true),
      Option(
        name: "--calibrate", value: .array("X.npy"),
        help: "samples, without labels, that guide scales, weights and biases; without them some are made up"
      ),
      Option(
        name: "--output", short: "-o", value: .output("OUT.tflite"),
        help: "the model to write; its metadata name its origin",
        isRequired: true),
      Option(
        name: "--labels", value: .array("Y.npy"),
        help: "the class of each sample of X.npy, to count what is right; guides nothing"),
      Option(
        name: "--plan", value: .output("P.json"),
        help: "write what was chosen: formats and scales of activations, clamps, formats of weights"),
      Option(
        name: "--from-plan", value: .plan("P.json"),
        help: "choose nothing: take what --plan wrote for this model and profile, as it is or edited"),
      ReportFile.option,
      Option(name: "--effort", value: .word("E"), help: "fast, balanced (the default) or best"),
      Option(
        name: "--skip-pass", value: .word("NAME"), help: "leave out a part of the method, to see what it gains",
        isRepeatable: true),
      Option(name: "--allow-overflow", help: "state accumulators that could overflow without a warning"),
    ] + Option.subset + Option.selection,
    notes: [
      "The written model carries the profile and its provenance; run, evaluate and verify need no --profile for it.",
      "Parts to skip: \(RequantizationStep.allCases.map(\.rawValue).joined(separator: ", ")).",
      "The summary is measured on the samples that guided the work; evaluate and verify --source measure on others.",
      "It ends with verify's overflow check: what could overflow is said on stderr, and verify will fail for it.",
      "A plan and the same samples give the same bytes; SQNR and same class of an edited one are measured like any other's.",
      "To calibrate on some samples and evaluate on the others: requantize --every 8, evaluate --every 8 --complement.",
    ],
    examples: [
      "requantize uint8.tflite --profile nna-int8-pow2 --calibrate images.npy --every 8 -o int8.tflite",
      "requantize model.tflite --profile ./my-chip.json -o out.tflite --report decisions.json",
      "requantize model.tflite --profile nna-int8 --calibrate images.npy --plan plan.json -o out.tflite",
      "requantize model.tflite --profile nna-int8 --calibrate images.npy --labels labels.npy --every 8 -o out.tflite",
    ],
    perform: performRequantize)

  private static func performRequantize(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let subset = try arguments.subset()
    let output = try arguments.requiredText("--output")
    let file = try ReportFile(arguments)
    let options = try Self.options(arguments)
    let profile = try Profiles.resolve(arguments.requiredText("--profile"))
    // The source runs as it was made to run: its own profile, or TensorFlow Lite's.
    let source = try LoadedModel(arguments.positionals[0], ModelSelection(arguments).rewritingAll().requiringSizes())
    let samples = try RequantizeSamples(arguments, source, subset)
    let plan = try arguments.text("--from-plan").map { (file: try PlanFile($0, for: source), name: $0) }
    let meters = PassMeters(console)
    // Activations of many gigabytes would stay where they are no longer needed.
    if source.network.peakLiveElements().elements <= 1 << 23 { Memory.keepWhatIsFreed() }
    let threads = source.threads(console)
    let rewritten = try await RewrittenFile.make(
      source, for: profile, options, guidedBy: samples, plan: plan, threads: threads
    ) {
      meters.report($0, done: $1, total: $2)
    }
    let (result, graphs, emission) = (rewritten.result, rewritten.others, rewritten.emission)
    let measure = try await RequantizeMeasure(
      result, emission, source, samples, allTensors: file != nil || console.isJSON, threads, meters)
    let figures =
      file == nil ? [] : try await LayerFigures.all(of: emission, result, source, samples, threads, meters)
    let others = try await OtherGraphReport.all(graphs, emission, threads)
    meters.finish()
    for link in graphs.brokenLinks(source, result) { console.note("\(source.path): \(link)") }
    let logits = source.network.outputs.first.map(source.network.scores) ?? 0
    let hint = samples.labelFile?.shiftHint(
      measure.distance.sourceClasses, samples: samples.indices.map(Array.init) ?? [],
      scores: source.network.tensors[logits].shape.count)
    if let hint { console.note(hint) }
    for warning in result.warnings { console.warn("\(source.path): \(warning)") }
    let model = try AtomicFile.prepare(emission.bytes, for: output)
    let report = RequantizeReport(
      result, emission, source, profile, options: options, samples: samples, measure, figures, output: output,
      allowsOverflow: arguments.isSet("--allow-overflow"))
    let chosen = try arguments.text("--plan").map {
      try AtomicFile.prepare(Array(PlanFile(result, of: source, others: graphs).json().utf8), for: $0)
    }
    // All or none.
    try publish(
      [model] + [chosen, file?.prepare(report.about(source, others: others)) { report.html() }].compactMap(\.self))
    try console.report(report.about(source, others: others)) { report.text + others.map(\.text).joined() }
    // A model was written, as was asked; what verify will say of it must not come as a surprise.
    for warning in report.warnings { console.warn("\(output): \(warning)") }
    return .success
  }

  private static func options(_ arguments: Arguments) throws -> RequantizationOptions {
    var options = RequantizationOptions()
    if let effort = try arguments.choice("--effort", RequantizationOptions.Effort.self) { options.effort = effort }
    for name in arguments.all("--skip-pass") {
      guard let step = RequantizationStep(rawValue: name) else {
        let all = RequantizationStep.allCases.map(\.rawValue)
        throw UsageError("--skip-pass is \"\(name)\"; allowed are \(all.joined(separator: ", "))")
      }
      options.skipped.insert(step)
    }
    return options
  }
}
