internal import Arrays
internal import Exploration
internal import FastEngine
internal import HardwareProfile
internal import Reports
internal import Verification
internal import Workflows

extension Command {
  static let explore = Command(
    name: "explore", summary: "runs a model on many machines: what each decides, what it loses and what it costs",
    positionals: [.file("MODEL")],
    options: [
      Option(
        name: "--profile", value: .profile("P"),
        help: "the machine to start from; default: the one in the model, or tflite"),
      Option(
        name: "--vary", value: .word("KEY=VALUES"),
        help: "a key of the profile and its values: 16,24 or 12..32 or 12..32/4",
        isRepeatable: true, isRequired: true),
      Option(name: "--one-at-a-time", help: "change one key at a time instead of trying all combinations"),
      Option(
        name: "--inputs", value: .array("X.npy"), help: "the data; the leading axis counts the samples",
        isRequired: true),
      Option(name: "--labels", value: .array("Y.npy"), help: "the class of each sample, to count what is right"),
      Option(
        name: "--calibrate", value: .array("C.npy"), help: "samples that guide re-quantization; default: 64 of X.npy"),
      Option(name: "--effort", value: .word("E"), help: "of re-quantization: fast, balanced (the default) or best"),
      Option(
        name: "--journal", value: .journal("J.jsonl"),
        help: "note each result there, and go on where an earlier run stopped"),
      ReportFile.option, Option(name: "--csv", value: .output("OUT.csv"), help: "write the results as a table"),
    ] + Option.subset + Option.selection,
    notes: [
      "A model that fits a point's machine runs there as it is; where it does not fit, it is re-quantized for it, once for",
      "all points whose numbers look the same. weights.bits and activations.bits stand for formats; requantize.rounding is",
      "the last rounding stage's. All points are measured against MODEL on its own machine, before softmax. A star marks",
      "the Pareto front: no other point is at least as good in decisions, SQNR, accumulator bits and parameter bytes, and",
      "better in one of them. A point far from the model (below \(Int(DistanceVerdict.farDb)) dB) has no star while another one is near.",
    ],
    examples: [
      "explore model.tflite --vary accumulator.bits=14..32 --vary accumulator.overflow=wrap,saturate --inputs x.npy",
      "explore model.tflite --profile nna-int8 --vary weights.bits=4,8 --inputs x.npy --labels y.npy --journal s.jsonl",
    ],
    perform: performExplore)

  private static func performExplore(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let axes = try axes(arguments)
    let file = try ReportFile(arguments)
    let isSingle = arguments.isSet("--one-at-a-time")
    let count = SweepPoint.count(axes, oneAtATime: isSingle)
    guard let count, count <= SweepPoint.limit else {
      throw UsageError("\(count.map(String.init) ?? "countless") points are too many; vary less at a time")
    }
    let points = SweepPoint.all(axes, oneAtATime: isSingle)
    let subset = try arguments.subset()
    let setup = try SweepSetup(arguments, points)
    let labels = try arguments.text("--labels").map { try Labels(contentsOf: $0) }
    let sweep = try Sweep(
      source: setup.source, labels: labels, subset: subset, threads: setup.model.threads(console),
      engine: { FastEngine($0) })
    let journal = try arguments.text("--journal").map { path in
      try SweepJournal(path: path, identity: setup.identity(subset, arguments))
    }
    if let lines = journal?.damagedLines, !lines.isEmpty {
      let list = lines.prefix(8).map(String.init).joined(separator: ", ") + (lines.count > 8 ? " …" : "")
      let what = "\(lines.count) damaged lines are not used and their results are computed again"
      console.note("\(arguments.text("--journal") ?? ""): \(what): \(list)")
    }
    let unknown = Set(points.filter { journal?.results[$0] == nil })
    let meter = SweepMeter(
      console, points: points.count, known: points.count - unknown.count,
      requantizations: setup.requantizations(for: unknown))
    let machines = try SweepMachines(
      setup, samples: setup.data.set.indices(of: subset), threads: console.threads
    ) { event in
      switch event {
      case .begin: meter.begin(.requantization)
      case .part(let name, let done, let total): meter.show("re-quantize: \(name)", done, total)
      case .end: meter.finish(.requantization)
      }
    }
    let results = try await sweep.run(
      points, journal: journal, accumulatorBits: { setup.profiles[$0]?.accumulator.bits ?? 0 },
      machine: { try await machines.machine(for: $0) }
    ) { event in
      switch event {
      case .source(let done, let total):
        meter.show("run the source", done, total)
        if done == total { meter.begin(.point) }
      case .sample(let done, let total): meter.show("run", done, total, isEven: true)
      case .point(let place, _): meter.finishPoint(isKnown: !unknown.contains(points[place - 1]))
      }
    }
    meter.finish()
    let report = ExploreReport(results, setup, await machines.dataReport())
    let table = try arguments.text("--csv").map { try AtomicFile.prepare(Array(report.csv.utf8), for: $0) }
    try publish([table, file?.prepare(report.about(setup.model)) { report.html() }].compactMap(\.self))
    try console.report(report.about(setup.model)) { report.text }
    return .success
  }

  private static func axes(_ arguments: Arguments) throws(UsageError) -> [SweepAxis] {
    var axes: [SweepAxis] = []
    for text in arguments.all("--vary") {
      do throws(SweepAxis.Fault) {
        axes.append(try SweepAxis(text))
      } catch {
        throw UsageError("--vary \(error.description)")
      }
    }
    for (place, axis) in axes.enumerated() where axes.prefix(place).contains(where: { $0.key == axis.key }) {
      throw UsageError("--vary \(axis.key) is given twice; put all its values into one")
    }
    return axes
  }
}
