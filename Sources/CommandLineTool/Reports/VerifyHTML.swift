internal import Reports
internal import Verification

extension VerifyReport {
  /// The report to look at.
  func html() -> HTMLReport {
    var parts = HTMLTable([.init("part"), .init("result"), .init("what was found")])
    for part in self.parts {
      parts.add([
        .text(part.name.rawValue), .text(part.status.rawValue),
        .sentence(
          ([part.summary] + part.details.filter { !part.summary.contains($0) }.prefix(20)).joined(separator: " · ")),
      ])
    }
    var registers = HTMLTable([
      .init("#", isNumber: true), .init("operator"), .init("register", isNumber: true), .init("needed", isNumber: true),
      .init("channels at risk", isNumber: true),
    ])
    for row in accumulators {
      registers.add(
        key: "\(row.operator)",
        [
          .count(row.operator), .text(row.name), .count(row.registerBits), .count(row.bitsNeeded),
          .count(row.overflowingChannels.count),
        ])
    }
    let chart = LayerChart(
      "Bits that each accumulator needs", unit: "bits",
      layers: accumulators.map {
        .init(key: "\($0.operator)", tick: "\($0.operator)", label: "\($0.operator) \($0.name)")
      },
      series: [.init("needed", accumulators.map { Double($0.bitsNeeded) }, isBar: true)],
      limit: .init("register", accumulators.map { Double($0.registerBits) }))
    var sections =
      (data.map { [$0.section] } ?? []) + [
        HTMLReport.Section("Parts", [.table(parts)]),
        HTMLReport.Section("Accumulators", [.layers(chart), .table(registers)]),
      ]
    if !tensors.isEmpty {
      var table = HTMLTable([
        .init("tensor", isNumber: true), .init("name"), .init("SQNR dB", isNumber: true),
        .init("largest error", isNumber: true), .init("mean error", isNumber: true),
      ])
      for row in tensors.map(\.comparison) {
        table.add(
          key: "t\(row.index)",
          [
            .count(row.index), .text(row.name), .decibels(row.sqnrDb, exact: true),
            .real(row.maximumError, decimals: 4),
            .real(row.meanError, decimals: 4),
          ])
      }
      let distance = LayerChart(
        "SQNR of each tensor against the source", unit: "dB",
        layers: tensors.map {
          .init(key: "t\($0.comparison.index)", tick: "\($0.comparison.index)", label: $0.comparison.name)
        },
        series: [.init("accumulated", tensors.map(\.comparison.sqnrDb))])
      sections.append(HTMLReport.Section("Distance from the source", [.layers(distance), .table(table)]))
    }
    return HTMLReport(
      title: "\(model.fileName): \(verdict)",
      subtitle: "Profile \(profile); program \(programDigest ?? "none")",
      facts: self.parts.map { .init($0.name.rawValue, $0.status.rawValue) }
        + (distance.map { [HTMLReport.Fact("distance", $0.word.rawValue)] } ?? []), commands: [ReportFile.commandLine],
      sections: sections)
  }
}
