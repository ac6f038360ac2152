import Foundation
import HardwareProfile
import Testing

@Suite("Finding a profile")
struct ProfileResolveTests {
  /// Runs with a new folder that is removed afterwards.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "profiles-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test("a built-in name is resolved first", arguments: HardwareProfile.builtInNames)
  func builtIn(name: String) throws {
    #expect(try HardwareProfile.resolve(name) == HardwareProfile.builtIn(named: name))
  }

  @Test("a path is read, and what it extends is looked for beside it")
  func path() throws {
    try withFolder { folder in
      let base = #"{"schemaVersion": 1, "name": "base", "extends": "tflite", "accumulator": {"bits": 20}}"#
      let child = #"{"schemaVersion": 1, "name": "child", "extends": "base", "bias": {"bits": 20}}"#
      try Data(base.utf8).write(to: folder.appending(path: "base"))
      try Data(child.utf8).write(to: folder.appending(path: "child.json"))
      let profile = try HardwareProfile.resolve(folder.appending(path: "child.json").path())
      #expect(profile.name == "child" && profile.accumulator.bits == 20 && profile.bias.bits == 20)
    }
  }

  @Test("an unknown name is refused with the nearest and with all names")
  func unknownName() {
    let error = #expect(throws: ProfileError.self) { try HardwareProfile.resolve("nna-int8-pow") }
    #expect(error?.description.contains(#"did you mean "nna-int8-pow2"?"#) == true)
    for name in HardwareProfile.builtInNames { #expect(error?.description.contains(name) == true) }
    #expect(throws: ProfileError.self) { try HardwareProfile.builtIn(named: "") }
  }

  @Test("a path without a file, or of a folder, is refused by its path", arguments: ["no/such", "nosuch.json", "/tmp"])
  func unreadable(path: String) {
    let error = #expect(throws: ProfileError.self) { try HardwareProfile.resolve(path) }
    #expect(error?.faults.map(\.file) == [path])
  }
}
