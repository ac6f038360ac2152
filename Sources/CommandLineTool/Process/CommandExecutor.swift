internal import Foundation
internal import Simulation
internal import Workflows

/// Runs a command's work on as many threads as the user allows; the main thread is one of them.
///
/// Swift's own pool waits for ever where the system refuses it a thread. This one is complete before the work begins,
/// or the work does not begin; with one thread it starts none.
@safe final class CommandExecutor: TaskExecutor, @unchecked Sendable {
  /// Guards the jobs, and tells threads of new ones.
  private let condition = NSCondition()
  private var jobs: [UnownedJob] = []
  /// The jobs before this one are taken.
  private var next = 0
  private var isDone = false

  /// Does work on some threads and waits for its end.
  ///
  /// - Parameters:
  ///   - threads: How many, this one included.
  ///   - work: The work; it, and all that it starts, runs on these threads.
  /// - Returns: What the work gives.
  /// - Throws: ``InputError`` where the system has fewer threads; what the work throws.
  static func run<Result: Sendable>(
    threads: Int, _ work: @escaping @Sendable () async throws -> Result
  ) throws -> Result {
    let executor = CommandExecutor()
    for started in 1..<max(threads, 1) {
      guard SystemThread.start({ executor.work() }) else {
        let reason = unsafe String(cString: strerror(errno))
        throw InputError(
          "only \(started) of \(threads) threads can be started: \(reason); raise the limit of processes (ulimit -u, or "
            + "the container's), or give --threads \(started)")
      }
    }
    let outcome = Outcome<Result>()
    Task(executorPreference: executor) {
      do {
        outcome.value = .success(try await work())
      } catch {
        outcome.value = .failure(error)
      }
      executor.finish()
    }
    executor.work()
    guard let value = outcome.value else { preconditionFailure("the threads end only after the work") }
    return try value.get()
  }

  /// What the work gave; written before the executor ends, read after.
  @safe private final class Outcome<Result: Sendable>: @unchecked Sendable {
    var value: Swift.Result<Result, any Error>?
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    condition.lock()
    jobs.append(job)
    condition.signal()
    condition.unlock()
  }

  private func work() {
    while let job = take() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
  }

  /// The job that has waited longest, or `nil` at the end.
  private func take() -> UnownedJob? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if isDone { return nil }
      if next < jobs.count { break }
      condition.wait()
    }
    let job = jobs[next]
    next += 1
    // Those that are taken are let go of now and then, so that each costs little.
    if next == jobs.count || next >= 1024 {
      jobs.removeFirst(next)
      next = 0
    }
    return job
  }

  private func finish() {
    condition.lock()
    isDone = true
    condition.broadcast()
    condition.unlock()
  }
}
