internal import Synchronization

/// Counts what several threads have done.
final class ProgressCounter: Sendable {
  private let value = Atomic<Int>(0)

  /// Counts one more and gives the new count.
  func increment() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
}
