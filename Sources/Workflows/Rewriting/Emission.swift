package import HardwareProfile
internal import NetworkModel
package import Requantizer
package import Simulation
internal import TFLite
package import Verification

/// A re-quantized model as a file that says where it came from.
package struct Emission: Sendable {
  /// The file's bytes.
  package let bytes: [UInt8]
  /// What the machine does when it runs the model.
  package let program: Program
  /// The program's digest.
  package let programDigest: String
  /// The file's record of its origin.
  package let provenance: Provenance

  /// The other graphs of the file, rewritten as well.
  package let others: [Part]

  /// A graph of the file.
  package struct Part: Sendable {
    /// The graph as the source has it.
    package let source: LoadedModel
    /// The graph rewritten.
    package let result: Requantized
    /// What the machine does when it runs it.
    package let program: Program

    package init(_ source: LoadedModel, _ result: Requantized, for profile: HardwareProfile) throws(InputError) {
      (self.source, self.result) = (source, result)
      do throws(LoweringError) {
        program = try Program.lower(result.network, for: profile)
      } catch {
        throw InputError(file: source.path, faults: error.faults.map { "\($0)" })
      }
    }

    package var meanings: [Provenance.Meaning] {
      Provenance.meanings(
        result.meanings.map { .init(tensor: $0.tensor, scales: $0.scales, offsets: $0.offsets) }, of: result.network,
        from: source.network, source.provenance.meanings)
    }

    package func passes(_ calibration: [String: String]?) -> [Provenance.Pass] {
      (calibration.map { [Provenance.Pass(name: "calibration", parameters: $0)] } ?? [])
        + result.passes.map { Provenance.Pass(name: $0.name, parameters: ["summary": $0.summary]) }
    }

    package var subgraph: Int { source.graph?.subgraph ?? 0 }
  }

  /// Writes a model, reads it back and checks that it is the same program.
  ///
  /// - Parameters:
  ///   - result: The rewritten network.
  ///   - source: The model that it was made from.
  ///   - profile: The machine.
  ///   - calibration: What guided the rewriting, in words; `nil` for nothing.
  ///   - others: The other graphs of the file, each with what guided its rewriting.
  /// - Throws: ``InputError`` when the file would not be what it promises.
  package init(
    _ result: Requantized, of source: LoadedModel, for profile: HardwareProfile, calibration: [String: String]?,
    others: [(source: LoadedModel, result: Requantized, calibration: [String: String])] = []
  ) throws {
    let chosen = try Part(source, result, for: profile)
    program = chosen.program
    self.others = try others.map { try Part($0.source, $0.result, for: profile) }
    var record = Provenance(
      toolVersion: ToolVersion.current,
      source: .init(
        file: source.fileName, bytes: source.bytes, network: source.network,
        ancestors: source.provenance.record?.source.lineage),
      profile: profile, program: program, passes: chosen.passes(calibration), meanings: chosen.meanings)
    if chosen.subgraph != 0 { record.subgraph = chosen.subgraph }
    if !others.isEmpty {
      record.others = zip(self.others, others).map { part, other in
        Provenance.Graph(
          subgraph: part.subgraph, source: part.source.network, program: part.program,
          passes: part.passes(other.calibration), meanings: part.meanings)
      }
    }
    provenance = record
    programDigest = record.programDigest
    let parts = [chosen] + self.others
    do throws(TFLiteError) {
      let file = try TFLiteFile(
        Dictionary(parts.map { ($0.subgraph, $0.result.network) }) { first, _ in first }, replacing: source.file,
        metadata: [
          (Provenance.metadataName, Array(record.json().utf8)),
          (Provenance.profileMetadataName, Array(profile.canonicalJSON().utf8)),
        ])
      bytes = try file.bytes()
    } catch {
      throw InputError(file: source.path, faults: error.faults.map(\.description))
    }
    for part in parts {
      let written = part.program.digest()
      let reread = try Program.lower(TFLiteFile(bytes: bytes).network(subgraph: part.subgraph), for: profile).digest()
      guard reread == written else {
        throw InputError(
          "\(source.path): the written model would be the program \(reread) instead of \(written); "
            + "nothing was written, please report this with the model")
      }
    }
  }
}
