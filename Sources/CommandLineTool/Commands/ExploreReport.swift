internal import Exploration
internal import HardwareProfile
internal import Reports
internal import Workflows

/// What `explore --json` prints.
struct ExploreReport: Encodable {
  struct Row: Encodable {
    let settings: [String: String]
    let fault: String?
    let requantized: Bool
    let samples: Int
    let top1: Double?
    let agreement: Double?
    let sqnrDb: Double?
    let accumulatorOverflows: Int?
    let accumulatorBits: Int
    let accumulatorBitsNeeded: Int?
    let parameterBytes: Int?
    let pareto: Bool
  }

  let model: String
  let profile: String
  let keys: [String]
  let points: [Row]
  /// Keys whose values all do the same.
  let keysWithoutEffect: [String]
  let data: DataReport
  let clippedInputShare: Double
  let inputsDiffer: Bool
  /// What a reader would not see from the numbers.
  let notes: [String]

  private enum CodingKeys: String, CodingKey {
    case model, profile, keys, points, keysWithoutEffect, data, clippedInputShare, inputsDiffer
  }

  init(_ results: [SweepResult], _ setup: SweepSetup, _ data: DataReport) {
    self.data = data
    clippedInputShare = data.clippedShare
    inputsDiffer = data.inputsDiffer
    model = setup.model.path
    profile = setup.base.name
    keys = results.keys
    keysWithoutEffect = results.keysWithoutEffect
    notes = keysWithoutEffect.map { key in
      "\(key) changes nothing: with each of its values the machine does the same for this model"
        + (setup.followsInt16Instead(of: key) ? "; layers of int16 follow int16.\(key)" : "")
    }
    let front = Set(results.paretoFront)
    points = results.enumerated().map { place, result in
      Row(
        settings: Dictionary(result.point.settings.map { ($0.key, $0.value) }) { first, _ in first },
        fault: result.fault, requantized: result.isRequantized, samples: result.samples,
        top1: result.top1.map { Double($0) / Double(result.samples) },
        agreement: result.agreements.map { Double($0) / Double(result.samples) }, sqnrDb: result.sqnrDb,
        accumulatorOverflows: result.overflows, accumulatorBits: result.accumulatorBits,
        accumulatorBitsNeeded: result.accumulatorBitsNeeded, parameterBytes: result.parameterBytes,
        pareto: front.contains(place))
    }
  }

  /// The columns after the keys, each with its cell for people.
  private static let columns: [(title: String, cell: @Sendable (Row) -> String)] = [
    ("top-1", { $0.top1.map { Format.percent($0, decimals: 2) } ?? "-" }),
    ("agreement", { $0.agreement.map { Format.percent($0, decimals: 2) } ?? "-" }),
    ("SQNR dB", { $0.sqnrDb.map { Format.number($0, decimals: 2) } ?? ($0.agreement == nil ? "-" : "exact") }),
    ("overflows", { $0.accumulatorOverflows.map { Format.engineering(Double($0)) } ?? "-" }),
    ("acc bits", { "\($0.accumulatorBits)" }),
    ("needed", { $0.accumulatorBitsNeeded.map(String.init) ?? "-" }),
    ("parameters", { $0.parameterBytes.map(Format.bytes) ?? "-" }),
  ]

  var text: String {
    let hasLabels = points.contains { $0.top1 != nil }
    let columns = Self.columns.filter { hasLabels || $0.title != "top-1" }
    var table = TextTable(
      [TextTable.Column("")] + keys.map { TextTable.Column($0, .right) }
        + columns.map { TextTable.Column($0.title, .right) } + [TextTable.Column("")])
    for row in points {
      table.add(
        [row.pareto ? "*" : ""] + keys.map { row.settings[$0] ?? "" } + columns.map { $0.cell(row) }
          + [row.fault ?? (row.requantized ? "re-quantized" : "")])
    }
    table.footnotes =
      ["", "*: near the model, and no other point is at least as good in decisions, SQNR and cost, and better in one"]
      + notes
    let samples = points.map(\.samples).max() ?? 0
    return
      "\(data.banner)\(model.visible) on \(points.count) machines from \(profile.visible), \(Format.integer(samples)) samples\n\n\(table.render())"
  }

  /// The results with a line for each point; empty cells where nothing is known.
  var csv: String {
    let head =
      keys + [
        "top1", "agreement", "sqnrDb", "accumulatorOverflows", "accumulatorBits", "accumulatorBitsNeeded",
        "parameterBytes", "requantized", "pareto", "fault",
      ]
    let lines = points.map { row -> [String] in
      let numbers = [
        row.top1.map { "\($0)" }, row.agreement.map { "\($0)" }, row.sqnrDb.map { "\($0)" },
        row.accumulatorOverflows.map(String.init), "\(row.accumulatorBits)",
        row.accumulatorBitsNeeded.map(String.init), row.parameterBytes.map(String.init), "\(row.requantized)",
        "\(row.pareto)", row.fault,
      ]
      return keys.map { row.settings[$0] ?? "" } + numbers.map { $0 ?? "" }
    }
    return ([head] + lines).map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
  }

  /// A cell on one line, in quotes where CSV demands them.
  private static func quoted(_ cell: String) -> String {
    let cell = cell.visible
    guard cell.contains(where: { ",\"".contains($0) }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }
}
