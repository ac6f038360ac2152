internal import FastEngine
internal import Simulation

/// The engines that `--engine` names.
enum EngineChoice: String, CaseIterable {
  /// The one that equals the specification at data-set speed.
  case fast
  /// The specification.
  case reference

  /// An engine for a program.
  func engine(for program: Program) -> any Engine {
    switch self {
    case .fast: FastEngine(program)
    case .reference: ReferenceEngine(program)
    }
  }
}

extension Option {
  static let engine = Option(
    name: "--engine", value: "E",
    help: "fast (the default) or reference; results do not depend on it, and only reference counts saturated outputs")
}
