internal import NetworkModel
internal import Arrays
internal import Exploration
internal import HardwareProfile
internal import Simulation
internal import Workflows

/// Why something could not be done, with one line for each reason.
///
/// Every function of this module that throws throws this error, and `CancellationError` where a task is cancelled.
public enum BitexactError: Error, Hashable, Sendable {
  /// A file cannot be read or written, or is plainly something else than what is wanted.
  case file([String])
  /// A model's file is damaged, or holds what is not supported.
  case model([String])
  /// A profile has faults.
  case profile([String])
  /// Samples, labels or tensors do not fit the model.
  case data([String])
  /// A model does not fit the machine that is to run it.
  case conformance([String])
  /// A model cannot be re-quantized for a machine.
  case requantization([String])
  /// A run ended early: an accumulator trapped, or an integer was divided by zero.
  case simulation([String])
  /// Two models cannot be compared.
  case comparison([String])

  /// One line for each reason: the place, what is wrong, and what to do.
  public var reasons: [String] {
    switch self {
    case .file(let reasons), .model(let reasons), .profile(let reasons), .data(let reasons), .conformance(let reasons),
      .requantization(let reasons), .simulation(let reasons), .comparison(let reasons):
      reasons
    }
  }
}

extension BitexactError: CustomStringConvertible {
  /// The reasons, each on a line.
  public var description: String { reasons.joined(separator: "\n") }
}

extension BitexactError {
  /// What an error of an inner module is here.
  ///
  /// - Parameters:
  ///   - error: The error.
  ///   - make: The case for what does not tell by its type.
  /// - Returns: The error.
  static func of(_ error: any Error, _ make: ([String]) -> BitexactError) -> BitexactError {
    switch error {
    case let error as BitexactError: error
    case let error as InputError: make(error.reasons)
    case let error as DataSetError: .data([error.description])
    case let error as ArrayError: .data([error.description])
    case let error as ProfileError: .profile(error.faults.map(\.description))
    case let error as LoweringError: .conformance(error.faults.map(\.description))
    case let error as SimulationError: .simulation([error.description])
    default: make(["\(error)"])
    }
  }

  /// Does something whose errors become this one.
  static func rethrowing<Result>(
    _ make: ([String]) -> BitexactError, _ body: () throws -> Result
  ) throws(BitexactError) -> Result {
    do { return try body() } catch { throw of(error, make) }
  }

  /// Does something that takes a while and whose errors become this one; a cancellation stays one.
  static func rethrowing<Result: Sendable>(
    _ make: ([String]) -> BitexactError, _ body: () async throws -> Result
  ) async throws -> Result {
    do { return try await body() } catch let error as CancellationError { throw error } catch { throw of(error, make) }
  }
}
