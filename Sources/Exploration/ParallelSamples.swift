/// Work on many samples by several threads whose results come in the samples' order.
public enum ParallelSamples {
  /// Computes a result for each index and hands the results over in order.
  ///
  /// Whatever the number of threads, the results, their order and the first error are the same. At most a few results
  /// for each thread are in memory.
  ///
  /// - Parameters:
  ///   - indices: What to work on.
  ///   - threads: How many results are computed at a time, one or more.
  ///   - compute: Computes one result, on any thread.
  ///   - deliver: Takes the results, one at a time, in the order of `indices`.
  /// - Throws: What `compute` throws for the first index for which it throws, or what `deliver` throws.
  public static func run<Result: Sendable>(
    _ indices: [Int], threads: Int, compute: @escaping @Sendable (Int) throws -> Result,
    deliver: (Int, Result) throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: (Int, Swift.Result<Result, any Error>).self) { group in
      var started = 0
      var delivered = 0
      var early: [Int: Swift.Result<Result, any Error>] = [:]
      let window = 4 * max(1, threads)
      func startOne() {
        guard started < indices.count, started - delivered < window else { return }
        let position = started
        let index = indices[position]
        started += 1
        group.addTask { (position, Swift.Result { try compute(index) }) }
      }
      while started < min(max(1, threads), indices.count) { startOne() }
      while let (position, result) = try await group.next() {
        early[position] = result
        while let result = early.removeValue(forKey: delivered) {
          try deliver(indices[delivered], result.get())
          delivered += 1
        }
        let running = started - delivered - early.count
        for _ in running..<max(running, max(1, threads)) { startOne() }
      }
    }
  }
}
