internal import HardwareProfile
internal import Network
internal import Requantizer
internal import Simulation
internal import TFLite
internal import Verification

/// A re-quantized model as a file that says where it came from.
struct Emission: Sendable {
  /// The file's bytes.
  let bytes: [UInt8]
  /// What the machine does when it runs the model.
  let program: Program
  /// The program's digest.
  let programDigest: String
  /// The file's record of its origin.
  let provenance: Provenance

  /// Writes a model, reads it back and checks that it is the same program.
  ///
  /// - Parameters:
  ///   - result: The rewritten network.
  ///   - source: The model that it was made from.
  ///   - profile: The machine.
  ///   - calibration: What guided the rewriting, in words; `nil` for nothing.
  /// - Throws: ``InputError`` when the file would not be what it promises, `TFLiteError`, `LoweringError`.
  init(
    _ result: Requantized, of source: LoadedModel, for profile: HardwareProfile, calibration: [String: String]?
  ) throws {
    program = try Program.lower(result.network, for: profile)
    let passes =
      (calibration.map { [Provenance.Pass(name: "calibration", parameters: $0)] } ?? [])
      + result.passes.map { Provenance.Pass(name: $0.name, parameters: ["summary": $0.summary]) }
    let name = source.path.split(separator: "/").last.map(String.init) ?? source.path
    provenance = Provenance(
      toolVersion: Tool.version, source: .init(file: name, bytes: source.bytes, network: source.network),
      profile: profile, program: program, passes: passes,
      meanings: result.meanings.map { .init(tensor: $0.tensor, scales: $0.scales, offsets: $0.offsets) })
    programDigest = provenance.programDigest
    let file = try TFLiteFile(
      result.network, replacing: source.file,
      metadata: [
        (Provenance.metadataName, Array(provenance.json().utf8)),
        (Provenance.profileMetadataName, Array(profile.canonicalJSON().utf8)),
      ])
    bytes = try file.bytes()
    let reread = try Program.lower(TFLiteFile(bytes: bytes).network(), for: profile).digest()
    guard reread == programDigest else {
      throw InputError(
        "\(source.path): the written model would be the program \(reread) instead of \(programDigest); "
          + "nothing was written, please report this with the model")
    }
  }
}
