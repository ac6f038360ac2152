internal import Dispatch
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Keeps a writer from making files while an interrupted process deletes them.
final class WritingGate: Sendable {
  private let mutex = Mutex(())

  /// Does something that must be finished before the process may be cleaned up after.
  func pass(_ body: () throws -> Void) throws { try mutex.withLock { _ in try body() } }

  /// Does something behind which nothing passes any more, and then ends the process by a signal.
  fileprivate func close(endingBy number: Int32, _ body: () -> Void) -> Never {
    mutex.withLock { _ in
      body()
      // A signal may still reach the queue that watches for it, which takes it away; then it is sent again.
      while true {
        kill(getpid(), number)
        usleep(1000)
      }
    }
  }
}

/// Lets a process that is interrupted leave no half-written file behind.
final class Interruption {
  private let folders: [String]
  private var sources: [any DispatchSourceSignal] = []

  /// Begins to watch for SIGINT and SIGTERM.
  ///
  /// Output goes to temporary files in the destinations' folders; a signal deletes them and then ends the process the
  /// way it would have ended it.
  ///
  /// - Parameters:
  ///   - paths: The files that are going to be written.
  ///   - gate: Through which whoever writes many files passes with each; `nil` where files are open meanwhile.
  init(cleaningUpFor paths: [String], gate: WritingGate? = nil) {
    folders = paths.map { path in
      if OutputWriter.isFolder(path) { return path }
      let folder = URL(filePath: path).deletingLastPathComponent().path
      return folder.isEmpty ? "." : folder
    }
    for number in [SIGINT, SIGTERM] {
      // The default action would come before the source's handler.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [folders] in
        let end = {
          Interruption.removeTemporaryFiles(in: folders)
          signal(number, SIG_DFL)
        }
        if let gate { gate.close(endingBy: number) { _ = end() } }
        _ = end()
        kill(getpid(), number)
      }
      source.activate()
      sources.append(source)
    }
  }

  /// Deletes this process's temporary files, which `Arrays` names so.
  private static func removeTemporaryFiles(in folders: [String]) {
    for folder in Set(folders) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for name in names where name.hasPrefix(".bitexact-\(getpid())-") && name.hasSuffix(".tmp") {
        try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      }
    }
  }
}
