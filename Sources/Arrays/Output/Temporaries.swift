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

/// The temporary files and folders of this process, `.bitexact-PROCESS-NUMBER.tmp` beside what they become, so that none
/// stays: not when the process is interrupted, and not for long when it is killed.
package enum Temporaries {
  private struct State {
    /// For each temporary what was made in it, in that order.
    var contents: [String: [String]] = [:]
    /// The folders that were made for results and may still be empty, those inside after those around them.
    var folders: [String] = []
    /// The folders that were searched for what killed processes left.
    var searched: Set<String> = []
  }

  private static let state = Mutex(State())

  /// Paths for a temporary in a folder; the first that is free is taken.
  static func candidates(in folder: String) -> some Sequence<String> {
    (0..<1000).lazy.map { "\(folder)/.bitexact-\(getpid())-\($0).tmp" }
  }

  /// Makes a temporary and remembers it.
  ///
  /// - Parameters:
  ///   - path: Its path.
  ///   - make: Makes it; gives whether that was possible.
  /// - Returns: What `make` gives.
  static func add(_ path: String, _ make: () -> Bool) -> Bool {
    state.withLock { state in
      guard make() else { return false }
      state.contents[path] = []
      return true
    }
  }

  /// Makes something in a temporary folder and remembers it.
  static func add<Fault: Error>(_ path: String, in folder: String, _ make: () throws(Fault) -> Void) throws(Fault) {
    try state.withLock { state throws(Fault) in
      // Also where it is not made as a whole.
      state.contents[folder]?.append(path)
      try make()
    }
  }

  /// Does something with a temporary behind which it is none any more; where that fails it stays one.
  static func forget(_ path: String, _ body: () -> Bool) -> Bool {
    state.withLock { state in
      guard body() else { return false }
      state.contents[path] = nil
      return true
    }
  }

  /// Deletes a temporary with what was made in it.
  ///
  /// No folder is listed, so that it works where no file can be opened.
  static func remove(_ path: String) {
    state.withLock { state in
      if let contents = state.contents.removeValue(forKey: path) { delete(path, contents) }
    }
  }

  /// Makes a folder for results and remembers it.
  ///
  /// - Parameters:
  ///   - path: Its path.
  ///   - make: Makes it; gives whether that was possible.
  /// - Returns: What `make` gives.
  static func addFolder(_ path: String, _ make: () -> Bool) -> Bool {
    state.withLock { state in
      guard make() else { return false }
      state.folders.append(path)
      return true
    }
  }

  /// Deletes the folders that were made for results and hold nothing; to be called when a command has ended.
  package static func removeEmptyFolders() {
    state.withLock { state in
      deleteEmpty(state.folders)
      state.folders = []
    }
  }

  /// A folder that holds something stays.
  private static func deleteEmpty(_ folders: [String]) {
    for folder in folders.reversed() { unsafe rmdir(folder) }
  }

  private static func delete(_ path: String, _ contents: [String]) {
    for made in contents.reversed() + [path] { _ = unsafe unlink(made) == 0 || rmdir(made) == 0 }
  }

  /// Deletes all temporaries and the folders that were made for nothing, and ends the process; no other thread makes one in between.
  ///
  /// - Parameter end: Ends the process.
  package static func removeAll(thenEnd end: () -> Never) -> Never {
    state.withLock { state in
      for (path, contents) in state.contents { delete(path, contents) }
      deleteEmpty(state.folders)
      end()
    }
  }

  /// Takes a lock that says that a temporary is in use; it lasts as long as the file is open.
  static func lock(_ descriptor: Int32) { flock(descriptor, LOCK_EX | LOCK_NB) }

  /// Deletes what killed processes left in a folder.
  ///
  /// Only what has such a name, belongs to this user, and whose process is gone: there is none of its number, and nobody
  /// holds its lock, which a process in another container does.
  ///
  /// - Parameter folder: The folder; it is searched once.
  package static func removeAbandoned(in folder: String) {
    let isNew = state.withLock { $0.searched.insert(folder).inserted }
    guard isNew, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
    for name in names {
      guard let process = Self.process(ofTemporary: name), process != getpid(), kill(process, 0) != 0, errno == ESRCH
      else { continue }
      removeAbandoned("\(folder)/\(name)")
    }
  }

  private static func removeAbandoned(_ path: String) {
    // Symbolic links are not followed, and a pipe is not waited for.
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0, information.st_uid == geteuid(),
      [S_IFREG, S_IFDIR].contains(information.st_mode & S_IFMT), flock(descriptor, LOCK_EX | LOCK_NB) == 0
    else { return }
    try? FileManager.default.removeItem(atPath: path)
  }

  /// The process that made a temporary of a name; `nil` for other names.
  private static func process(ofTemporary name: String) -> pid_t? {
    guard let match = name.wholeMatch(of: /\.bitexact-([0-9]+)-[0-9]+\.tmp/) else { return nil }
    return pid_t(match.1)
  }
}
