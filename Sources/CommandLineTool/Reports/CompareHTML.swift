internal import Exploration
internal import Reports
internal import Verification

extension CompareReport {
  /// The report to look at.
  func html() -> HTMLReport {
    var facts = [
      HTMLReport.Fact("samples", Format.integer(samples.count)), HTMLReport.Fact("identical", identical ? "yes" : "no"),
    ]
    for output in outputs.prefix(3) {
      facts += [
        HTMLReport.Fact("SQNR before softmax", output.sqnrDb.map { "\(Format.number($0, decimals: 2)) dB" } ?? "exact"),
        HTMLReport.Fact("arg-max agreement", Format.percent(output.agreement, decimals: 2)),
      ]
    }
    return HTMLReport(
      title: "\(models[0].fileName) against \(models[1].fileName)", subtitle: "\(profiles[0]) against \(profiles[1])",
      facts: facts,
      commands: [ReportFile.commandLine],
      sections: [data.section, ComparedTensor.section(tensors), OutputDifference.section(outputs)])
  }
}

extension ComparedTensor {
  /// How a row and its marks are called.
  private var key: String { "t\(index)" }

  /// Charts and a table of tensors.
  static func section(_ tensors: [ComparedTensor], _ title: String = "Tensors") -> HTMLReport.Section {
    let marks = tensors.map {
      LayerChart.Layer(key: $0.key, tick: $0.operator.map(String.init) ?? "in", label: "\($0.place) \($0.name)")
    }
    let chart = LayerChart(
      "SQNR of each tensor", unit: "dB", layers: marks,
      series: [
        .init("accumulated", tensors.map(\.accumulated.sqnrDb)), .init("born", tensors.map { $0.born?.sqnrDb ?? nil }),
      ])
    let steps = LayerChart(
      "Mean and largest difference of each tensor", unit: "steps", layers: marks,
      series: [
        .init("largest", tensors.map(\.accumulated.maximumSteps), isBar: true),
        .init("mean", tensors.map(\.accumulated.meanSteps)),
      ])
    var table = HTMLTable(
      [
        .init("#", isNumber: true), .init("operator"), .init("tensor"), .init("SQNR dB", isNumber: true),
        .init("born dB", isNumber: true), .init("differ", isNumber: true), .init("largest, steps", isNumber: true),
        .init("mean, steps", isNumber: true), .init("differences"),
      ],
      caption:
        "Differences: how many elements differ by up to ½, 1, 2, 4 … 64 steps, and more; heights as square roots.")
    for tensor in tensors {
      let difference = tensor.accumulated
      table.add(
        key: tensor.key,
        [
          .count(tensor.operator), .text(tensor.operation), .text(tensor.name),
          .decibels(difference.sqnrDb, exact: difference.differing == 0),
          .decibels(tensor.born?.sqnrDb, exact: tensor.born?.differing == 0),
          .part(difference.elements == 0 ? nil : Double(difference.differing) / Double(difference.elements)),
          .real(difference.maximumSteps, decimals: 1), .real(difference.meanSteps, decimals: 3),
          .histogram(difference.histogram.dropFirst().map(Double.init), []),
        ])
    }
    return HTMLReport.Section(
      title,
      note: "Accumulated: both models run whole. Born: the operator alone, reading what the other model has there.",
      [.layers(chart), .layers(steps), .table(table)])
  }
}

extension OutputDifference {
  /// The outputs and the samples that are decided otherwise.
  static func section(_ outputs: [OutputDifference]) -> HTMLReport.Section {
    var table = HTMLTable([
      .init("output"), .init("SQNR dB", isNumber: true), .init("agreement", isNumber: true),
      .init("ties", isNumber: true),
      .init("largest error", isNumber: true), .init("mean error", isNumber: true),
    ])
    var flips = HTMLTable([
      .init("output"), .init("sample", isNumber: true), .init("A", isNumber: true), .init("B", isNumber: true),
    ])
    for output in outputs {
      table.add([
        .text(output.name), .decibels(output.sqnrDb, exact: true), .part(output.agreement), .count(output.ties),
        .real(output.maximumError, decimals: 4), .real(output.meanError, decimals: 4),
      ])
      for flip in output.flips { flips.add([.text(output.name), .count(flip.sample), .count(flip.a), .count(flip.b)]) }
    }
    let flipped = outputs.contains { !$0.flips.isEmpty }
    return HTMLReport.Section(
      "Outputs and decisions", note: "A classifier's output is compared before softmax.",
      [.table(table)]
        + (flipped
          ? [.paragraph("Samples with another arg-max:"), .table(flips)] : [.paragraph("No arg-max differs.")]))
  }
}

extension CompareProfilesReport {
  /// The report to look at.
  func html() -> HTMLReport {
    var table = HTMLTable([
      .init("profile"), .init("parts first at"), .init("tensors that differ", isNumber: true),
      .init("flips", isNumber: true), .init("exact ties", isNumber: true),
    ])
    for machine in machines {
      table.add([
        .text(machine.profile), .text(machine.firstDifference.map { "\($0.place) \"\($0.name)\"" } ?? "never"),
        .count(machine.tensors.count { $0.accumulated.differing > 0 }),
        .count(machine.outputs.reduce(0) { $0 + $1.flips.count }),
        .part(machine.requantizations == 0 ? nil : Double(machine.ties) / Double(machine.requantizations), decimals: 3),
      ])
    }
    let missing = unfit.map {
      HTMLReport.Block.paragraph("\($0.profile): the model does not fit, \($0.faults.first ?? "")")
    }
    return HTMLReport(
      title: "\(model.fileName) on \(machines.count) machines", subtitle: "Each against \(machines[0].profile)",
      facts: [.init("samples", Format.integer(samples.count)), .init("machines", "\(machines.count)")],
      commands: [ReportFile.commandLine],
      sections: [data.section, HTMLReport.Section("Machines", [.table(table)] + missing)]
        + machines.dropFirst().filter { !$0.identical }.map { ComparedTensor.section($0.tensors, $0.profile) })
  }
}
