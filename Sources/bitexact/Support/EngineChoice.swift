internal import FastEngine
internal import Simulation

/// The engines that `--engine` names.
enum EngineChoice: String, CaseIterable {
  /// The one that equals the specification at data-set speed.
  case fast
  /// The specification.
  case reference

  /// An engine for a program.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - threadsInside: How many threads work on one sample; the reference engine has one.
  /// - Returns: The engine.
  func engine(for program: Program, threadsInside: Int = 1) -> any Engine {
    switch self {
    case .fast: FastEngine(program, threads: threadsInside)
    case .reference: ReferenceEngine(program)
    }
  }
}

extension Option {
  static let engine = Option(
    name: "--engine", value: .word("E"),
    help: "fast (the default) or reference; results do not depend on it, and only reference counts saturated outputs")
}
