import DemoModel
import HardwareProfile
import Network
import Requantizer
import Simulation
import Testing

@Suite struct BuiltNetworkTests {
  @Test(arguments: HardwareProfile.builtInNames, SourceKind.allCases)
  func everyOperatorTogetherFits(_ name: String, _ kind: SourceKind) async throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let source = NetworkBuilder.everything(kind)
    #expect(source.validate().isEmpty)
    let result = try await Requantizer(profile: profile).requantize(source)
    #expect(Laws.breaches(result.network, source: source, profile) == [])
  }
}
