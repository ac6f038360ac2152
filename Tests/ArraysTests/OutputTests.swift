import Foundation
import Testing

@testable import Arrays

@Suite("What is written") struct OutputTests {
  @Test("a link to no file yet creates that file; one to itself is refused") func links() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/in", withIntermediateDirectories: true)
      for (link, target) in [("a", "b"), ("b", "in/c"), ("round", "round"), ("lost", "none/x")] {
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/\(link)", withDestinationPath: target)
      }
      try AtomicFile.write("new", to: "\(folder)/a")
      #expect(try text(of: "\(folder)/in/c") == "new")
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/a") == "b")
      let circle = try refusal { () throws(ArrayError) in try AtomicFile.write("x", to: "\(folder)/round") }
      #expect(circle.description.contains("in a circle"))
      #expect(
        try refusal { () throws(ArrayError) in try AtomicFile.write("x", to: "\(folder)/lost") }.kind == .unwritable)
      #expect(try names(in: folder) == ["a", "b", "in", "lost", "round"])
    }
  }

  @Test("files get their names together, and none does where one cannot be written") func together() throws {
    try withFolder { folder in
      let first = try AtomicFile.prepare([1], for: "\(folder)/a")
      #expect(try names(in: folder).filter { !$0.hasPrefix(".") }.isEmpty)
      #expect(throws: ArrayError.self) { try publish([first, AtomicFile.prepare([2], for: "\(folder)/none/b")]) }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/a"))
      try publish([first, AtomicFile.prepare([2], for: "\(folder)/b")])
      #expect(try names(in: folder) == ["a", "b"])
      // A name that is taken after the file is complete: the message says what is there already.
      let files = try ["c", "d"].map { name throws(ArrayError) in try AtomicFile.prepare([3], for: "\(folder)/\(name)")
      }
      try FileManager.default.createDirectory(atPath: "\(folder)/d/x", withIntermediateDirectories: true)
      let error = try refusal { () throws(ArrayError) in try publish(files) }
      #expect(error.description.contains("\(folder)/d: ") && error.description.contains("written already: \(folder)/c"))
      #expect(try names(in: folder) == ["a", "b", "c", "d"])
    }
  }

  @Test("a pipe gets an array whose number of samples is known") func pipe() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bitexact-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(unsafe mkfifo("\(folder)/p", 0o600) == 0)
    let reader = Process()
    reader.executableURL = URL(filePath: "/bin/sh")
    reader.arguments = ["-c", "cat '\(folder)/p' > '\(folder)/x.npy'"]
    try reader.run()
    for path in ["\(folder)/p", "\(folder)/y.npy"] {
      let writer = try NPYStreamWriter(path: path, elementType: .int32, sampleShape: [2], sampleCount: 2)
      for value: Int32 in [1, 2] { try writer.append([value, value]) }
      try writer.finish()
    }
    reader.waitUntilExit()
    #expect(try NPYFile(contentsOf: "\(folder)/x.npy").values() == [1, 1, 2, 2] as [Int32])
    #expect(try fixtureless("\(folder)/x.npy") == fixtureless("\(folder)/y.npy"))
    // The same bytes as where nobody knew.
    let writer = try NPYStreamWriter(path: "\(folder)/z.npy", elementType: .int32, sampleShape: [2])
    for value: Int32 in [1, 2] { try writer.append([value, value]) }
    try writer.finish()
    #expect(try fixtureless("\(folder)/z.npy") == fixtureless("\(folder)/y.npy"))
  }

  private func fixtureless(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  @Test("what a killed process left is deleted, and nothing else") func abandoned() throws {
    try withFolder { folder in
      // A process that is gone, and its number is not given again so soon.
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "exit 0"]
      try process.run()
      process.waitUntilExit()
      let gone = process.processIdentifier
      let stays = [
        ".bitexact-\(getpid())-7.tmp", ".bitexact-1-0.tmp", ".bitexact-\(gone)-0.tmp.former", ".bitexact-\(gone)-x.tmp",
        "bitexact-\(gone)-0.tmp", ".bitexact-\(gone)-5.tmp", "file",
      ]
      for name in stays + [".bitexact-\(gone)-0.tmp"] { try Data().write(to: URL(filePath: "\(folder)/\(name)")) }
      try FileManager.default.createDirectory(
        atPath: "\(folder)/.bitexact-\(gone)-1.tmp/000", withIntermediateDirectories: true)
      try Data([1]).write(to: URL(filePath: "\(folder)/.bitexact-\(gone)-1.tmp/000/x.npy"))
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/.bitexact-\(gone)-2.tmp", withDestinationPath: "file")
      // Somebody else, who cannot be seen from here, holds this one.
      let held = unsafe open("\(folder)/.bitexact-\(gone)-5.tmp", O_RDONLY)
      #expect(flock(held, LOCK_EX) == 0)
      defer { close(held) }
      try AtomicFile.write("new", to: "\(folder)/out")
      #expect(try names(in: folder) == (stays + [".bitexact-\(gone)-2.tmp", "out"]).sorted())
    }
  }

  @Test("a folder appears when it is complete, replaces a former one, and leaves nothing otherwise") func folders()
    throws
  {
    try withFolder { folder in
      do {
        let abandoned = try TemporaryFolder(in: folder)
        try abandoned.makeFolder("000")
        for _ in 0..<2 { try abandoned.append([1, 2], to: "000/x") }
        #expect(try names(in: folder).count == 1)
      }
      #expect(try names(in: folder).isEmpty)
      for content: UInt8 in 1...2 {
        let new = try TemporaryFolder(in: folder)
        try new.append([content], to: "file\(content)")
        try new.publish(as: "\(folder)/out")
      }
      #expect(try names(in: folder) == ["out"])
      #expect(try names(in: "\(folder)/out") == ["file2"])
    }
  }
}

