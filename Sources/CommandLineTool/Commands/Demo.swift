internal import Arrays
internal import DemoModel
internal import Exploration
internal import FastEngine
internal import HardwareProfile
internal import Reports
internal import Requantizer
internal import Simulation
internal import Verification
internal import Workflows

extension Command {
  static let demo = Command(
    name: "demo", summary: "does the main job on a built-in model: re-quantize, simulate, verify, report",
    options: [
      Option(
        name: "--output", short: "-o", value: .outputs("DIR"),
        help: "write the models, images and labels, to go on with")
    ],
    notes: [
      "The model reads handwritten digits. It was trained as uint8 with real scales, as older TensorFlow Lite models",
      "are; the hardware takes int8 and scales that are powers of two, so that it only shifts.",
    ],
    examples: ["demo", "demo --output demo/"],
    perform: performDemo)

  private static func performDemo(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let folder = arguments.text("--output").map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    if let folder { try OutputFolder.create(folder) }
    let demo = try await Demonstration(threads: console.threads, seed: console.seed)
    if let folder {
      let files = DemoModel.File.allCases.map { ($0.rawValue, DemoModel.bytes(of: $0)) }
      try publish(
        (files + [(Demonstration.resultName, demo.emission.bytes)]).map { name, bytes in
          try console.claims.claim(folder + name, for: "--output")
          return try AtomicFile.prepare(bytes, for: folder + name)
        })
    }
    try console.report(demo.report) { demo.text + (folder.map(Demonstration.nextSteps) ?? Demonstration.hint) }
    return demo.verification.passed ? .success : .checkFailed
  }
}

/// The whole way of a model on the built-in data.
private struct Demonstration {
  static let resultName = "demo_int8_pow2.tflite"
  static let calibrationCount = 64

  let profile: HardwareProfile
  let source: LoadedModel
  let requantized: Requantized
  let emission: Emission
  let before: Evaluation
  let after: Evaluation
  let verification: VerificationReport

  init(threads: Int, seed: UInt64) async throws {
    let images = DemoModel.bytes(of: .images)
    let labels = try Labels(bytes: DemoModel.bytes(of: .labels), name: "demo labels")
    profile = try Profiles.resolve("nna-int8-pow2")
    source = try LoadedModel(bytes: DemoModel.bytes(of: .uint8Model), path: DemoModel.File.uint8Model.rawValue)
    let sourceData = try Demonstration.data(images, source)
    let calibration = CalibrationSet(count: Demonstration.calibrationCount) { try sourceData.sample($0) }
    requantized = try await Requantizer(profile: profile, threads: threads, engine: { FastEngine($0) })
      .requantize(source.network, calibration: calibration)
    emission = try Emission(
      requantized, of: source, for: profile,
      calibration: ["file": DemoModel.File.images.rawValue, "samples": "\(Demonstration.calibrationCount)"])
    // From here on only the emitted file is looked at, as a user would.
    let result = try LoadedModel(bytes: emission.bytes, path: Demonstration.resultName)
    let resultData = try Demonstration.data(images, result)
    let others = Subset(skip: Demonstration.calibrationCount)
    before = try await Evaluation.run(
      FastEngine(source.program()), on: sourceData, labels: labels, subset: others, threads: threads)
    after = try await Evaluation.run(
      FastEngine(result.program()), on: resultData, labels: labels, subset: others, threads: threads)
    var options = Verifier.Options()
    options.seed = seed
    let shown = Subset(skip: Demonstration.calibrationCount, limit: 8).indices(of: sourceData.count)
    verification = Verifier(
      network: result.network, profile: result.profile, options: options, engine: { FastEngine($0) }
    ).verify(
      samples: try shown.map { try resultData.sample($0) }, provenance: result.provenance,
      ownProfile: result.ownProfile,
      source: source.asSource(samples: try shown.map { try sourceData.sample($0) }, isMadeUp: false))
  }

