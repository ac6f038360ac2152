internal import Exploration
internal import FastEngine
internal import FixedPoint
internal import HardwareProfile
internal import Reports
internal import Simulation
internal import Verification
internal import Workflows

extension Command {
  /// `inspect --accumulators`.
  static func inspectAccumulators(_ arguments: Arguments, _ console: Console) async throws -> ExitCode {
    let model = try LoadedModel(
      arguments.positionals[0], profile: arguments.text("--profile"), ModelSelection(arguments).requiringSizes())
    let program = try model.program()
    var subset = try arguments.subset()
    subset.limit = subset.limit ?? 16
    let report: AccumulatorReport
    var told: DataReport?
    if let path = arguments.text("--inputs") {
      let modelData = try ModelData(path, for: model, arguments)
      let data = modelData.set
      let meter = try console.progress("accumulators", data, subset)
      report = try await AccumulatorReport.run(
        program, data: data, subset: subset, threads: model.threads(console), engine: { FastEngine($0) }
      ) {
        meter.advance()
      }
      meter.finish()
      told = modelData.report()
    } else {
      report = AccumulatorReport(program)
    }
    let output = AccumulatorOutput(report, model, told)
    try console.report(output.about(model)) { output.text }
    return output.operators.allSatisfy { $0.channelsAtRisk.isEmpty } ? .success : .checkFailed
  }
}

/// What `inspect --accumulators --json` prints.
struct AccumulatorOutput: Encodable {
  struct Row: Encodable {
    let `operator`: Int
    let name: String
    let registerBits: Int
    let overflow: String
    let terms: Int
    let formatBits: Int
    let provedBits: Int
    let provedSumBits: Int
    let observedBits: Int?
    let observedSumBits: Int?
    let reached: Bool?
    let channelsAtRisk: [Int]
    let channels: [Channel]
  }

  struct Channel: Encodable {
    let lowest: Int64
    let highest: Int64
    let bits: Int
    let observedLowest: Int64?
    let observedHighest: Int64?
  }

  let model: String
  let profile: String
  let samples: Int
  let operators: [Row]
  let data: DataReport?
  let clippedInputShare: Double?

  init(_ report: AccumulatorReport, _ model: LoadedModel, _ data: DataReport?) {
    self.data = data
    clippedInputShare = data?.clippedShare
    self.model = model.path
    profile = model.profile.name
    samples = report.samples
    operators = report.rows.map { row in
      Row(
        operator: row.node, name: row.name, registerBits: row.register.format.bits,
        overflow: row.register.overflow.rawValue, terms: row.terms, formatBits: row.formatBits,
        provedBits: row.provedBits, provedSumBits: row.provedSumBits, observedBits: row.observed?.partialBits,
        observedSumBits: row.observed?.sumBits, reached: row.isReached, channelsAtRisk: row.atRisk,
        channels: row.channels.enumerated().map { index, bound in
          let observed = row.observed?.partial[index]
          return Channel(
            lowest: bound.lowest, highest: bound.highest, bits: bound.bitsNeeded, observedLowest: observed?.lowerBound,
            observedHighest: observed?.upperBound)
        })
    }
  }

  var text: String {
    var table = TextTable([
      TextTable.Column("#", .right), TextTable.Column("operator"), TextTable.Column("terms", .right),
      TextTable.Column("register", .right), TextTable.Column("format", .right), TextTable.Column("proved", .right),
      TextTable.Column("proved sum", .right), TextTable.Column("observed", .right),
      TextTable.Column("observed sum", .right), TextTable.Column("at risk", .right), TextTable.Column("reached"),
    ])
    for row in operators {
      table.add([
        "\(row.operator)", row.name, "\(row.terms)", "\(row.registerBits) \(row.overflow)", "\(row.formatBits)",
        "\(row.provedBits)", "\(row.provedSumBits)", row.observedBits.map(String.init) ?? "-",
        row.observedSumBits.map(String.init) ?? "-",
        row.channelsAtRisk.isEmpty ? "0" : "\(row.channelsAtRisk.count) of \(row.channels.count)",
        row.reached.map { $0 ? "yes" : "no" } ?? "",
      ])
    }
    table.addRule()
    func most(_ bits: (Row) -> Int?) -> String { operators.compactMap(bits).max().map(String.init) ?? "-" }
    table.add([
      "", "all", "", "", most(\.formatBits), most(\.provedBits), most(\.provedSumBits), most(\.observedBits),
      most(\.observedSumBits),
    ])
    table.footnotes = [
      "",
      "bits that suffice. format: if inputs held any integer of their format; proved: for all that can reach the operator,",
      "at every check of the register; proved sum: for whole sums, which is enough where a register wraps; observed: on "
        + (samples == 0 ? "data (--inputs)" : "\(Format.integer(samples)) samples") + ";",
      "reached: an input constructed for the layer overflows one bit less, on the reference engine, and none of the width",
    ]
    return (data?.banner ?? "") + "\(model.visible), profile \(profile.visible)\n\n\(table.render())"
  }
}
