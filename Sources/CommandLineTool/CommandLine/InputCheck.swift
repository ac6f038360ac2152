internal import Workflows

extension Arguments {
  /// Refuses files that are plainly something else than what the command wants, before it begins.
  ///
  /// Only the first bytes are looked at. What is missing, cannot be opened or is damaged is left to whoever reads it.
  ///
  /// - Parameter command: The command that the arguments are for.
  /// - Throws: ``InputError`` that says what the file is and what to do.
  func refuseWrongFiles(of command: Command) throws(InputError) {
    for (operand, _, value) in operands(of: command) {
      switch operand {
      case .word, .output, .outputs, .folder, .journal: break
      case .file: try FileKind.check(value, as: .model)
      case .array: try FileKind.check(value, as: .array)
      case .plan: try FileKind.check(value, as: .plan)
      case .profile: try FileKind.check(value, as: .profile)
      case .profiles: for path in value.split(separator: ",") { try FileKind.check(String(path), as: .profile) }
      }
    }
  }
}
