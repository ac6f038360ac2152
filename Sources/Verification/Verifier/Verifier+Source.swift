internal import Network
internal import Simulation

/// Part 5: how far the outputs, and every tensor that both models have, are from the source's.
extension Verifier {
  func compare(
    _ program: Program, _ samples: [[[Int32]]], _ source: Source?, _ record: Record,
    into report: inout VerificationReport
  ) -> VerificationReport.Part {
    guard let source else {
      return .init(
        name: .source, status: .skipped, summary: "No source model was given to compare with.", details: [])
    }
    let inputs = samples.isEmpty ? randomInputs(program) : samples
    do {
      let pairs = try TensorPairs(network, source.network)
      // What a caller sets is no result.
      let compared = pairs.tensors.filter { !network.inputs.contains($0.first) }
      let all = (pairs.outputs + compared).map { ComparedPair($0, network, source.network, record.meanings) }
      let sourceProgram = try Program.lower(source.network, for: source.profile)
      let engine = makeEngine?(program) ?? ReferenceEngine(program)
      let sourceEngine = makeEngine?(sourceProgram) ?? ReferenceEngine(sourceProgram)
      var comparisons = [Comparison](repeating: Comparison(), count: all.count)
      for (number, input) in inputs.enumerated() {
        let given = source.samples.map { $0.indices.contains(number) ? $0[number] : [] }
        let sourceInput = given ?? convertInputs(input, for: source.network)
        let outcome = try engine.run(input, trace: .only(Set(all.map(\.index))))
        let expected = try sourceEngine.run(sourceInput, trace: .only(Set(all.map(\.sourceIndex))))
        for (place, pair) in all.enumerated() {
          guard let got = outcome.trace[pair.index], let wanted = expected.trace[pair.sourceIndex] else { continue }
          comparisons[place].add(pair.dequantize(got), against: pair.dequantizeSource(wanted))
        }
        progress(Progress(part: .source, done: number + 1, total: inputs.count))
      }
      let results = zip(all, comparisons).map { pair, comparison in
        VerificationReport.TensorComparison(index: pair.index, name: network.tensors[pair.index].name, comparison)
      }
      report.outputs = Array(results.prefix(pairs.outputs.count))
      report.tensors = Array(results.dropFirst(pairs.outputs.count))
      return part(report, isGiven: !samples.isEmpty)
    } catch {
      return .init(
        name: .source, status: .failed, summary: "The model cannot be compared with its source.",
        details: ["\(error)"])
    }
  }

  /// The same real numbers in the parameters of another network's inputs.
  private func convertInputs(_ input: [[Int32]], for source: Network) -> [[Int32]] {
    zip(input, zip(network.inputs, source.inputs)).map { elements, pair in
      Dequantizer.convert(elements, from: network.tensors[pair.0], to: source.tensors[pair.1])
    }
  }

  private func part(_ report: VerificationReport, isGiven: Bool) -> VerificationReport.Part {
    let lines = report.outputs.map { output in
      let distance = output.sqnrDb.map { "SQNR \(oneDecimal($0)) dB" } ?? "no difference"
      return "tensor \(output.index) \"\(output.name)\": agreement \(oneDecimal(100 * output.agreement)) % of "
        + "\(count(output.samples, "sample")), \(distance), largest error \(Float(output.maximumError))"
    }
    let kind = isGiven ? "given" : "random"
    let summary = "Compared with the source on \(kind) inputs: \(lines.first ?? "no output")."
    return .init(name: .source, status: .passed, summary: summary, details: lines)
  }

  /// A number with one decimal, without locale.
  private func oneDecimal(_ number: Double) -> String {
    let tenths = Int64((number.magnitude * 10).rounded())
    return "\(number < 0 && tenths != 0 ? "-" : "")\(tenths / 10).\(tenths % 10)"
  }
}

/// Two tensors that are compared, with the way to their real numbers.
private struct ComparedPair {
  let index: Int
  let sourceIndex: Int
  let dequantize: Dequantizer
  let dequantizeSource: Dequantizer

  init(_ pair: TensorPairs.Pair, _ network: Network, _ source: Network, _ meanings: [Int: Provenance.Meaning]) {
    index = pair.first
    sourceIndex = pair.second
    dequantize = Dequantizer(network.tensors[index], meanings[index])
    dequantizeSource = Dequantizer(source.tensors[sourceIndex])
  }
}

extension Verifier.Record {
  /// What the model's record says of the meaning of its tensors.
  public var meanings: [Int: Provenance.Meaning] {
    guard case .present(let provenance) = self else { return [:] }
    return Dictionary((provenance.meanings ?? []).map { ($0.tensor, $0) }) { first, _ in first }
  }
}
