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

  @Test("a link may lead to a file of the folder, and not out of it")
  func links() throws {
    try withFolder { folder in
      let manager = FileManager.default
      let base = #"{"schemaVersion": 1, "name": "base", "extends": "tflite", "accumulator": {"bits": 20}}"#
      let inside = folder.appending(path: "inside")
      try manager.createDirectory(at: inside.appending(path: "deep"), withIntermediateDirectories: true)
      for place in ["outside.json", "inside/deep/base.json"] {
        try Data(base.utf8).write(to: folder.appending(path: place))
      }
      try manager.createSymbolicLink(
        at: inside.appending(path: "out.json"), withDestinationURL: folder.appending(path: "outside.json"))
      try manager.createSymbolicLink(at: inside.appending(path: "up"), withDestinationURL: folder)
      try manager.createSymbolicLink(
        at: inside.appending(path: "in.json"), withDestinationURL: inside.appending(path: "deep/base.json"))
      func load(_ name: String) throws -> HardwareProfile {
        let child = #"{"schemaVersion": 1, "name": "child", "extends": "\#(name)"}"#
        try Data(child.utf8).write(to: inside.appending(path: "child.json"))
        return try HardwareProfile.resolve(inside.appending(path: "child.json").path())
      }
      #expect(try load("in.json").accumulator.bits == 20)
      #expect(try load("deep/base.json").accumulator.bits == 20)
      for name in ["out.json", "up/outside.json"] {
        let error = #expect(throws: ProfileError.self) { try load(name) }
        #expect(error?.description.contains("does not lie beside or below") == true, "\(error?.description ?? "")")
      }
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
