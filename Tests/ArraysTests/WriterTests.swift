import Arrays
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct WriterTests {
  /// What this machine writes is what NumPy wrote, byte for byte.
  @Test(.enabled(if: 1.littleEndian == 1)) func filesEqualThoseOfNumPy() throws {
    #expect(
      try NPYWriter.encoded([Int8.min, .max, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], shape: [3, 2, 2])
        == fixtureBytes("int8-little.npy"))
    #expect(
      try NPYWriter.encoded([UInt64.min, .max, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9], shape: [3, 2, 2])
        == fixtureBytes("uint64-little.npy"))
    #expect(try NPYWriter.encoded([2.5], shape: []) == fixtureBytes("scalar.npy"))
    #expect(try NPYWriter.encoded([Float](), shape: [0, 3]) == fixtureBytes("empty.npy"))
  }

  @Test func everyTypeRoundTrips() throws {
    func check<T: ArrayElement & Equatable>(_ values: [T]) throws {
      let file = try NPYFile(bytes: NPYWriter.encoded(values, shape: [2, 2]), name: "x")
      #expect(file.elementType == T.arrayType)
      #expect(try file.values() == values)
    }
    try check([Int8.min, -1, 0, .max])
    try check([Int16.min, -1, 0, .max])
    try check([Int32.min, -1, 0, .max])
    try check([Int64.min, -1, 0, .max])
    try check([UInt8.min, 1, 0, .max])
    try check([UInt16.min, 1, 0, .max])
    try check([UInt32.min, 1, 0, .max])
    try check([UInt64.min, 1, 0, .max])
    try check([Float.leastNonzeroMagnitude, -1, 0.1, .infinity])
    try check([Double.leastNonzeroMagnitude, -1, 0.1, .infinity])
  }

  @Test(arguments: [[], [3], [2, 3], [-2, -2], [Int.max, 2], [0]]) func wrongShapesAreRefused(shape: [Int]) throws {
    let error = try refusal { () throws(ArrayError) in try NPYWriter.encoded([1, 2, 3, 4] as [Int8], shape: shape) }
    #expect(error.kind == .shape)
  }

  @Test func samplesAreStreamed() throws {
    try withFolder { folder in
      let path = "\(folder)/x.npy"
      let writer = try NPYStreamWriter(path: path, elementType: .int32, sampleShape: [100, 7])
      // More than the writer keeps in memory, and samples on both sides of it.
      for index: Int32 in 0..<100 { try writer.append([Int32](repeating: index, count: 700)) }
      #expect(!FileManager.default.fileExists(atPath: path))
      try writer.finish()
      #expect(try names(in: folder) == ["x.npy"])
      let file = try NPYFile(contentsOf: path)
      #expect(file.shape == [100, 100, 7])
      #expect(try file.values() == (0..<70_000).map { Int32($0 / 700) })
      #expect(try file.sample(99) == [Int32](repeating: 99, count: 700))
    }
  }

  @Test func aStreamMayBeEmptyOrOfSingleNumbers() throws {
    try withFolder { folder in
      try NPYStreamWriter(path: "\(folder)/a.npy", elementType: .uint8, sampleShape: [4]).finish()
      #expect(try NPYFile(contentsOf: "\(folder)/a.npy").shape == [0, 4])
      let writer = try NPYStreamWriter(path: "\(folder)/b.npy", elementType: .float64, sampleShape: [])
      for value in [1.5, 2.5, 3.5] { try writer.append([value]) }
      #expect(writer.sampleCount == 3)
      try writer.finish()
      #expect(try NPYFile(contentsOf: "\(folder)/b.npy").values() == [1.5, 2.5, 3.5])
    }
  }

  @Test func anAbandonedStreamLeavesNothing() throws {
    try withFolder { folder in
      do {
        let writer = try NPYStreamWriter(path: "\(folder)/x.npy", elementType: .int32, sampleShape: [1000])
        for _ in 0..<100 { try writer.append([Int32](repeating: 1, count: 1000)) }
      }
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func aWrongSampleEndsTheStream() throws {
    try withFolder { folder in
      let writer = try NPYStreamWriter(path: "\(folder)/x.npy", elementType: .int32, sampleShape: [2])
      let wrongType = try refusal { () throws(ArrayError) in try writer.append([1, 2] as [Int64]) }
      #expect(wrongType.kind == .elementType)
      let wrongCount = try refusal { () throws(ArrayError) in try writer.append([1, 2, 3] as [Int32]) }
      #expect(wrongCount.kind == .shape)
      #expect(try refusal { () throws(ArrayError) in try writer.finish() }.kind == .unwritable)
      #expect(try names(in: folder).isEmpty)
      let impossible = try refusal { () throws(ArrayError) in
        try NPYStreamWriter(path: "\(folder)/y.npy", elementType: .int32, sampleShape: [-1])
      }
      #expect(impossible.kind == .shape)
    }
  }

  @Test func anExistingFileStaysUntilTheNewOneIsComplete() throws {
    try withFolder { folder in
      let path = "\(folder)/x"
      try AtomicFile.write("old", to: path)
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      let writer = try NPZWriter(path: path)
      #expect(try text(of: path) == "old")
      try writer.finish()
      #expect(try text(of: path).hasPrefix("PK"))
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
      #expect(mode.map { "\($0)" } == "416")
    }
  }

  @Test func aSymbolicLinkIsFollowed() throws {
    try withFolder { folder in
      try AtomicFile.write("old", to: "\(folder)/real")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "real")
      try AtomicFile.write("new", to: "\(folder)/link")
      #expect(try text(of: "\(folder)/real") == "new")
      #expect(try names(in: folder) == ["link", "real"])
    }
  }

  @Test func aDeviceIsWrittenAndNotReplaced() throws {
    try AtomicFile.write("gone", to: "/dev/null")
    let type = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
    #expect(type == .typeCharacterSpecial)
  }

  @Test func placesThatCannotBeWritten() throws {
    try withFolder { folder in
      for path in ["", folder, "\(folder)/", "\(folder)/missing/x.npy"] {
        let error = try refusal { () throws(ArrayError) in try AtomicFile.write([1], to: path) }
        #expect(error.kind == .unwritable, "\(path)")
      }
      #expect(try names(in: folder).isEmpty)
    }
  }
}
