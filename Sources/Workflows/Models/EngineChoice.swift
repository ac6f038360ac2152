internal import FastEngine
package import Simulation

/// The engines that `--engine` names.
package enum EngineChoice: String, CaseIterable {
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
  package func engine(for program: Program, threadsInside: Int = 1) -> any Engine {
    switch self {
    case .fast: FastEngine(program, threads: threadsInside)
    case .reference: ReferenceEngine(program)
    }
  }
}
