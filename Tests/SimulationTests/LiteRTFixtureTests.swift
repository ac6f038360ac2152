import Arrays
import FixedPoint
import Foundation
import HardwareProfile
import NetworkModel
import Simulation
import TFLite
import TestSupport
import Testing

/// The reference engine under the profile `tflite` against what LiteRT's reference kernels gave, on every tensor.
@Suite struct LiteRTFixtureTests {
  struct Manifest: Decodable {
    struct Case: Decodable {
      let name: String
      let runs: [String]
    }
    let cases: [Case]
  }

  static let folder = "Tests/Fixtures/litert"
  static let cases: [Manifest.Case] =
    (try? JSONDecoder().decode(Manifest.self, from: RepositoryFiles.data("\(folder)/MANIFEST.json")).cases) ?? []
  /// LiteRT ignores these fused activations; a program that claims one and computes none is refused instead.
  static let refused = ["conv_u8_tanh", "conv_i8_tanh", "conv_u8_sign_bit"]

  @Test func thereAreCases() { #expect(Self.cases.count > 200) }

  @Test(arguments: cases.filter { !refused.contains($0.name) }.map(\.name))
  func everyTensorEqualsLiteRT(_ name: String) throws {
    let network = try Self.network(name)
    let program = try Program.lower(network, for: .host)
    let archive = try NPZFile(contentsOf: RepositoryFiles.url("\(Self.folder)/\(name).npz").path)
    var compared = 0
    for run in Self.cases.first(where: { $0.name == name })?.runs ?? [] {
      let inputs = try program.inputs.indices.map { try Self.stored(archive.array("\(run)input\($0)")) }
      let outcome = try ReferenceEngine(program).run(inputs, trace: .all)
      for array in archive.arrayNames where array.hasPrefix("\(run)t") {
        guard let tensor = Int(array.dropFirst(run.count + 1)), let got = outcome.trace[tensor] else { continue }
        let expected = try Self.stored(archive.array(array))
        #expect(firstMismatch(got.indices, { got[$0] }, { expected[$0] }) == nil, "\(run)tensor \(tensor)")
        #expect(got.count == expected.count)
        compared += 1
      }
    }
    #expect(compared >= 2 * program.steps.count)
  }

  @Test(arguments: refused) func aFusedActivationThatIsNoClampIsRefused(_ name: String) throws {
    let network = try Self.network(name)
    let error = #expect(throws: LoweringError.self) { try Program.lower(network, for: .host) }
    #expect(error?.description.contains("the machine does not fuse") == true)
  }

  static func network(_ name: String) throws -> Network {
    try TFLiteFile(bytes: Array(RepositoryFiles.data("\(folder)/\(name).tflite"))).network()
  }

  /// The elements as the engine takes them.
  static func stored(_ array: NPYFile) throws -> [Int32] {
    switch array.elementType {
    case .float32: return try array.values(as: Float.self).map { Int32(bitPattern: $0.bitPattern) }
    case .uint8: return try array.values(as: UInt8.self).map(Int32.init)
    case .int16: return try array.values(as: Int16.self).map(Int32.init)
    case .int32: return try array.values(as: Int32.self)
    case .int64: return try array.values(as: Int64.self).map { Int32(truncatingIfNeeded: $0) }
    default: return try array.values(as: Int8.self).map(Int32.init)
    }
  }
}