  private static func data(_ images: [UInt8], _ model: LoadedModel) throws -> DataSet {
    try DataSet(bytes: images, name: DemoModel.File.images.rawValue, for: model.network.inputSlots()[0])
  }
}

extension Demonstration {
  /// What `demo --json` prints.
  struct Report: Encodable {
    let profile: String
    let count: Int
    let top1Before: Double
    let top1After: Double
    let agreement: Double
    let sqnrDb: Double?
    let bitsNeeded: Int?
    let passed: Bool
    let verdict: String
    let programDigest: String
  }

  /// The part of images that both models take for the same digit.
  private var agreement: Int { zip(before.predictions, after.predictions).count { $0 == $1 } }

  var report: Report {
    Report(
      profile: profile.name, count: after.count, top1Before: Double(before.top1 ?? 0) / Double(before.count),
      top1After: Double(after.top1 ?? 0) / Double(after.count), agreement: Double(agreement) / Double(after.count),
      sqnrDb: verification.outputs.first?.sqnrDb, bitsNeeded: verification.overflow?.bitsNeeded,
      passed: verification.passed, verdict: verification.verdict, programDigest: emission.programDigest)
  }

  /// What was done and what came of it.
  var text: String {
    let count = after.count
    var table = TextTable([TextTable.Column(""), TextTable.Column("before"), TextTable.Column("after")])
    table.add(["numbers", "uint8, with zero points", "int8, zero point 0"])
    table.add(["scales", "any real number", "powers of two"])
    table.add(["rescaling", "32-bit multiplier, rounds twice", "one shift, rounds once"])
    table.add([
      "digits read right", Format.percent(before.top1 ?? 0, of: count), Format.percent(after.top1 ?? 0, of: count),
    ])
    table.add(["same answer", "", "\(Format.percent(agreement, of: count)) of the images"])
    table.add([
      "largest sum", "",
      "\(verification.overflow?.bitsNeeded ?? 0) bits of the accumulator's \(profile.accumulator.bits)",
    ])
    table.addRule()
    for part in verification.parts {
      table.add([part.name.rawValue, "", part.status == .passed ? "pass" : part.status == .failed ? "FAIL" : "skip"])
    }
    return """
      A network that reads handwritten digits, re-quantized for hardware that can only shift (\(profile.name)).
      \(Demonstration.calibrationCount) images guided the choice of scales; \(count) others were used for the numbers below.

      \(table.render())
      \(verdict)

      """
  }

  /// What the last part says, and on what it rests.
  private var verdict: String {
    guard verification.isVerified else { return "\(verification.verdict); bitexact verify tells the details" }
    let checked = Format.integer(verification.engines?.spotCheck.elementsChecked ?? 0)
    return "\(verification.verdict): the emitted file is the program \(emission.programDigest.prefix(16))…;\n"
      + "\(checked) of its integers, from all layers, were computed a second way and are equal"
  }

  static let hint = "To go on with these files: bitexact demo --output demo/\n"

  /// Command lines that go on with the written files.
  static func nextSteps(_ path: String) -> String {
    let folder = path.visible
    return """
      \(folder) holds the models, images and labels. Go on with:
        bitexact inspect \(folder)demo_uint8.tflite --profile nna-int8-pow2
        bitexact requantize \(folder)demo_uint8.tflite --profile nna-int8-pow2 --calibrate \(folder)demo_images.npy --count 64 \
      -o \(folder)mine.tflite
        bitexact evaluate \(folder)mine.tflite --inputs \(folder)demo_images.npy --labels \(folder)demo_labels.npy --skip 64
        bitexact verify \(folder)mine.tflite --inputs \(folder)demo_images.npy --source \(folder)demo_uint8.tflite
        bitexact run \(folder)mine.tflite --input \(folder)demo_images.npy --count 1 --trace \(folder)trace/

      """
  }
}
