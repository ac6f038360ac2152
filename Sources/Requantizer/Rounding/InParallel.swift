internal import Simulation

/// `parallelMap` for work that cannot fail; results are in the order of their indices whatever the threads.
func inParallel<Result: Sendable>(
  _ count: Int, threads: Int, _ body: @escaping @Sendable (Int) -> Result
) async throws -> [Result] {
  try await parallelMap(count, threads: threads) { body($0) }
}
