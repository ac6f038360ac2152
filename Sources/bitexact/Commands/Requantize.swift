internal import Arrays
internal import Exploration
internal import FastEngine
internal import HardwareProfile
internal import Reports
internal import Requantizer

extension Command {
  static let requantize = Command(
    name: "requantize", summary: "rewrites a quantized model for hardware that it was not made for",
    positionals: ["MODEL"],
    options: [
      Option(name: "--profile", value: "P", help: "the hardware: a built-in name or a path", isRequired: true),
      Option(
        name: "--calibrate", value: "X.npy",
        help: "samples, without labels, that guide scales, weights and biases; without them some are made up"
      ),
      Option(
        name: "--output", short: "-o", value: "OUT.tflite", help: "the model to write; its metadata name its origin",
        isRequired: true),
      Option(name: "--report", value: "R.json", help: "write what was decided for each layer and tensor"),
      Option(name: "--effort", value: "E", help: "fast, balanced (the default) or best"),
      Option(
        name: "--skip-pass", value: "NAME", help: "leave out a part of the method, to see what it gains",
        isRepeatable: true),
    ] + Option.subset,
    notes: [
      "The written model carries the profile and its provenance; run, evaluate and verify need no --profile for it.",
      "Parts to skip: \(RequantizationStep.allCases.map(\.rawValue).joined(separator: ", ")).",
      "To calibrate on some samples and evaluate on the others: requantize --every 8, evaluate --every 8 --complement.",
    ],
    examples: [
      "requantize uint8.tflite --profile nna-int8-pow2 --calibrate images.npy --every 8 -o int8.tflite",
      "requantize model.tflite --profile ./my-chip.json -o out.tflite --report decisions.json",
    ],
    perform: performRequantize)

  private static func performRequantize(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let subset = try arguments.subset()
    let output = try arguments.requiredText("--output")
    let reportPath = arguments.text("--report")
    if let reportPath, !reportPath.hasSuffix(".json") {
      throw UsageError("--report is \"\(reportPath)\"; the report is JSON, name it R.json")
    }
    let options = try Self.options(arguments)
    let profile = try Profiles.resolve(arguments.requiredText("--profile"))
    // The source runs as it was made to run: its own profile, or TensorFlow Lite's.
    let source = try LoadedModel(arguments.positionals[0])
    let data = try arguments.text("--calibrate").map { try DataSet(contentsOf: $0, for: source.inputSlots()) }
    let indices = try data?.indices(of: subset) ?? []
    let interruption = Interruption(cleaningUpFor: [output, reportPath].compactMap(\.self))
    defer { withExtendedLifetime(interruption) {} }
    let calibration =
      data.map { data in
        CalibrationSet(count: indices.count) { try data.sample(indices[$0]) }
      } ?? .synthetic(for: source.network, count: 32)
    let meters = PassMeters(console)
    let result: Requantized
    do {
      result = try await Requantizer(
        profile: profile, options: options, threads: console.threads, engine: { FastEngine($0) }
      ).requantize(source.network, calibration: calibration) { meters.report($0, done: $1, total: $2) }
    } catch let error as RequantizationError {
      throw InputError(file: source.path, faults: error.reasons)
    }
    meters.finish()
    let notes =
      data.map { data in
        ["file": data.name.split(separator: "/").last.map(String.init) ?? data.name, "samples": "\(indices.count)"]
      } ?? ["file": "none, synthetic samples", "samples": "\(calibration.count)"]
    let emission = try Emission(result, of: source, for: profile, calibration: notes)
    try AtomicFile.write(emission.bytes, to: output)
    let report = RequantizeReport(result, emission, source, profile, output: output)
    if let reportPath { try AtomicFile.write(JSONText.encode(report) + "\n", to: reportPath) }
    try console.report(report) { report.text }
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

/// What `requantize --json` prints and `--report` writes.
struct RequantizeReport: Encodable {
  /// A pass, without what depends on the machine that ran it.
  struct Pass: Encodable {
    let name: String
    let summary: String
  }

  let source: String
  let output: String
  let profile: String
  let programDigest: String
  let isUnchanged: Bool
  let bytes: Int
  let passes: [Pass]
  let layers: [LayerDecision]
  let meanings: [TensorMeaning]

  init(
    _ result: Requantized, _ emission: Emission, _ source: LoadedModel, _ profile: HardwareProfile, output: String
  ) {
    self.source = source.path
    self.output = output
    self.profile = profile.name
    programDigest = emission.programDigest
    isUnchanged = result.isUnchanged
    bytes = emission.bytes.count
    passes = result.passes.map { Pass(name: $0.name, summary: $0.summary) }
    layers = result.layers
    meanings = result.meanings
  }

  /// The layers and the passes for people.
  var text: String {
    var text = ""
    if !layers.isEmpty {
      var table = TextTable([
        TextTable.Column("#", .right), TextTable.Column("operator"), TextTable.Column("weights before"),
        TextTable.Column("weights after"), TextTable.Column("shift", .right), TextTable.Column("SQNR dB", .right),
        TextTable.Column("clipped", .right), TextTable.Column("bias moved", .right),
      ])
      for layer in layers {
        table.add([
          "\(layer.node)", layer.name, layer.before, layer.after, layer.shift.map(String.init) ?? "",
          layer.weightSQNR.isFinite ? Format.number(layer.weightSQNR, decimals: 1) : "exact",
          layer.clippedWeights == 0 ? "" : "\(layer.clippedWeights)",
          layer.largestBiasCorrection == 0 ? "" : Format.number(layer.largestBiasCorrection, decimals: 2),
        ])
      }
      table.footnotes = [
        "SQNR: weights against the source's; bias moved: the largest correction in steps of the output.", "",
      ]
      text += table.render()
    }
    for pass in passes { text += "\(pass.name): \(pass.summary)\n" }
    if isUnchanged { text += "the source fits the profile already; nothing was changed but the metadata\n" }
    return text
      + "\(output): \(Format.bytes(bytes)) for \(profile), program \(programDigest.prefix(16))…, read back and equal\n"
  }
}
