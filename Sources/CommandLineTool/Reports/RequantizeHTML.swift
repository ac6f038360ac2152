internal import Workflows
internal import Requantizer
internal import Exploration
internal import NetworkModel
internal import Reports
internal import Verification

extension RequantizeReport {
  /// The report to look at.
  func html() -> HTMLReport {
    var facts = [
      HTMLReport.Fact("profile", profile), HTMLReport.Fact("distance from the source", summary.verdict.rawValue),
      HTMLReport.Fact(
        "SQNR before softmax", summary.logitsSqnrDb.value.map { "\(Format.number($0, decimals: 2)) dB" } ?? "exact"),
      HTMLReport.Fact("arg-max agreement", Format.percent(summary.agreement, decimals: 2)),
    ]
    if let before = summary.sourceTop1, let after = summary.resultTop1 {
      facts.append(HTMLReport.Fact("top-1, source", Format.percent(before, decimals: 2)))
      facts.append(HTMLReport.Fact("top-1, result", Format.percent(after, decimals: 2)))
    }
    facts += [
      HTMLReport.Fact("overflow", overflow.details.isEmpty ? "proved impossible" : "possible"),
      HTMLReport.Fact("samples", Format.integer(summary.samples)), HTMLReport.Fact("file", Format.bytes(bytes)),
      HTMLReport.Fact("effort", effort),
    ]
    return HTMLReport(
      title: "\(source.fileName) for \(profile)",
      subtitle:
        "Re-quantized to \(output.fileName); program \(programDigest.prefix(16))…. Measured on \(samples.words).",
      facts: facts, commands: [ReportFile.commandLine],
      sections: (data.map { [$0.section] } ?? []) + [
        errors, registers, layerSection, weightSection, tensorSection, passSection,
      ])
  }

  private var marks: [LayerChart.Layer] {
    figures.map {
      .init(key: "\($0.operator)", tick: "\($0.operator)", label: "\($0.operator) \($0.name) \($0.output)")
    }
  }

  /// For each layer the part of its output that is at an end of the format while the source lies beyond.
  private var saturations: [Double?] {
    let measured = Dictionary(tensors.map { ($0.tensor, $0.saturation) }) { first, _ in first }
    return figures.map { measured[$0.tensor] }
  }

  private var errors: HTMLReport.Section {
    HTMLReport.Section(
      "Error by layer",
      note: "Accumulated: the whole network runs. Born: the layer alone, reading what the source has there. Higher is "
        + "better; where nothing differs there is no mark.",
      [
        .layers(
          LayerChart(
            "SQNR of each layer's output against the source", unit: "dB", layers: marks,
            series: [.init("accumulated", figures.map(\.sqnrDb)), .init("born", figures.map(\.bornSqnrDb))])),
        .layers(
          LayerChart(
            "Part of each output that only the format cut", unit: "%", layers: marks,
            series: [.init("saturated", saturations.map { $0.map { $0 * 100 } }, isBar: true)])),
      ])
  }

  private var registers: HTMLReport.Section {
    HTMLReport.Section(
      "Accumulators", note: "The width that suffices for every sum that can occur, and for those on the samples.",
      [
        .layers(
          LayerChart(
            "Bits of each accumulator", unit: "bits", layers: marks,
            series: [
              .init("proved", figures.map { $0.provedBits.map(Double.init) }, isBar: true),
              .init("observed", figures.map { $0.observedBits.map(Double.init) }, isBar: true),
            ], limit: .init("register", figures.map { $0.registerBits.map(Double.init) })))
      ])
  }

  private var layerSection: HTMLReport.Section {
    var table = HTMLTable(
      [
        .init("#", isNumber: true), .init("operator"), .init("output"), .init("shape"),
        .init("parameters", isNumber: true),
        .init("SQNR dB", isNumber: true), .init("born dB", isNumber: true), .init("saturated", isNumber: true),
        .init("register", isNumber: true), .init("proved", isNumber: true), .init("observed", isNumber: true),
        .init("weights before | after"), .init("activations"),
      ],
      caption:
        "Histograms span the format from its lowest to its highest integer, heights as square roots. Weights: filled "
        + "before, line after, less their zero points.")
    for (row, saturation) in zip(figures, saturations) {
      table.add(
        key: "\(row.operator)",
        [
          .count(row.operator), .text(row.name), .text(row.output), .text(Shape(row.shape).description),
          .count(row.parameters), .decibels(row.sqnrDb), .decibels(row.bornSqnrDb), .part(saturation),
          .count(row.registerBits), .count(row.provedBits), .count(row.observedBits),
          .histogram((row.weightsBefore ?? []).map(Double.init), (row.weightsAfter ?? []).map(Double.init)),
          .histogram((row.activations ?? []).map(Double.init), []),
        ])
    }
    return HTMLReport.Section("Layers", [.table(table)])
  }

