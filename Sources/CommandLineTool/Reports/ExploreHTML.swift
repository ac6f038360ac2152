internal import Exploration
internal import Reports

extension ExploreReport {
  /// The report to look at.
  func html() -> HTMLReport {
    let hasLabels = points.contains { $0.top1 != nil }
    let runs = points.filter { $0.fault == nil }
    let facts = [
      HTMLReport.Fact("machines", Format.integer(points.count)),
      HTMLReport.Fact("on the front", "\(points.count { $0.pareto })"),
      HTMLReport.Fact("samples", Format.integer(points.map(\.samples).max() ?? 0)), HTMLReport.Fact("start", profile),
    ]
    func quality(_ row: Row) -> Double { 100 * (hasLabels ? row.top1 ?? 0 : row.agreement ?? 0) }
    func scatter(_ title: String, _ name: String, _ cost: (Row) -> Double?) -> HTMLReport.Block? {
      let costs = runs.compactMap(cost)
      guard Set(costs).count > 1 else { return nil }
      let marks = points.enumerated().compactMap { place, row -> ScatterChart.Point? in
        guard row.fault == nil, let x = cost(row) else { return nil }
        return ScatterChart.Point(
          key: "p\(place)", label: label(row), x: x, y: quality(row), isOnFront: row.pareto)
      }
      return .scatter(ScatterChart(title, x: name, y: hasLabels ? "top-1, %" : "agreement, %", points: marks))
    }
    let charts = [
      scatter("Decisions against the width of the accumulators", "accumulator bits") { Double($0.accumulatorBits) },
      scatter("Decisions against the size of the parameters", "parameters, kB") {
        $0.parameterBytes.map { Double($0) / 1000 }
      },
    ].compactMap(\.self)
    return HTMLReport(
      title: "\(model.fileName) on \(points.count) machines",
      subtitle: "Varied from \(profile): \(keys.joined(separator: ", "))",
      facts: facts, commands: [ReportFile.commandLine],
      sections: [
        data.section,
        HTMLReport.Section(
          "Pareto front",
          note:
            "Blue: near the model, and no other point is as good in decisions and SQNR at the same or a lower cost. Click a point to find its row.",
          charts.isEmpty ? [.paragraph("All points cost the same.")] : charts),
        HTMLReport.Section("Points", [.table(table(hasLabels))] + notes.map { .paragraph($0) }),
      ])
  }

  private func label(_ row: Row) -> String {
    let settings = keys.map { "\($0) = \(row.settings[$0] ?? "as it is")" }
    let numbers = [
      row.top1.map { "top-1 \(Format.percent($0, decimals: 2))" },
      row.agreement.map { "agreement \(Format.percent($0, decimals: 2))" },
      row.sqnrDb.map { "SQNR \(Format.number($0, decimals: 2)) dB" },
    ].compactMap(\.self)
    return (settings + numbers).joined(separator: "\n")
  }

  private func table(_ hasLabels: Bool) -> HTMLTable {
    var table = HTMLTable(
      [.init("front")]
        + keys.map { key in
          .init(key, isNumber: points.allSatisfy { Double($0.settings[key] ?? "0") != nil })
        } + (hasLabels ? [.init("top-1", isNumber: true)] : [])
        + [
          .init("agreement", isNumber: true), .init("SQNR dB", isNumber: true), .init("overflows", isNumber: true),
          .init("accumulator bits", isNumber: true), .init("needed", isNumber: true),
          .init("parameters", isNumber: true),
          .init("note"),
        ])
    for (place, row) in points.enumerated() {
      let settings = keys.map { key -> HTMLTable.Cell in
        let value = row.settings[key] ?? ""
        return Double(value).map { .number($0, value) } ?? .text(value)
      }
      table.add(
        key: "p\(place)",
        [.text(row.pareto ? "★" : "")] + settings + (hasLabels ? [.part(row.top1)] : []) + [
          .part(row.agreement), .decibels(row.sqnrDb, exact: row.agreement != nil),
          .number(
            row.accumulatorOverflows.map(Double.init), row.accumulatorOverflows.map { Format.integer($0) } ?? "-"),
          .count(row.accumulatorBits), .count(row.accumulatorBitsNeeded),
          .number(row.parameterBytes.map(Double.init), row.parameterBytes.map(Format.bytes) ?? "-"),
          .text(row.fault ?? (row.requantized ? "re-quantized" : "")),
        ])
    }
    return table
  }
}
