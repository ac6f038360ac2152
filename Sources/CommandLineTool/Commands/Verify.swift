internal import Exploration
internal import HardwareProfile
internal import NetworkModel
internal import Reports
internal import Simulation
internal import TFLite
internal import Verification
internal import Workflows

extension Command {
  static let verify = Command(
    name: "verify",
    summary: "proves that a model does on its hardware what its file says, and how far it is from its source",
    positionals: [.file("MODEL")],
    options: [
      .profile,
      Option(name: "--inputs", value: .array("X.npy"), help: "inputs beside adversarial and random ones"),
      Option(
        name: "--source", value: .file("MODEL0"), help: "the model that it was made from, to compare the outputs with"),
      .minimumAgreement, .minimumSQNR, ReportFile.option,
      Option(name: "--allow-overflow", help: "state accumulators that could overflow without failing"),
    ] + Option.subset + Option.selection,
    notes: [
      "Conformance to the profile, freedom from overflow and the file's provenance are proved for every input. The engines",
      "are compared on X.npy (16 samples without --count) and on adversarial and random inputs. With --source the distance",
      "from the source is measured on X.npy or on made-up samples. A classifier is compared before softmax. The distance is",
      "called close (an SQNR of \(Int(DistanceVerdict.closeDb)) dB or more), coarse, or far (below \(Int(DistanceVerdict.farDb)) dB, or more decisions differ than noise explains), which fails;",
      "--min-sqnr and --min-agreement demand something else. Exit code 1 when a part fails.",
    ],
    examples: [
      "verify int8.tflite --inputs images.npy --source uint8.tflite",
      "verify model.tflite --profile ./my-chip.json --json",
    ],
    perform: performVerify)

  private static func performVerify(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let subset = try arguments.subset()
    for option in ["--min-sqnr", "--min-agreement"]
    where arguments.isSet(option) && !arguments.isSet("--source") {
      throw UsageError("\(option) needs --source: it is the distance from the source")
    }
    let file = try ReportFile(arguments)
    let model = try LoadedModel(
      arguments.positionals[0], profile: arguments.text("--profile"),
      ModelSelection(arguments).usingAll().requiringSizes())
    let source = try arguments.text("--source").map {
      try LoadedModel($0, ModelSelection(arguments).shared(with: model).requiringSizes())
    }
    let data = try arguments.text("--inputs").map { path in
      try source.map { try ModelData(path, for: model, madeFrom: $0, arguments) }
        ?? ModelData(path, for: model, arguments)
    }
    var options = Verifier.Options()
    options.seed = console.seed
    options.allowsOverflow = arguments.isSet("--allow-overflow")
    options.demand = try arguments.demand()
    let meters = PassMeters(console)
    let checked = try CheckedFile(
      model, source: source, data: data, subset, options,
      progress: { meters.report($0.part.rawValue, done: $0.done, total: $0.total) }, whenDone: { meters.finish() })
    let (report, others) = (checked.report, checked.others)
    let output = VerifyReport(checked, model)
    try file?.write(output.about(model, others: others)) { output.html() }
    try console.report(output.about(model, others: others)) {
      (checked.data?.banner ?? "") + output.text(report, model, others)
    }
    return output.passed ? .success : .checkFailed
  }
}

/// What `verify --json` prints.
struct VerifyReport: Encodable {
  /// How far a tensor is from the source's.
  struct Distance: Encodable {
    let comparison: VerificationReport.TensorComparison

    private enum CodingKeys: String, CodingKey {
      case index, name, samples, agreement, ties, sqnrDb, maximumError, meanError
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(comparison.index, forKey: .index)
      try container.encode(comparison.name, forKey: .name)
      try container.encode(comparison.samples, forKey: .samples)
      try container.encode(comparison.agreement, forKey: .agreement)
      try container.encode(comparison.ties, forKey: .ties)
      // Null where nothing differs: the key is always there.
      try container.encode(comparison.sqnrDb, forKey: .sqnrDb)
      try container.encode(comparison.maximumError, forKey: .maximumError)
      try container.encode(comparison.meanError, forKey: .meanError)
    }
  }