  private var weightSection: HTMLReport.Section {
    var table = HTMLTable([
      .init("#", isNumber: true), .init("operator"), .init("before"), .init("after"),
      .init("weight SQNR dB", isNumber: true),
      .init("output SQNR dB", isNumber: true), .init("saturation", isNumber: true), .init("shifts"),
      .init("clipped", isNumber: true), .init("bias moved", isNumber: true), .init("parts"),
    ])
    for layer in layers {
      let shifts = layer.shifts.map { Array(Set($0)).sorted() } ?? []
      table.add(
        key: "\(layer.operator)",
        [
          .count(layer.operator), .text(layer.name), .text(layer.before?.words ?? "-"),
          .text(layer.after?.words ?? "-"),
          .decibels(layer.weightSqnrDb.value, exact: true), .decibels(layer.outputSqnrDb.value),
          .part(layer.saturation),
          .text(
            shifts.isEmpty
              ? "-"
              : shifts.count < 4
                ? shifts.map(String.init).joined(separator: ", ") : "\(shifts[0]) … \(shifts[shifts.count - 1])"),
          .count(layer.clippedWeights), .real(layer.largestBiasCorrection, decimals: 2),
          .sentence(layer.parts.joined(separator: ", ")),
        ])
    }
    return HTMLReport.Section(
      "Weights", note: "Bias moved: the largest correction of a bias, in steps of the output.", [.table(table)])
  }

  private var tensorSection: HTMLReport.Section {
    var table = HTMLTable([
      .init("tensor", isNumber: true), .init("name"), .init("before"), .init("after"), .init("means"),
      .init("SQNR dB", isNumber: true), .init("largest error", isNumber: true), .init("saturation", isNumber: true),
    ])
    for tensor in tensors {
      let meaning = tensor.meaning.map { meaning in
        let scale = meaning.scales.count == 1 ? "\(Float(meaning.scales[0]))" : "\(meaning.scales.count) scales"
        if !meaning.isFolded { return scale }
        let offset =
          meaning.offsets.count == 1 ? "offset \(Float(meaning.offsets[0]))" : "\(meaning.offsets.count) offsets"
        return "\(scale), \(offset)"
      }
      table.add([
        .count(tensor.tensor), .text(tensor.name), .text(tensor.before?.words ?? "-"),
        .text(tensor.after?.words ?? "-"),
        .text(meaning ?? "as the file says"), .decibels(tensor.sqnrDb.value, exact: true),
        .real(tensor.maximumError, decimals: 4), .part(tensor.saturation),
      ])
    }
    return HTMLReport.Section("Activations", [.table(table)])
  }

  private var passSection: HTMLReport.Section {
    var table = HTMLTable([
      .init("pass"), .init("objective"), .init("before", isNumber: true), .init("after", isNumber: true), .init("unit"),
      .init("places", isNumber: true), .init("seconds", isNumber: true),
    ])
    for pass in passes {
      table.add([
        .text(pass.name), .sentence(pass.summary), .number(nil, ""), .number(nil, ""), .text(""), .number(nil, ""),
        .real(pass.seconds, decimals: 2),
      ])
      for gain in pass.gains {
        table.add([
          .text("· \(gain.step.rawValue)"), .sentence(gain.objective), .real(gain.before, decimals: 2),
          .real(gain.after, decimals: 2), .text(gain.unit), .count(gain.places), .number(nil, ""),
        ])
      }
    }
    return HTMLReport.Section("Passes", note: "What each part gained on its own objective.", [.table(table)])
  }
}

extension RequantizeReport.Scheme {
  /// The scheme in words.
  fileprivate var words: String {
    let scale = scales.count == 1 ? "\(scales[0])" : "\(scales.count) scales"
    return "\(type), \(scale)\(zeroPoint == 0 ? "" : ", zero \(zeroPoint)")"
  }
}
