import Arrays
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Files that NumPy wrote; Tools/array-fixtures/make.py tells how.
func fixture(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/arrays/\(name)").path
}

func fixtureBytes(_ name: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(filePath: fixture(name))))
}

/// Runs a test in a new folder, which is deleted afterwards.
func withFolder<T>(_ body: (String) throws -> T) throws -> T {
  let folder = FileManager.default.temporaryDirectory.appending(path: "bitexact-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

func text(of path: String) throws -> String {
  String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
}

func names(in folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// The error that `body` throws, or a failed test.
func refusal<T>(_ body: () throws(ArrayError) -> T) throws -> ArrayError {
  var caught: ArrayError?
  do throws(ArrayError) { _ = try body() } catch { caught = error }
  return try #require(caught, "nothing was refused")
}

/// An .npy file of version 1.0 with any header and that many zero bytes of data.
func npy(_ header: String, dataByteCount: Int = 0) -> [UInt8] {
  let text = Array(header.utf8)
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 0xff), UInt8(text.count >> 8)] + text
    + [UInt8](repeating: 0, count: dataByteCount)
}