  /// What an accumulator needs.
  struct Register: Encodable {
    let `operator`: Int
    let name: String
    let registerBits: Int
    let bitsNeeded: Int
    let overflowingChannels: [Int]
  }

  /// The distance from the source in a word.
  struct Verdict: Encodable {
    let word: DistanceVerdict.Word
    let passed: Bool
    let evidence: VerificationReport.Evidence
    let sqnrDb: Decibels
    let agreement: Double?
    let noiseAlikeAgreement: Double?
    let reasons: [String]
    let failures: [String]
    /// From which SQNR on a result is close, and below which it is far.
    let closeDb: Double
    let farDb: Double
    let birth: NoiseBirth?

    init(_ distance: VerificationReport.Distance, _ report: VerificationReport) {
      let worst = report.worstOutput
      word = distance.verdict.word
      passed = distance.verdict.passed
      evidence = distance.evidence
      sqnrDb = Decibels(worst?.sqnrDb)
      agreement = worst?.agreement
      noiseAlikeAgreement = distance.noiseAlikeAgreement
      reasons = distance.verdict.reasons
      failures = distance.verdict.failures
      (closeDb, farDb) = (DistanceVerdict.closeDb, DistanceVerdict.farDb)
      birth = distance.birth
    }
  }

  let passed: Bool
  /// Whether the model may be called verified.
  let verified: Bool
  /// Whether everything that can be proved holds.
  let proved: Bool
  /// The last word, as the text has it.
  let verdict: String
  let model: String
  let profile: String
  let programDigest: String?
  let parts: [VerificationReport.Part]
  let accumulators: [Register]
  let engines: VerificationReport.Engines?
  let distance: Verdict?
  let outputs: [Distance]
  let tensors: [Distance]
  let data: DataReport?
  let clippedInputShare: Double?
  let inputsDiffer: Bool?

  init(_ checked: CheckedFile, _ model: LoadedModel) {
    let report = checked.report
    data = checked.data
    clippedInputShare = checked.data?.clippedShare
    inputsDiffer = checked.data?.inputsDiffer
    (passed, verified, proved, verdict) = (checked.passed, checked.isVerified, checked.isProved, checked.verdict)
    distance = report.distance.map { Verdict($0, report) }
    self.model = model.path
    profile = model.profile.name
    programDigest = report.programDigest
    parts = report.parts
    accumulators = (report.overflow?.steps ?? []).map {
      Register(
        operator: $0.node, name: $0.name, registerBits: $0.registerBits, bitsNeeded: $0.bitsNeeded,
        overflowingChannels: $0.overflowing)
    }
    engines = report.engines
    outputs = report.outputs.map(Distance.init)
    tensors = report.tensors.map(Distance.init)
  }

  /// The parts for people.
  func text(_ report: VerificationReport, _ model: LoadedModel, _ others: [GraphCheck]) -> String {
    var text = "\(model.path.visible), profile \(model.profile.name.visible)\n"
    if model.graphs.count > 1, let graph = model.graph { text += "\(graph.label.visible)\n" }
    for (number, part) in report.parts.enumerated() {
      let status = part.status == .passed ? "pass" : part.status == .failed ? "FAIL" : "skip"
      text += "\(number + 1) \(part.name.rawValue.padded(to: 12)) \(status)  \(part.summary.visible)\n"
      let details = part.details.filter { !part.summary.contains($0) }
      for line in details.prefix(20) { text += "    \(line.visible)\n" }
      if details.count > 20 { text += "    and \(details.count - 20) more\n" }
    }
    if let digest = report.programDigest { text += "program \(digest)\n" }
    for check in others { text += check.text }
    return text + verdict + "\n"
  }
}

extension String {
  /// The text with spaces after it.
  func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
