internal import Simulation

/// The engines that `--engine` names.
enum EngineChoice: String, CaseIterable {
  /// The specification.
  case reference

  /// An engine for a program.
  func engine(for program: Program) -> any Engine {
    switch self {
    case .reference: ReferenceEngine(program)
    }
  }
}

extension Option {
  static let engine = Option(
    name: "--engine", value: "E",
    help: "\(EngineChoice.allCases.map(\.rawValue).joined(separator: " or ")); results do not depend on it")
}
