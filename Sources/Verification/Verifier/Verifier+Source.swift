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
      let pairs = try Pairs(network, source.network, record.meanings)
      let sourceProgram = try Program.lower(source.network, for: source.profile)
      let engine = makeEngine?(program) ?? ReferenceEngine(program)
      let sourceEngine = makeEngine?(sourceProgram) ?? ReferenceEngine(sourceProgram)
      var comparisons = [Comparison](repeating: Comparison(), count: pairs.all.count)
      for (number, input) in inputs.enumerated() {
        let given = source.samples.map { $0.indices.contains(number) ? $0[number] : [] }
        let sourceInput = given ?? pairs.convertInputs(input)
        let outcome = try engine.run(input, trace: .only(Set(pairs.all.map(\.index))))
        let expected = try sourceEngine.run(sourceInput, trace: .only(Set(pairs.all.map(\.sourceIndex))))
        for (place, pair) in pairs.all.enumerated() {
          guard let got = outcome.trace[pair.index], let wanted = expected.trace[pair.sourceIndex] else { continue }
          comparisons[place].add(pair.dequantize(got), against: pair.dequantizeSource(wanted))
        }
        progress(Progress(part: .source, done: number + 1, total: inputs.count))
      }
      let results = zip(pairs.all, comparisons).map { pair, comparison in
        VerificationReport.TensorComparison(index: pair.index, name: network.tensors[pair.index].name, comparison)
      }
      report.outputs = pairs.outputs.map { results[$0] }
      report.tensors = pairs.tensors.map { results[$0] }
      return part(report, isGiven: !samples.isEmpty)
    } catch {
      return .init(
        name: .source, status: .failed, summary: "The model cannot be compared with its source.",
        details: ["\(error)"])
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

/// Which tensors of two networks are compared with each other.
private struct Pairs {
  struct Pair {
    let index: Int
    let sourceIndex: Int
    let dequantize: Dequantizer
    let dequantizeSource: Dequantizer
  }

  struct Mismatch: Error, CustomStringConvertible {
    let description: String
  }

  /// All pairs; the others are indices into it.
  private(set) var all: [Pair] = []
  private(set) var outputs: [Int] = []
  private(set) var tensors: [Int] = []
  private let inputs: [(own: Tensor, source: Tensor)]
  private let meanings: [Int: Provenance.Meaning]

  init(_ network: Network, _ source: Network, _ meanings: [Int: Provenance.Meaning]) throws(Mismatch) {
    self.meanings = meanings
    guard network.inputs.count == source.inputs.count, network.outputs.count == source.outputs.count else {
      throw Mismatch(
        description: "the model has \(network.inputs.count) inputs and \(network.outputs.count) outputs, the source "
          + "\(source.inputs.count) and \(source.outputs.count); both must be equal")
    }
    inputs = zip(network.inputs, source.inputs).map { (network.tensors[$0], source.tensors[$1]) }
    var places: [Int: Int] = [:]
    for (output, other) in zip(network.outputs, source.outputs) {
      let (index, sourceIndex) = (network.logits(of: output), source.logits(of: other))
      guard network.tensors[index].shape.count == source.tensors[sourceIndex].shape.count else {
        throw Mismatch(
          description: "\(network.label(ofTensor: index)) is \(network.tensors[index].shape), the source's "
            + "\(source.tensors[sourceIndex].shape)")
      }
      places[index] = all.count
      outputs.append(all.count)
      all.append(pair(network, index, source, sourceIndex))
    }
    let names = Pairs.uniqueNames(source)
    for (name, index) in Pairs.uniqueNames(network).sorted(by: { $0.value < $1.value }) {
      guard let sourceIndex = names[name], network.tensors[index].shape == source.tensors[sourceIndex].shape else {
        continue
      }
      if let place = places[index], all[place].sourceIndex == sourceIndex {
        tensors.append(place)
      } else {
        tensors.append(all.count)
        all.append(pair(network, index, source, sourceIndex))
      }
    }
  }

  func convertInputs(_ input: [[Int32]]) -> [[Int32]] {
    zip(input, inputs).map { Dequantizer.convert($0, from: $1.own, to: $1.source) }
  }

  private func pair(_ network: Network, _ index: Int, _ source: Network, _ sourceIndex: Int) -> Pair {
    Pair(
      index: index, sourceIndex: sourceIndex, dequantize: Dequantizer(network.tensors[index], meanings[index]),
      dequantizeSource: Dequantizer(source.tensors[sourceIndex]))
  }

  /// The tensors that an operator writes, by those names that only one of them has.
  private static func uniqueNames(_ network: Network) -> [String: Int] {
    let written = network.nodes.flatMap(\.outputs)
    return Dictionary(grouping: written) { network.tensors[$0].name }.compactMapValues {
      $0.count == 1 ? $0[0] : nil
    }
  }
}

extension Verifier.Record {
  /// What the model's record says of the meaning of its tensors.
  fileprivate var meanings: [Int: Provenance.Meaning] {
    guard case .present(let provenance) = self else { return [:] }
    return Dictionary((provenance.meanings ?? []).map { ($0.tensor, $0) }) { first, _ in first }
  }
}
