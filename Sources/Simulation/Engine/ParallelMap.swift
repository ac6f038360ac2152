internal import Synchronization

/// Computes `count` results on several threads; the result at an index depends on that index alone.
///
/// - Parameters:
///   - count: The number of results.
///   - threads: How many compute at the same time; the system's cores are an upper limit.
///   - body: Computes the result for an index.
/// - Returns: The results in the order of their indices.
/// - Throws: What `body` throws, for the smallest index at which it does.
package func parallelMap<Result: Sendable>(
  _ count: Int, threads: Int, _ body: @escaping @Sendable (Int) throws -> Result
) async throws -> [Result] {
  if threads <= 1 || count <= 1 { return try (0..<count).map(body) }
  let next = Counter()
  let workers = min(threads, count)
  let partial = await withTaskGroup(of: [(Int, Swift.Result<Result, any Error>)].self) { group in
    for _ in 0..<workers {
      group.addTask {
        var results: [(Int, Swift.Result<Result, any Error>)] = []
        while let index = next.take(below: count) {
          let result = Swift.Result { try body(index) }
          results.append((index, result))
          if case .failure = result { break }
        }
        return results
      }
    }
    var all: [(Int, Swift.Result<Result, any Error>)] = []
    for await results in group { all += results }
    return all
  }
  return try partial.sorted { $0.0 < $1.0 }.map { try $0.1.get() }
}

/// Hands out indices, each once and in order.
private final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  func take(below limit: Int) -> Int? {
    let index = value.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < limit ? index : nil
  }
}
