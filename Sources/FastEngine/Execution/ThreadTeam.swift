internal import CKernels
internal import Foundation
internal import Simulation
internal import Synchronization

/// Threads that work on parts of one step at the same time.
///
/// Between two pieces of work a thread spins for some microseconds, because the next step of a network is that near, and
/// then sleeps. The caller's own thread is one of the team.
final class ThreadTeam: Sendable {
  /// The threads, the caller's included.
  let count: Int
  private let board: Board

  /// Starts `count` − 1 threads, or as many as the system allows: what they compute does not depend on their number.
  init(count: Int) {
    let board = Board()
    self.board = board
    var started = 1
    while started < count, SystemThread.start({ [started] in board.work(as: started) }) { started += 1 }
    self.count = started
    board.others.store(started - 1, ordering: .relaxed)
  }

  deinit { board.post(nil) }

  /// Calls `body` once on each thread with the thread's number, from 0 on, and returns when all calls have.
  func run(_ body: @Sendable (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      board.post(body)
      body(0)
      board.waitUntilDone(by: count - 1)
    }
  }
}

/// What the threads of a team share.
private final class Board: Sendable {
  private struct Post {
    /// The work; `nil` ends the threads.
    var body: (@Sendable (Int) -> Void)?
  }

  /// Rounds of looking before a thread sleeps: some tens of microseconds, for the next step to be divided is that near.
  private static let spins = 4000

  private let post = Mutex(Post())
  /// Counts posts.
  private let number = Atomic<Int>(0)
  /// The threads beside the caller's; set before the first post.
  let others = Atomic<Int>(0)
  /// The threads that have ended the current work.
  private let done = Atomic<Int>(0)
  private let condition = NSCondition()
  /// The threads that sleep or are about to.
  private let sleepers = Atomic<Int>(0)

  func post(_ body: (@Sendable (Int) -> Void)?) {
    post.withLock { $0.body = body }
    done.store(0, ordering: .relaxed)
    number.wrappingAdd(1, ordering: .sequentiallyConsistent)
    wakeSleepers()
  }

  func work(as thread: Int) {
    var seen = 0
    while true {
      wait { number.load(ordering: .sequentiallyConsistent) != seen }
      seen += 1
      guard perform(thread) else { return }
      if done.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue == others.load(ordering: .relaxed) {
        wakeSleepers()
      }
    }
  }

  /// Does the current work; the work is let go of before the caller can know that it is done.
  @inline(never)
  private func perform(_ thread: Int) -> Bool {
    guard let body = post.withLock({ $0.body }) else { return false }
    body(thread)
    return true
  }

  func waitUntilDone(by others: Int) {
    wait { done.load(ordering: .sequentiallyConsistent) == others }
    // The work is the caller's, and does not live longer than the call.
    post.withLock { $0.body = nil }
  }

  private func wait(until isTrue: () -> Bool) {
    for _ in 0..<Board.spins {
      if isTrue() { return }
      bx_relax()
    }
    condition.lock()
    // Counted before the last look: whoever makes it true afterwards sees the count and takes the lock to wake.
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while !isTrue() { condition.wait() }
    sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    condition.unlock()
  }

  private func wakeSleepers() {
    if sleepers.load(ordering: .sequentiallyConsistent) == 0 { return }
    condition.lock()
    condition.broadcast()
    condition.unlock()
  }
}
