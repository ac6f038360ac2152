import Arrays
import Foundation
import NetworkModel
import Simulation
import TestSupport

/// The random cases of one recipe, as `Tools/parity/suite.py` writes them.
struct RandomSuite {
  struct Manifest: Decodable {
    struct Recipe: Decodable {
      let name: String
      let file: String
      let cases: Int
      let elements: Int
    }
    let version: String
    let runs: Int
    let cases: Int
    let elements: Int
    let recipes: [Recipe]

    init(_ folder: URL) throws {
      self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: "manifest.json")))
    }
  }

  /// The folder of the suite: the committed one, or another that was made with `suite.py --out`.
  static let folder =
    ProcessInfo.processInfo.environment["BITEXACT_RANDOM_SUITE"].map { URL(filePath: $0) }
    ?? RepositoryFiles.url("Tests/Fixtures/random")

  /// The model files.
  let models: [ArraySlice<UInt8>]
  private var values: ArraySlice<UInt8>

  init(_ file: String) throws {
    let archive = try NPZFile(contentsOf: Self.folder.appending(path: "\(file).npz").path)
    var bytes = try archive.array("models").values(as: UInt8.self)[...]
    models = try archive.array("model_sizes").values(as: Int32.self).map { size in
      defer { bytes = bytes.dropFirst(Int(size)) }
      return bytes.prefix(Int(size))
    }
    values = try archive.array("values").values(as: UInt8.self)[...]
  }

  /// The number of bytes that no case has taken yet.
  var rest: Int { values.count }

  /// Takes the elements of the next tensor as engines do: float32 as bit patterns.
  mutating func next(_ value: Simulation.Value) -> [Int32] {
    let count = value.shape.count
    let width = (value.type.bits ?? 8) / 8
    let bytes = [UInt8](values.prefix(count * width))
    values = values.dropFirst(count * width)
    guard bytes.count == count * width else { return [] }
    return (0..<count).map { index in
      var element: UInt64 = 0
      for byte in bytes[index * width..<(index + 1) * width].reversed() { element = element << 8 | UInt64(byte) }
      return value.type == .int8
        ? Int32(Int8(truncatingIfNeeded: element)) : Int32(truncatingIfNeeded: element)
    }
  }
}
