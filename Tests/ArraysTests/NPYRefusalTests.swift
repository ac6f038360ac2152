import Arrays
import Testing

@Suite struct NPYRefusalTests {
  @Test(arguments: ["object", "structured", "string", "bytes", "complex", "longdouble", "datetime"])
  func otherElementTypes(name: String) throws {
    let error = try refusal { () throws(ArrayError) in try NPYFile(contentsOf: fixture("\(name).npy")) }
    #expect(error.kind == .elementType)
    #expect(error.allowed.contains("float32"))
    #expect(error.file.hasSuffix("\(name).npy"))
  }

  /// Headers that NumPy would not write, with the kind of the refusal.
  static let headers: [(header: String, kind: ArrayError.Kind)] = [
    ("", .header), ("{", .header), ("{}", .header), ("[]", .header), ("None", .header),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x", .header),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': True}", .header),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", .header),
    ("{'descr': '<f4', 'fortran_order': False}", .header),
    ("{'descr': '<f4', 'shape': (2,)}", .header),
    ("{'fortran_order': False, 'shape': (2,)}", .header),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", .header),
    ("{'descr': '<f4', 'fortran_order': 'False', 'shape': (2,)}", .header),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': 2}", .header),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2)}", .header),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1+1,)}", .header),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2.0,)}", .header),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,,)}", .header),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': __import__('os').system('true')}", .header),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,", .header),
    ("{'descr': '<f4, 'fortran_order': False, 'shape': (2,)}", .header),
    ("{'descr': '<f4\\x00', 'fortran_order': False, 'shape': (2,)}", .header),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", .elementType),
    ("{'descr': 'é4', 'fortran_order': False, 'shape': (2,)}", .header),
    ("{'descr': '', 'fortran_order': False, 'shape': (2,)}", .elementType),
    ("{'descr': '<', 'fortran_order': False, 'shape': (2,)}", .elementType),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (2,)}", .elementType),
    ("{'descr': '<i3', 'fortran_order': False, 'shape': (2,)}", .elementType),
    ("{'descr': '<f4 ', 'fortran_order': False, 'shape': (2,)}", .elementType),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}", .shape),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)}", .shape),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904,)}", .shape),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", .shape),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (4294967296, 4294967296, 0)}", .shape),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (\(String(repeating: "1, ", count: 65)))}", .shape),
    ("{'descr': '|u1', 'fortran_order': False, 'shape': (1152921504606846976,)}", .length),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", .length),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", .length),
  ]

  @Test(arguments: headers.indices) func hostileHeaders(index: Int) throws {
    let (header, kind) = Self.headers[index]
    let bytes = npy(header, dataByteCount: 8)
    let error = try refusal { () throws(ArrayError) in try NPYFile(bytes: bytes, name: "x.npy") }
    #expect(error.kind == kind, "\(error)")
    #expect(error.description.hasPrefix("x.npy: "))
  }

  /// Headers that differ from NumPy's in what Python does not care about.
  @Test(arguments: [
    "{\"descr\": \"<f4\", 'fortran_order': False, 'shape': (2,)}",
    "{'shape':(2L,),'fortran_order':False,'descr':'=f4'}",
    " { 'descr' : 'f4' , 'fortran_order' : True , 'shape' : ( 2 , ) , } \n",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)}",
    "{'descr': '|f4', 'fortran_order': False, 'shape': (2, 1,)}",
  ]) func otherSpellingsAreRead(header: String) throws {
    let file = try NPYFile(bytes: npy(header, dataByteCount: 8), name: "x.npy")
    #expect(try file.values() == [0, 0] as [Float])
  }

  @Test func otherVersionsAndMagics() throws {
    var bytes = try fixtureBytes("bool.npy")
    bytes[6] = 4
    #expect(try refusal { () throws(ArrayError) in try NPYFile(bytes: bytes, name: "x") }.kind == .header)
    bytes[6] = 1
    bytes[7] = 1
    #expect(try refusal { () throws(ArrayError) in try NPYFile(bytes: bytes, name: "x") }.kind == .header)
    bytes[1] = 0
    #expect(try refusal { () throws(ArrayError) in try NPYFile(bytes: bytes, name: "x") }.kind == .format)
    let long = [0x93] + Array("NUMPY".utf8) + [2, 0, 0xff, 0xff, 0xff, 0xff]
    #expect(try refusal { () throws(ArrayError) in try NPYFile(bytes: long, name: "x") }.kind == .header)
  }

  @Test(arguments: ["int32-big.npy", "fortran.npy", "version-2.npy"]) func everyTruncation(name: String) throws {
    let bytes = try fixtureBytes(name)
    for count in bytes.indices {
      let piece = Array(bytes[..<count])
      _ = try refusal { () throws(ArrayError) in try NPYFile(bytes: piece, name: "x") }
    }
    #expect(try refusal { () throws(ArrayError) in try NPYFile(bytes: bytes + [0], name: "x") }.kind == .length)
  }

  /// A damaged header is refused, or it still describes exactly the bytes that are there.
  @Test(arguments: ["int32-big.npy", "fortran.npy", "version-2.npy"]) func everyDamagedByte(name: String) throws {
    let bytes = try fixtureBytes(name)
    var refused = 0
    for index in 0..<128 {
      for mask: UInt8 in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
        var damaged = bytes
        damaged[index] ^= mask
        do throws(ArrayError) {
          let file = try NPYFile(bytes: damaged, name: "x")
          #expect(file.elementCount * file.elementType.byteCount <= bytes.count)
          #expect(try file.values(as: Double.self).count == file.elementCount)
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 400)
  }

  @Test func filesThatCannotBeRead() throws {
    let missing = try refusal { () throws(ArrayError) in try NPYFile(contentsOf: fixture("nothing.npy")) }
    #expect(missing.kind == .unreadable && missing.problem == "there is no such file")
    let folder = try refusal { () throws(ArrayError) in try NPYFile(contentsOf: fixture("")) }
    #expect(folder.kind == .unreadable && folder.problem == "this is a folder")
    let other = try refusal { () throws(ArrayError) in try NPYFile(contentsOf: #filePath) }
    #expect(other.kind == .format)
    try withFolder { folder in
      try AtomicFile.write("", to: "\(folder)/empty")
      let empty = try refusal { () throws(ArrayError) in try NPYFile(contentsOf: "\(folder)/empty") }
      #expect(empty.kind == .format)
    }
  }
}
