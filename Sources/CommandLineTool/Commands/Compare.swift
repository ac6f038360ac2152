internal import Exploration
internal import HardwareProfile
internal import NetworkModel
internal import Reports
internal import Simulation
internal import Verification
internal import Workflows

extension Command {
  static let compare = Command(
    name: "compare",
    summary: "says where two models, or one model on several machines, part, and which decisions flip",
    positionals: [.file("A")], optionalPositional: .file("B"),
    options: [
      Option(
        name: "--inputs", value: .array("X.npy"), help: "the data; the leading axis counts the samples",
        isRequired: true),
      Option(
        name: "--profiles", value: .profiles("P,Q,…"), help: "the machines that A runs on, each against the first"),
      Option(name: "--profile-a", value: .profile("P"), help: "A's hardware; default: the one in A, or else tflite"),
      Option(name: "--profile-b", value: .profile("Q"), help: "B's hardware; default: the one in B, or else tflite"),
      ReportFile.option, Option(name: "--identical", help: "fail unless nothing differs anywhere"),
      .minimumAgreement, .minimumSQNR, .engine,
    ] + Option.subset + Option.selection,
    notes: [
      "B, or the first of the profiles, is what is measured against. A tensor is compared in real units with the one of",
      "the same name, or else the one at the same place of the graph. \"born\" is the difference that an operator makes by",
      "itself, given what the other model has at its inputs. A step is one step of the scale of B's tensor.",
      "Agreement and SQNR of a classifier are taken before softmax. Exit code 1 when a demanded bound does not hold.",
    ],
    examples: [
      "compare int8.tflite uint8.tflite --inputs images.npy --count 20",
      "compare model.tflite --profiles tflite,tflite-single-rounding --inputs images.npy --json",
    ],
    perform: performCompare)

  private static func performCompare(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let bounds = try ComparisonBounds(arguments)
    _ = try ReportFile(arguments)
    if let names = arguments.text("--profiles") {
      guard arguments.positionals.count == 1, !arguments.isSet("--profile-a"), !arguments.isSet("--profile-b") else {
        throw UsageError("--profiles compares one model with itself; leave B, --profile-a and --profile-b away")
      }
      let profiles = names.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard profiles.count >= 2 else { throw UsageError("--profiles names two profiles or more: P,Q,…") }
      return try await compareProfiles(profiles, arguments, bounds, console)
    }
    guard arguments.positionals.count == 2 else {
      throw UsageError("name a second model, or the machines with --profiles P,Q,…")
    }
    return try await compareModels(arguments, bounds, console)
  }

  private static func compareModels(
    _ arguments: Arguments, _ bounds: ComparisonBounds, _ console: Console
  ) async throws -> ExitCode {
    let subset = try arguments.subset()
    let choice = try arguments.choice("--engine", EngineChoice.self) ?? .fast
    let models = try [
      LoadedModel(
        arguments.positionals[0], profile: arguments.text("--profile-a"), ModelSelection(arguments).shared()),
      LoadedModel(
        arguments.positionals[1], profile: arguments.text("--profile-b"), ModelSelection(arguments).shared()),
    ]
    var data = try ModelData(arguments.requiredText("--inputs"), for: models[0], against: models[1], arguments)
    let sides = try data.sides.map { side in
      ComparedModel(
        network: side.model.network, program: try side.model.program(), meanings: side.model.provenance.meanings,
        data: side.set)
    }
    let pairs: TensorPairs
    do throws(TensorPairs.Mismatch) {
      pairs = try TensorPairs(models[0].network, models[1].network)
    } catch {
      throw InputError("\(models[0].path) and \(models[1].path) cannot be compared: \(error.description)")
    }
    let indices = try data.set.indices(of: subset)
    try data.compareInputs(of: indices)
    let meter = try console.progress("compare", data.set, subset)
    let comparison = try await ModelComparison.run(
      sides[0], against: sides[1], pairs, subset: subset,
      threads: models.map { $0.threads(console) }.min() ?? 1, engine: { choice.engine(for: $0) }
    ) {
      meter.advance()
    }
    meter.finish()
    let failures = bounds.failures(of: comparison)
    let report = CompareReport(comparison, models[0], models[1], failures, data.report())
    try ReportFile(arguments)?.write(report.about(models[0], models[1])) { report.html() }
    try console.report(report.about(models[0], models[1])) { report.text }
    return failures.isEmpty ? .success : .checkFailed
  }

  private static func compareProfiles(
    _ names: [String], _ arguments: Arguments, _ bounds: ComparisonBounds, _ console: Console
  ) async throws -> ExitCode {
    let subset = try arguments.subset()
    let choice = try arguments.choice("--engine", EngineChoice.self) ?? .fast
    let path = arguments.positionals[0]
    let first = try LoadedModel(path, profile: names[0], ModelSelection(arguments))
    var programs = [try first.program()]
    var unfit: [CompareProfilesReport.Unfit] = []
    for name in names.dropFirst() {
      let profile = try Profiles.resolve(name)
      do throws(LoweringError) {
        programs.append(try Program.lower(first.network, for: profile))
      } catch {
        unfit.append(.init(profile: profile.name, faults: error.faults.map(\.description)))
      }
    }
    let modelData = try ModelData(arguments.requiredText("--inputs"), for: first, arguments)
    let data = modelData.set
    let meter = try console.progress("compare", data, subset)
    let comparison = try await ProfileComparison.run(
      first.network, programs, meanings: first.provenance.meanings, data: data, subset: subset,
      threads: first.threads(console), engine: { choice.engine(for: $0) }
    ) {
      meter.advance()
    }
    meter.finish()
    let failures = comparison.machines.dropFirst().flatMap { machine in
      bounds.failures(of: machine.comparison).map { "\(machine.profile): \($0)" }
    }
    let report = CompareProfilesReport(comparison, unfit, first, failures, modelData.report())
    try ReportFile(arguments)?.write(report.about(first)) { report.html() }
    try console.report(report.about(first)) { report.text }
    return failures.isEmpty ? .success : .checkFailed
  }
}

extension Option {
  static let minimumAgreement = Option(
    name: "--min-agreement", value: .word("PERCENT"), help: "fail where fewer samples have the same arg-max")
  static let minimumSQNR = Option(
    name: "--min-sqnr", value: .word("DB"), help: "fail where an output's SQNR is lower")
}

extension Arguments {
  /// What `--min-agreement` and `--min-sqnr` demand.
  func demand() throws(UsageError) -> DistanceVerdict.Demand {
    DistanceVerdict.Demand(
      sqnrDb: try number("--min-sqnr", in: -1000...1000),
      agreement: try number("--min-agreement", in: 0...100).map { $0 / 100 })
  }
}

/// What the user demands of a comparison.
struct ComparisonBounds {
  private let isIdentical: Bool
  private let demand: DistanceVerdict.Demand

  init(_ arguments: Arguments) throws(UsageError) {
    isIdentical = arguments.isSet("--identical")
    demand = try arguments.demand()
  }

  /// The bounds that do not hold, in words.
  func failures(of comparison: ModelComparison) -> [String] {
    var failures: [String] = []
    if isIdentical, let tensor = comparison.firstDifference {
      failures.append("not identical: \(tensor.operation) \"\(tensor.name)\" differs")
    }
    for output in comparison.outputs { failures += demand.failures(output.name, output.comparison) }
    return failures
  }
}
