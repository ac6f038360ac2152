internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Part 4: whether the file is what its record says.
extension Verifier {
  /// Compares the record with what is computed now.
  ///
  /// Under a profile that is not the model's own, the model is held to its
  /// own: what another machine would compute is no question of where the file comes from.
  func part(
    _ record: Record, _ program: Program, _ ownProfile: HardwareProfile?
  ) -> VerificationReport.Part {
    func result(_ status: VerificationReport.Status, _ summary: String, _ details: [String]) -> VerificationReport.Part
    {
      .init(name: .provenance, status: status, summary: summary, details: details)
    }
    switch record {
    case .absent: return result(.skipped, "The model carries no provenance; there is nothing to check.", [])
    case .unreadable(let reason): return result(.failed, "The model's provenance cannot be read.", [reason])
    case .present(let provenance):
      let isWhatIf = ownProfile.map { Provenance.Profile($0) != Provenance.Profile(profile) } ?? false
      let differences =
        isWhatIf
        ? differencesUnderOwn(provenance, ownProfile)
        : provenance.differences(profile: profile, program: program)
      guard differences.isEmpty else {
        return result(.failed, "The model is not what its provenance says.", differences)
      }
      let what =
        "The model is what its provenance says: program \(provenance.programDigest.prefix(12))…, made from "
        + "\(provenance.source.file)"
      return result(
        .passed,
        isWhatIf
          ? "\(what) for the profile \(provenance.profile.name); checked here under \(profile.name)." : "\(what).", [])
    }
  }

  /// In what the record differs from the model on the machine whose profile the file carries.
  private func differencesUnderOwn(_ provenance: Provenance, _ own: HardwareProfile?) -> [String] {
    guard let own else { return [] }
    do throws(LoweringError) {
      return provenance.differences(profile: own, program: try Program.lower(network, for: own))
    } catch {
      return [
        "the model does not fit the profile that it carries, \(own.name): \(error.faults.first?.description ?? "")"
      ]
    }
  }
}
