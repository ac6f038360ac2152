package import HardwareProfile

/// Profiles as users name them.
package enum Profiles {
  /// A profile by its built-in name or its path.
  ///
  /// - Throws: ``InputError`` with the first fault.
  package static func resolve(_ name: String) throws(InputError) -> HardwareProfile {
    do throws(ProfileError) {
      return try HardwareProfile.resolve(name)
    } catch {
      throw InputError(error)
    }
  }
}

extension InputError {
  /// The first of a profile's faults; the fault itself names its file.
  package init(_ error: ProfileError) {
    let others = error.faults.count - 1
    let rest = others > 0 ? " (and \(others) more; bitexact profile check lists them)" : ""
    self.init(
      "\(error.faults.first?.description ?? "the profile cannot be used")\(rest)",
      reasons: error.faults.map(\.description))
  }
}
