internal import Arrays
internal import DemoModel
internal import FastEngine
internal import Foundation
internal import HardwareProfile
internal import Network
internal import Simulation
internal import TFLite
internal import TestSupport
internal import Testing

/// Models from files.
@Suite struct WholeModelTests {
  @Test("LiteRT's single-operator models: every tensor equals the reference engine's")
  func fixtures() throws {
    let names = try RepositoryFiles.names(in: "Tests/Fixtures/litert").filter { $0.hasSuffix(".tflite") }
    let profile = try HardwareProfile.builtIn(named: "tflite")
    var compared = 0
    for name in names {
      let bytes = [UInt8](try RepositoryFiles.data("Tests/Fixtures/litert/\(name)"))
      let network = try TFLiteFile(bytes: bytes).network()
      guard let program = try? Program.lower(network, for: profile) else { continue }
      let difference = firstDifference(program, samples(program, seed: 11))
      #expect(difference == nil, "\(name)")
      compared += 1
    }
    #expect(compared > 150)
  }
}
