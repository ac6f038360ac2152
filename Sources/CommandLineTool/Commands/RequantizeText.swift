internal import Workflows
internal import Reports
internal import Requantizer
internal import Verification

extension RequantizeReport {
  /// How many layers people are shown.
  private static let shownLayers = 5

  /// The result for people: how good it is, what each pass gained, which layers lost most.
  var text: String {
    let banner = data?.banner ?? ""
    if isUnchanged {
      return banner + "the source fits the profile already; nothing was changed but the metadata\n" + ending
    }
    return banner + passTable + "\n" + layerTable + summaryTable + ending
  }

  private var ending: String {
    "\(output.visible): \(Format.bytes(bytes)) for \(profile.visible), program \(programDigest.prefix(16))…, "
      + "read back and equal\n"
      + "\(overflow.summary)\n"
  }

  /// What `verify` will fail for, or what should not be missed.
  var warnings: [String] {
    var warnings: [String] = []
    if overflow.status == .failed {
      warnings.append(
        "\(overflow.summary) verify fails for it, unless --allow-overflow is given: "
          + overflow.details.prefix(3).joined(separator: "; ") + (overflow.details.count > 3 ? "; …" : ""))
    }
    if summary.verdict == .far {
      let ratio = summary.logitsSqnrDb.value.map { "\(Format.number($0, decimals: 1)) dB, " } ?? ""
      let agreement = "\(Format.percent(summary.agreement)) agreement"
      warnings.append(
        "FAR from its source on \(samples.words): "
          + ([ratio + agreement] + summary.reasons).joined(separator: "; ") + "; verify --source fails for it")
    }
    return warnings
  }

  private var passTable: String {
    var table = TextTable([
      TextTable.Column("pass"), TextTable.Column("objective"), TextTable.Column("before", .right),
      TextTable.Column("after", .right), TextTable.Column("", .left), TextTable.Column("time", .right),
    ])
    for pass in passes {
      table.add([pass.name, "", "", "", "", Format.duration(pass.seconds)])
      for gain in pass.gains {
        table.add([
          "  \(gain.step.rawValue)", gain.objective, Format.number(gain.before, decimals: 2),
          Format.number(gain.after, decimals: 2), gain.unit,
        ])
      }
    }
    return table.render()
  }

  private var layerTable: String {
    // Without the whole comparison the refinement's own samples say which layers lost most.
    let measured = Dictionary(layers.map { ($0.operator, $0.outputSqnrDb.value) }) { first, _ in first }
    let rows = decisions.compactMap { layer in
      ((measured[layer.node] ?? nil) ?? layer.outputSQNR).map { (layer: layer, sqnr: $0) }
    }.filter(\.sqnr.isFinite).sorted { $0.sqnr < $1.sqnr }.prefix(Self.shownLayers)
    if rows.isEmpty { return "" }
    var table = TextTable([
      TextTable.Column("#", .right), TextTable.Column("farthest layers"), TextTable.Column("weights before"),
      TextTable.Column("weights after"), TextTable.Column("shift", .right), TextTable.Column("weights dB", .right),
      TextTable.Column("output dB", .right), TextTable.Column("cut", .right),
    ])
    for (layer, sqnr) in rows {
      table.add([
        "\(layer.sourceNode.map(String.init) ?? "new")", layer.name, layer.before, layer.after,
        layer.shift.map(String.init) ?? "",
        layer.weightSQNR.isFinite ? Format.number(layer.weightSQNR, decimals: 1) : "exact",
        Format.number(sqnr, decimals: 1), layer.saturation.map { Format.percent($0, decimals: 2) } ?? "",
      ])
    }
    table.footnotes = [
      "#: the source's operator; dB: signal to noise against the source; cut: outputs that the format cuts. --report has all \(decisions.count).",
      "",
    ]
    return table.render()
  }

  private var summaryTable: String {
    var table = TextTable([TextTable.Column(""), TextTable.Column("", .right), TextTable.Column("")])
    let count = summary.samples
    table.add(["distance from the source", summary.verdict.rawValue, ""])
    let ratio = summary.logitsSqnrDb.value.map { Format.number($0, decimals: 1) + " dB" }
    table.add(["logits SQNR", ratio ?? (summary.verdict == .equal ? "equal" : "-")])
    let same = Int((summary.agreement * Double(count)).rounded())
    let alike = summary.noiseAlikeAgreement.map { "; noise alike would leave \(Format.percent($0))" }
    table.add(["same class as the source", Format.percent(same, of: count), "\(same) of \(count)\(alike ?? "")"])
    if let classes = summary.classes {
      table.add(["top-1 of the source", Format.percent(classes.sourceCorrect, of: count)])
      table.add([
        "top-1 of the result", Format.percent(classes.resultCorrect, of: count),
        "\(classes.lost) lost, \(classes.won) won",
      ])
    }
    table.footnotes = ["Measured on the \(samples.words) that guided the work, before SOFTMAX."]
    if samples.file == nil {
      table.footnotes.append(
        "Made-up samples say little of real data; --calibrate X.npy with some gives a better model.")
    }
    table.footnotes.append("")
    return table.render()
  }
}
