import Foundation
import Testing

import HardwareProfile

@Suite("Built-in profiles")
struct BuiltInProfileTests {
  /// The folder of the profiles in the checkout.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../hwprofiles")

  @Test("every file of hwprofiles/ but the schema is embedded with equal bytes")
  func embedding() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
      .filter { $0.hasSuffix(".json") && $0 != "schema.json" }
    #expect(names.sorted() == EmbeddedProfiles.files.keys.sorted())
    #expect(names.count >= 4)
    for name in names {
      let bytes = try Data(contentsOf: Self.folder.appending(path: name))
      #expect(EmbeddedProfiles.files[name] == Array(bytes), "\(name)")
    }
  }

  @Test("every built-in profile decodes and bears the name of its file", arguments: HardwareProfile.builtInNames)
  func decoding(name: String) throws {
    #expect(try HardwareProfile.builtIn(named: name).name == name)
  }

  @Test("every built-in profile says by what evidence it is right", arguments: HardwareProfile.builtInNames)
  func evidence(name: String) throws {
    #expect(try HardwareProfile.builtIn(named: name).certified != HardwareProfile.uncertified)
  }

  @Test("a profile's canonical JSON decodes to it and writes itself again", arguments: HardwareProfile.builtInNames)
  func canonical(name: String) throws {
    let profile = try HardwareProfile.builtIn(named: name)
    let text = profile.canonicalJSON()
    let again = try HardwareProfile.decode(Array(text.utf8), file: "canonical.json")
    #expect(again == profile)
    #expect(again.canonicalJSON() == text)
    #expect(!text.contains("\"extends\""))
  }
}
