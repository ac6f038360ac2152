package import NetworkModel
package import Simulation

/// What a record says of a file with several subgraphs.
extension Provenance {
  /// What is said of one of several subgraphs.
  package struct Graph: Hashable, Sendable {
    /// The subgraph's place in the file.
    package var subgraph: Int
    /// The inputs of the source's subgraph, in order.
    package var inputs: [Port]
    /// The outputs of the source's subgraph, in order.
    package var outputs: [Port]
    /// The digest of the program that the subgraph lowers to.
    package var programDigest: String
    /// What was done to the source's subgraph, in order.
    package var passes: [Pass]
    /// What the integers of its tensors stand for where the file's own parameters do not say it.
    package var meanings: [Meaning]

    /// Creates the record of a subgraph.
    ///
    /// - Parameters:
    ///   - subgraph: The subgraph's place in the file.
    ///   - source: What was read of the source's subgraph.
    ///   - program: What the emitted subgraph lowers to.
    ///   - passes: What was done to the source's.
    ///   - meanings: What the integers of its tensors stand for.
    package init(subgraph: Int, source: Network, program: Program, passes: [Pass], meanings: [Meaning]) {
      self.init(
        subgraph: subgraph, inputs: source.inputs.map { Port(source.tensors[$0]) },
        outputs: source.outputs.map { Port(source.tensors[$0]) }, programDigest: program.digest(), passes: passes,
        meanings: meanings)
    }

    init(
      subgraph: Int, inputs: [Port], outputs: [Port], programDigest: String, passes: [Pass], meanings: [Meaning]
    ) {
      self.subgraph = subgraph
      self.inputs = inputs
      self.outputs = outputs
      self.programDigest = programDigest
      self.passes = passes
      self.meanings = meanings
    }
  }

  /// The record as it would be for one subgraph alone; `nil` where nothing is said of it.
  package func record(ofSubgraph place: Int) -> Provenance? {
    var result = self
    result.others = nil
    if place == subgraph ?? 0 { return result }
    guard let graph = others?.first(where: { $0.subgraph == place }) else { return nil }
    result.subgraph = place
    result.source.inputs = graph.inputs
    result.source.outputs = graph.outputs
    result.source.ancestors = nil
    result.programDigest = graph.programDigest
    result.passes = graph.passes
    result.meanings = graph.meanings.isEmpty ? nil : graph.meanings
    return result
  }
}

extension Provenance.Graph: Codable {
  private enum CodingKeys: String, CodingKey {
    case subgraph, inputs, outputs, programDigest, passes, meanings
  }

  /// Reads a record.
  ///
  /// - Parameter decoder: What it is read from.
  /// - Throws: `DecodingError`, ``ProvenanceError``.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      subgraph: try values.decode(Int.self, forKey: .subgraph),
      inputs: try values.decode([Provenance.Port].self, forKey: .inputs),
      outputs: try values.decode([Provenance.Port].self, forKey: .outputs),
      programDigest: try values.decode(String.self, forKey: .programDigest),
      passes: try values.decode([Provenance.Pass].self, forKey: .passes),
      meanings: try StoredMeaning.read(values.decode([StoredMeaning].self, forKey: .meanings)))
  }

  /// Writes the record.
  ///
  /// - Parameter encoder: What it is written to.
  /// - Throws: `EncodingError`.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(subgraph, forKey: .subgraph)
    try values.encode(inputs, forKey: .inputs)
    try values.encode(outputs, forKey: .outputs)
    try values.encode(programDigest, forKey: .programDigest)
    try values.encode(passes, forKey: .passes)
    try values.encode(StoredMeaning.list(meanings), forKey: .meanings)
  }
}
