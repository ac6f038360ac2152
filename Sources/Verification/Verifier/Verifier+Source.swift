internal import NetworkModel
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
    do {
      let evidence: VerificationReport.Evidence =
        !samples.isEmpty ? .given : source.isMadeUp && source.samples != nil ? .madeUp : .random
      let inputs = inputs(program, samples, source, evidence)
      let pairs = try TensorPairs(network, source.network)
      // Once: each is a table of all tensors.
      let (meanings, sourceMeanings) = (record.meanings, source.provenance.meanings)
      func compared(_ index: Int, _ sourceIndex: Int) -> ComparedPair {
        ComparedPair(
          index: index, sourceIndex: sourceIndex, name: network.tensors[index].name,
          dequantize: Dequantizer(network.tensors[index], meanings[index]),
          dequantizeSource: Dequantizer(source.network.tensors[sourceIndex], sourceMeanings[sourceIndex]))
      }
      let outputs = pairs.outputs.map { compared($0.first, $0.second) }
      // What the models read may differ already.
      let ports = zip(network.inputs, source.network.inputs).map { compared($0, $1) }
      // What a caller sets is no result.
      let tensors = pairs.tensors.filter { !network.inputs.contains($0.first) }.map { compared($0.first, $0.second) }
      let sourceProgram = try Program.lower(source.network, for: source.profile)
      let engine = makeEngine?(program) ?? ReferenceEngine(program)
      let sourceEngine = makeEngine?(sourceProgram) ?? ReferenceEngine(sourceProgram)
      let traces = [\ComparedPair.index, \.sourceIndex].map { side in
        TraceSelection.only(Set((outputs + tensors).map { $0[keyPath: side] }))
      }
      var measured = outputs.map { MeasuredOutput(name: $0.name, sourceStep: $0.dequantizeSource.step) }
      var comparisons = [Comparison](repeating: Comparison(), count: tensors.count)
      var inputComparisons = [Comparison](repeating: Comparison(), count: ports.count)
      for number in 0..<inputs.count {
        let input = inputs.elements(number)
        let outcome = try engine.run(input.own, trace: traces[0])
        let expected = try sourceEngine.run(input.source, trace: traces[1])
        func reals(_ pair: ComparedPair) -> (found: RealNumbers, wanted: RealNumbers)? {
          guard let found = outcome.trace[pair.index], let wanted = expected.trace[pair.sourceIndex] else { return nil }
          return (RealNumbers(found, pair.dequantize), RealNumbers(wanted, pair.dequantizeSource))
        }
        for (place, pair) in outputs.enumerated() {
          if let (found, wanted) = reals(pair) { measured[place].add(found, against: wanted) }
        }
        for (place, pair) in tensors.enumerated() {
          if let (found, wanted) = reals(pair) { comparisons[place].add(found, against: wanted) }
        }
        for (place, pair) in ports.enumerated() {
          inputComparisons[place].add(
            RealNumbers(input.own[place], pair.dequantize),
            against: RealNumbers(input.source[place], pair.dequantizeSource))
        }
        progress(Progress(part: .source, done: number + 1, total: inputs.count))
      }
      report.outputs = zip(outputs, measured).map { .init(index: $0.index, name: $0.name, $1.comparison) }
      report.tensors = zip(tensors, comparisons).map { .init(index: $0.index, name: $0.name, $1) }
      let ratios = Dictionary(zip((tensors + ports).map(\.index), (comparisons + inputComparisons).map(\.energy))) {
        first, _ in first
      }
      report.distance = VerificationReport.Distance(
        verdict: DistanceVerdict(measured, demand: options.demand), evidence: evidence,
        noiseAlikeAgreement: measured.first?.noiseAlike.agreement,
        birth: NoiseBirth(network, ratios, ends: outputs.map(\.index)))
      let part = part(report)
      guard let fault = source.fault(in: record) else { return part }
      return .init(name: .source, status: .failed, summary: fault, details: [part.summary] + part.details)
    } catch {
      return .init(
        name: .source, status: .failed, summary: "The model cannot be compared with its source.",
        details: ["\(error)"])
    }
  }

  /// The samples in the integers of both models, each made when it is its turn.
  private func inputs(
    _ program: Program, _ samples: [[[Int32]]], _ source: Source, _ evidence: VerificationReport.Evidence
  ) -> (count: Int, elements: (Int) -> (own: [[Int32]], source: [[Int32]])) {
    switch evidence {
    case .madeUp:
      let given = source.samples ?? []
      return (given.count, { (own: convert(given[$0], from: source.network, to: network), source: given[$0]) })
    case .given, .random:
      let inputs = samples.isEmpty ? randomInputs(program) : samples.map(GeneratedInput.given)
      return (
        inputs.count,
        { number in
          let own = inputs[number].elements
          let given = source.samples.map { $0.indices.contains(number) ? $0[number] : [] }
          return (own: own, source: given ?? convert(own, from: network, to: source.network))
        }
      )
    }
  }

  /// The same real numbers in the parameters of another network's inputs.
  private func convert(_ input: [[Int32]], from: Network, to: Network) -> [[Int32]] {
    zip(input, zip(from.inputs, to.inputs)).map { elements, pair in
      Dequantizer.convert(elements, from: from.tensors[pair.0], to: to.tensors[pair.1])
    }
  }

  private func part(_ report: VerificationReport) -> VerificationReport.Part {
    guard let distance = report.distance else {
      return .init(name: .source, status: .skipped, summary: "Nothing was compared.", details: [])
    }
    let lines = report.outputs.map { output in
      let ratio = output.sqnrDb.map { "SQNR \(decimal($0, 1)) dB" }
      return "tensor \(output.index) \"\(output.name)\": agreement \(decimal(100 * output.agreement, 1)) % of "
        + "\(count(output.samples, "sample")), \(ratio ?? (output.maximumError == 0 ? "no difference" : "no SQNR")), "
        + "largest error \(Float(output.maximumError))"
    }
    let verdict = distance.verdict
    var summary = "\(verdict.word.words) on \(distance.evidence.words) inputs: \(lines.first ?? "no output")"
    if let alike = distance.noiseAlikeAgreement, verdict.word != .equal {
      summary += "; noise alike would leave an agreement of \(decimal(100 * alike, 1)) %"
    }
    if distance.evidence.isWeak { summary += "; such inputs say little of real data, --inputs X.npy gives some" }
    let details = verdict.failures + verdict.reasons + lines.dropFirst() + [distance.birth?.words].compactMap(\.self)
    return .init(
      name: .source, status: verdict.passed ? .passed : .failed, summary: summary + ".", details: details)
  }
}

/// Two tensors that are compared, with the way to their real numbers.
private struct ComparedPair {
  let index: Int
  let sourceIndex: Int
  let name: String
  let dequantize: Dequantizer
  let dequantizeSource: Dequantizer
}

extension Verifier.Source {
  /// Why this is not what a model was made from, by its record; `nil` where it is, or nobody knows.
  fileprivate func fault(in record: Verifier.Record) -> String? {
    guard let sha256, case .present(let provenance) = record else { return nil }
    let known = provenance.source.lineage
    if known.contains(where: { $0.sha256 == sha256 }) { return nil }
    let (name, wanted) = (provenance.source.file, provenance.source.sha256)
    return
      "The given source is not what the model was made from: its SHA-256 is \(sha256.prefix(12))…, that of \(name) was "
      + "\(wanted.prefix(12))…; compare measures the distance of any two models."
  }
}

extension Verifier.Record {
  /// What the model's record says of the meaning of its tensors.
  package var meanings: [Int: Provenance.Meaning] {
    guard case .present(let provenance) = self else { return [:] }
    return Dictionary((provenance.meanings ?? []).map { ($0.tensor, $0) }) { first, _ in first }
  }
}