@Suite("A file that is written to while it is read") struct ChangingInputTests {
  /// The array of a file of 64 samples of 1000 bytes, and its path.
  private func array(_ folder: String) throws -> (NPYFile, String) {
    let path = "\(folder)/x.npy"
    try NPYWriter.write((0..<64_000).map { UInt8($0 % 251) }, shape: [64, 1000], to: path)
    return (try NPYFile(contentsOf: path), path)
  }

  @Test("is refused with its name", arguments: [0, 200, 60_000]) func shortened(length: off_t) throws {
    try withFolder { folder in
      let (file, path) = try array(folder)
      #expect(try file.sample(63, as: UInt8.self).count == 1000)
      #expect(unsafe truncate(path, length) == 0)
      let error = try refusal { () throws(ArrayError) in try file.sample(63, as: UInt8.self) }
      #expect(error.kind == .unreadable && error.file == path && error.problem.contains("shortened"))
      #expect(throws: ArrayError.self) { try file.withSampleBytes(63) { $0.count } }
      #expect(throws: ArrayError.self) { try file.values(as: UInt8.self) }
    }
  }

  @Test("is refused where other numbers stand there now") func rewritten() throws {
    try withFolder { folder in
      let (file, path) = try array(folder)
      // Times of files come in steps of some milliseconds.
      Thread.sleep(forTimeInterval: 0.05)
      let handle = try FileHandle(forWritingTo: URL(filePath: path))
      try handle.seek(toOffset: 50_000)
      try handle.write(contentsOf: Data([0]))
      try handle.close()
      #expect(
        try refusal { () throws(ArrayError) in try file.sample(0, as: UInt8.self) }.problem.contains("written to"))
    }
  }

  @Test("may be replaced by another one") func replaced() throws {
    try withFolder { folder in
      let (file, path) = try array(folder)
      try AtomicFile.write("other", to: path)
      #expect(try file.sample(1, as: UInt8.self)[0] == UInt8(1000 % 251))
    }
  }

  @Test("arrays in Fortran order and in archives are read as ever") func scattered() throws {
    try withFolder { folder in
      // [3, 2] in Fortran order: the columns one after the other.
      let header = Array("\u{93}NUMPY".unicodeScalars).map { UInt8($0.value) } + [1, 0, 70, 0]
      let text = "{'descr': '<u2', 'fortran_order': True, 'shape': (3, 2), }"
      let bytes =
        header + Array((text + String(repeating: " ", count: 69 - text.count) + "\n").utf8)
        + [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]
      try Data(bytes).write(to: URL(filePath: "\(folder)/f.npy"))
      let file = try NPYFile(contentsOf: "\(folder)/f.npy")
      #expect(try file.sample(1, as: UInt16.self) == [2, 5])
      #expect(try file.values(as: UInt16.self) == [1, 4, 2, 5, 3, 6])
      let archive = try NPZWriter(path: "\(folder)/a.npz")
      try archive.add("x", (0..<300_000).map { Float($0) }, shape: [3, 100_000])
      try archive.finish()
      let member = try NPYFile.open("\(folder)/a.npz:x")
      #expect(try member.sample(2, as: Float.self)[99_999] == 299_999)
      #expect(unsafe truncate("\(folder)/a.npz", 1000) == 0)
      #expect(throws: ArrayError.self) { try member.sample(0, as: Float.self) }
    }
  }
}
