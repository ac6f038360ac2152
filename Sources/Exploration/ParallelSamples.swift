internal import Synchronization

/// Work on many samples by several threads whose results come in the samples' order.
package enum ParallelSamples {
  /// Computes a result for each index and hands the results over in order.
  ///
  /// Whatever the number of threads, the results, their order and the first error are the same. At most a few results
  /// for each thread are in memory, where they take long; results that take microseconds are computed in batches.
  ///
  /// - Parameters:
  ///   - indices: What to work on; counted from 0 on.
  ///   - threads: How many results are computed at a time, one or more.
  ///   - makeState: Makes what one thread needs to compute; called at most once for each thread.
  ///   - compute: Computes one result, on any thread.
  ///   - deliver: Takes the results, one at a time, in the order of `indices`.
  /// - Throws: What `makeState` or `compute` throws for the first index for which it throws, or what `deliver` throws.
  package static func run<Indices: RandomAccessCollection<Int> & Sendable, State, Result: Sendable>(
    _ indices: Indices, threads: Int, makeState: @escaping @Sendable () throws -> State,
    compute: @escaping @Sendable (State, Int) throws -> Result, deliver: (Int, Result) throws -> Void
  ) async throws where Indices.Index == Int {
    let states = States(makeState)
    try await withThrowingTaskGroup(of: Batch<Result>.self) { group in
      var started = 0
      var delivered = 0
      var running = 0
      var size = 1
      var early: [Int: Batch<Result>] = [:]
      let threads = max(1, threads)
      func startBatches() {
        // A batch that waits while as many as there are threads compute would let more of them compute at a time.
        while running < threads, started < indices.count, started - delivered < 4 * threads * size {
          // The last batches are small, so that the threads end together.
          let count = min(size, max(1, (indices.count - started) / (2 * threads)))
          let range = started..<started + count
          (started, running) = (range.upperBound, running + 1)
          group.addTask { Batch(range, states) { state, position in try compute(state, indices[position]) } }
        }
      }
      startBatches()
      while let batch = try await group.next() {
        running -= 1
        size = batch.sizeForNext
        early[batch.range.lowerBound] = batch
        // Other threads need not wait until the results are taken.
        startBatches()
        while let batch = early.removeValue(forKey: delivered) {
          for (position, result) in zip(batch.range, batch.results) { try deliver(indices[position], result) }
          if let error = batch.error { throw error }
          delivered = batch.range.upperBound
        }
        startBatches()
      }
    }
  }

  /// Computes a result for each index, with nothing that a thread keeps from one to the next.
  ///
  /// - Parameters:
  ///   - indices: What to work on; counted from 0 on.
  ///   - threads: How many results are computed at a time, one or more.
  ///   - compute: Computes one result, on any thread.
  ///   - deliver: Takes the results, one at a time, in the order of `indices`.
  /// - Throws: What `compute` throws for the first index for which it throws, or what `deliver` throws.
  package static func run<Indices: RandomAccessCollection<Int> & Sendable, Result: Sendable>(
    _ indices: Indices, threads: Int, compute: @escaping @Sendable (Int) throws -> Result,
    deliver: (Int, Result) throws -> Void
  ) async throws where Indices.Index == Int {
    try await run(indices, threads: threads) {
    } compute: { _, index in
      try compute(index)
    } deliver: {
      try deliver($0, $1)
    }
  }
}

/// The results of neighbouring samples.
private struct Batch<Result: Sendable>: Sendable {
  let range: Range<Int>
  /// As many as there are before the first error.
  let results: [Result]
  let error: (any Error)?
  /// How many samples take about as long as makes the cost of starting a batch small.
  let sizeForNext: Int

  init<State>(_ range: Range<Int>, _ states: States<State>, _ compute: (State, Int) throws -> Result) {
    let clock = ContinuousClock()
    let start = clock.now
    var results: [Result] = []
    var fault: (any Error)?
    do {
      try states.withState { state in
        results.reserveCapacity(range.count)
        for position in range { results.append(try compute(state, position)) }
      }
    } catch {
      fault = error
    }
    let seconds = (clock.now - start) / .seconds(1) / Double(max(1, results.count))
    (self.range, self.results, error) = (range, results, fault)
    sizeForNext = Int(min(max(0.001 / max(seconds, 1e-9), 1), 256))
  }
}

/// The states that no batch uses at the moment; each is in the hands of one batch at a time.
@safe private final class States<State>: @unchecked Sendable {
  private let lock = Mutex<Void>(())
  private var idle: [State] = []
  private let make: @Sendable () throws -> State

  init(_ make: @escaping @Sendable () throws -> State) { self.make = make }

  func withState<Result>(_ body: (State) throws -> Result) throws -> Result {
    let state = try lock.withLock { _ in idle.popLast() } ?? make()
    defer { lock.withLock { _ in idle.append(state) } }
    return try body(state)
  }
}
