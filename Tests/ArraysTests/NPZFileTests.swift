import Arrays
import Testing

@Suite struct NPZFileTests {
  private static let noise = (0..<1500).map { UInt8(($0 * $0 * 2_654_435_761) >> 13 & 0xff) }
  private static let squares = (0..<300).map { Int32($0 * $0) }

  @Test(arguments: ["stored.npz", "compressed.npz"]) func archivesOfNumPy(name: String) throws {
    let archive = try NPZFile(contentsOf: fixture(name))
    #expect(archive.arrayNames == ["noise", "zeros", "squares", "tiny"])
    #expect(try archive.array("noise").values() == Self.noise)
    #expect(try archive.array("zeros").values() == [UInt8](repeating: 0, count: 3000))
    let squares = try archive.array("squares")
    #expect(squares.shape == [30, 10])
    #expect(squares.name == fixture(name) + ":squares")
    #expect(try squares.values() == Self.squares)
    #expect(try squares.sample(29) == Array(Self.squares[290...]))
    #expect(try archive.array("tiny").values() == [1, 2, 3] as [Int8])
  }

  @Test(arguments: ["fixed-codes.npz", "stored-blocks.npz"]) func everyKindOfCompressedBlock(name: String) throws {
    let archive = try NPZFile(contentsOf: fixture(name))
    #expect(try archive.array("squares").values() == Self.squares)
    #expect(try archive.array("zeros").values() == [UInt8](repeating: 0, count: 3000))
  }

  @Test func sixtyFourBitArchives() throws {
    var bytes = try fixtureBytes("zip64.npz")
    #expect(try NPZFile(bytes: bytes, name: "x").array("squares").values() == Self.squares)
    // Only the 64-bit end record still tells the number of entries and where they lie.
    let end = bytes.count - 22
    for index in [8, 9, 10, 11, 16, 17, 18, 19] { bytes[end + index] = 0xff }
    let archive = try NPZFile(bytes: bytes, name: "x")
    #expect(archive.arrayNames == ["tiny", "squares"])
    #expect(try archive.array("squares").values() == Self.squares)
  }

  @Test func aPathMayLeadIntoAnArchive() throws {
    #expect(try NPYFile.open(fixture("stored.npz") + ":tiny").values() == [1, 2, 3] as [Int8])
    #expect(try NPYFile.open(fixture("single.npz")).values() == [1, 2, 3] as [Int8])
    #expect(try NPYFile.open(fixture("int8-little.npy")).shape == [3, 2, 2])
    let many = try refusal { () throws(ArrayError) in try NPYFile.open(fixture("stored.npz")) }
    #expect(many.kind == .missing && many.allowed == "noise, zeros, squares, tiny")
    let wrong = try refusal { () throws(ArrayError) in try NPYFile.open(fixture("stored.npz") + ":tinny") }
    #expect(wrong.kind == .missing)
    #expect(try refusal { () throws(ArrayError) in try NPYFile.open("nowhere:x") }.kind == .unreadable)
  }

  @Test func otherMethodsAreRefused() throws {
    let archive = try NPZFile(contentsOf: fixture("other-method.npz"))
    let error = try refusal { () throws(ArrayError) in try archive.array("tiny") }
    #expect(error.kind == .format && error.problem == "the array is packed by method 12")
  }

  @Test(arguments: ["single.npz", "zip64.npz", "compressed.npz", "fixed-codes.npz"])
  func everyTruncation(name: String) throws {
    let bytes = try fixtureBytes(name)
    for count in stride(from: 0, to: bytes.count, by: 7) {
      let piece = Array(bytes[..<count])
      let error = try refusal { () throws(ArrayError) in try NPZFile(bytes: piece, name: "x") }
      #expect(error.kind == .format)
    }
  }

  /// A damaged archive is refused, or the values are the right ones: the damage was in a field without meaning.
  @Test(arguments: ["single.npz", "zip64.npz", "compressed.npz", "fixed-codes.npz"])
  func everyDamagedByte(name: String) throws {
    let bytes = try fixtureBytes(name)
    let original = try NPZFile(bytes: bytes, name: "x")
    let expected = try original.arrayNames.map { try original.array($0).values(as: Double.self) }
    var refused = 0
    for index in bytes.indices {
      var damaged = bytes
      damaged[index] ^= [1, 128, 255][index % 3]
      do throws(ArrayError) {
        let archive = try NPZFile(bytes: damaged, name: "x")
        for (arrayName, values) in zip(original.arrayNames, expected) {
          #expect(try archive.array(arrayName).values(as: Double.self) == values, "byte \(index)")
        }
      } catch {
        refused += 1
      }
    }
    #expect(refused > bytes.count / 3)
  }

  /// An archive may not promise more bytes than its data can expand to.
  @Test func aPromisedSizeIsNotAllocated() throws {
    var bytes = try fixtureBytes("fixed-codes.npz")
    let directory = Int(bytes[bytes.count - 6]) | Int(bytes[bytes.count - 5]) << 8
    for index in 24..<28 { bytes[directory + index] = 0xfe }
    let archive = try NPZFile(bytes: bytes, name: "x")
    let error = try refusal { () throws(ArrayError) in try archive.array("squares") }
    #expect(error.kind == .damaged)
  }

  @Test func archivesRoundTrip() throws {
    try withFolder { folder in
      let path = "\(folder)/x.npz"
      let writer = try NPZWriter(path: path)
      try writer.add("a", Self.squares, shape: [30, 10])
      try writer.add("größe", [1.5, -2.5], shape: [2])
      try writer.add("none", [UInt8](), shape: [0, 4])
      #expect(try names(in: folder).filter { $0.hasSuffix(".npz") }.isEmpty)
      try writer.finish()
      #expect(try names(in: folder) == ["x.npz"])
      let archive = try NPZFile(contentsOf: path)
      #expect(archive.arrayNames == ["a", "größe", "none"])
      #expect(try archive.array("a").values() == Self.squares)
      #expect(try archive.array("größe").values() == [1.5, -2.5])
      #expect(try archive.array("none").shape == [0, 4])
    }
  }

  @Test func aNameTwiceLeavesNothing() throws {
    try withFolder { folder in
      let writer = try NPZWriter(path: "\(folder)/x.npz")
      try writer.add("a", [1] as [Int32], shape: [1])
      let error = try refusal { () throws(ArrayError) in try writer.add("a", [1] as [Int32], shape: [1]) }
      #expect(error.kind == .format)
      #expect(try refusal { () throws(ArrayError) in try writer.finish() }.kind == .unwritable)
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func anEmptyArchiveIsRead() throws {
    try withFolder { folder in
      try NPZWriter(path: "\(folder)/x.npz").finish()
      #expect(try NPZFile(contentsOf: "\(folder)/x.npz").arrayNames.isEmpty)
    }
  }
}
