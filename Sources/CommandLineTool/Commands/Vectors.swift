internal import Exploration
internal import NetworkModel
internal import Reports
internal import Simulation
internal import Verification
internal import Workflows

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension Command {
  static let vectors = Command(
    name: "vectors", summary: "writes golden vectors of each operator, for a testbench or a driver",
    positionals: [.file("MODEL")],
    options: [
      .profile,
      Option(
        name: "--inputs", value: .array("X.npy"), help: "the data; the leading axis counts the samples",
        isRequired: true),
      Option(
        name: "--format", value: .word("F"), help: "npy, hex ($readmemh), c (headers) or sv (hex and testbenches)"),
      Option(
        name: "--output", short: "-o", value: .folder("DIR", knownBy: "manifest.json"),
        help: "the folder that is written", isRequired: true),
      Option(
        name: "--operator", value: .word("I"), help: "only this operator, by its index in the file", isRepeatable: true),
      .engine,
    ] + Option.subset + Option.selection,
    notes: [
      "For each operator: inputs, weights as stored in the machine's order of taps, biases, the numbers of each stage of",
      "the requantization by channel, the sums before it, outputs. DIR/manifest.json names each file with its shape,",
      "width and signedness. DIR appears when it is complete; former vectors in it are replaced, other files never.",
      "The default format is npy.",
    ],
    examples: [
      "vectors model.tflite --profile nna-int8-pow2 --inputs images.npy --count 1 --format sv -o vectors/",
      "vectors model.tflite --inputs images.npy --count 4 --operator 0 --operator 3 --format c -o vectors/",
    ],
    perform: performVectors)

  private static func performVectors(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let subset = try arguments.subset()
    let choice = try arguments.choice("--engine", EngineChoice.self) ?? .fast
    let encoding = try arguments.choice("--format", VectorEncoding.self) ?? .npy
    let model = try LoadedModel(
      arguments.positionals[0], profile: arguments.text("--profile"), ModelSelection(arguments))
    let chosen = try operators(arguments.all("--operator"), of: model.network)
    let program = try model.program()
    let modelData = try ModelData(arguments.requiredText("--inputs"), for: model, arguments)
    let data = modelData.set
    let indices = try data.indices(of: subset)
    let vectors: [OperatorVectors]
    do throws(VectorError) {
      vectors = try OperatorVectors.plan(
        program, of: model.network, nodes: chosen, encoding: encoding, samples: indices.count)
    } catch {
      throw InputError("\(model.path): \(error.description)")
    }
    try checkSize(vectors, data)
    let folder = try VectorFolder(arguments.requiredText("--output"), encoding: encoding)
    for operation in vectors { try folder.begin(operation) }
    let threads = model.threads(console)
    let engine = choice.engine(for: program, threadsInside: threads)
    let registers = vectors.map { $0.register.map { choice.engine(for: $0, threadsInside: threads) } }
    let meter = console.progress("vectors", total: indices.count * vectors.count)
    for sample in indices {
      let trace = try engine.run(data.sample(sample), trace: .all).trace
      for (operation, register) in zip(vectors, registers) {
        let sums = try register.map { register in
          try register.run(register.program.inputs.map { trace[$0] ?? [] }, trace: .none).outputs[0]
        }
        try folder.append(operation.elements(trace, sums: sums), of: operation)
        meter.advance()
      }
    }
    let manifest = VectorManifest(
      vectors, of: program,
      model: .init(file: URL(filePath: model.path).lastPathComponent, sha256: model.digest()),
      encoding: encoding, samples: Array(indices))
    try folder.finish(vectors, manifest)
    meter.finish()
    let report = VectorsReport(folder, vectors, manifest, modelData.report())
    try console.report(report.about(model)) { report.text }
    return .success
  }

  /// The operators that the user names; `nil` for all.
  private static func operators(_ words: [String], of network: Network) throws(UsageError) -> Set<Int>? {
    if words.isEmpty { return nil }
    var chosen: Set<Int> = []
    for word in words {
      guard let index = Int(word), network.nodes.indices.contains(index) else {
        throw UsageError("--operator is \"\(word)\"; allowed are the indices 0 to \(network.nodes.count - 1)")
      }
      chosen.insert(index)
    }
    return chosen
  }

  /// Refuses what would fill a disk by mistake.
  private static func checkSize(_ vectors: [OperatorVectors], _ data: DataSet) throws(InputError) {
    let elements = vectors.flatMap(\.arrays).map(\.count).reduce(0, +)
    guard elements <= VectorsReport.elementLimit else {
      throw InputError(
        "\(data.name): the vectors would have \(elements) elements, and at most \(VectorsReport.elementLimit) are "
          + "written; choose fewer samples with --count or operators with --operator")
    }
  }
}

/// What `vectors` prints.
private struct VectorsReport: Encodable {
  /// The most elements that are written at once.
  static let elementLimit = 2_000_000_000

  let output: String
  let format: VectorEncoding
  let profile: String
  let programDigest: String
  let count: Int
  let operators: Int
  let files: Int
  let elements: Int
  let bytes: Int
  /// The operators with a register whose sums are not recorded.
  let withoutAccumulators: [Int]
  let data: DataReport
  let clippedInputShare: Double

  init(_ folder: VectorFolder, _ vectors: [OperatorVectors], _ manifest: VectorManifest, _ data: DataReport) {
    self.data = data
    clippedInputShare = data.clippedShare
    output = folder.path
    format = manifest.encoding
    profile = manifest.profile
    programDigest = manifest.programDigest
    count = manifest.samples.count
    operators = vectors.count
    files = manifest.files.count + 1
    elements = vectors.flatMap(\.arrays).map(\.count).reduce(0, +)
    bytes = folder.byteCount
    withoutAccumulators = vectors.filter(\.lacksSums).map(\.step.node)
  }

  var text: String {
    var text =
      data.banner
      + "\(output.visible): \(operators) operators, \(count) samples, profile \(profile.visible), \(files) files, "
      + "\(Format.engineering(Double(bytes), unit: "B"))\n"
    if !withoutAccumulators.isEmpty {
      text +=
        "sums beyond 32 bits are not recorded: operators "
        + withoutAccumulators.map(String.init).joined(separator: ", ") + "\n"
    }
    return text
  }
}
