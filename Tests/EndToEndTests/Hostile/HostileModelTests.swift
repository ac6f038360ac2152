import Arrays
import Foundation
import NetworkModel
import TFLite
import TestSupport
import Testing

@Suite("Hostile models", .timeLimit(.minutes(3)))
struct HostileModelTests {
  /// At most 10 seconds of processor time; where the system can bound memory, at most 1 GB of it, reserved or used.
  private static let limits: String = {
    #if os(Linux)
      "ulimit -t 10; ulimit -v 1000000"
    #else
      "ulimit -t 10"
    #endif
  }()

  /// The tool's answers to a model: to `inspect`, and to `run` with an input that fits the sound model.
  private func answers(_ bytes: [UInt8], _ base: HostileBase) throws -> [BitexactTool.Result] {
    let folder = try Workspace()
    try folder.write(bytes, to: "hostile.tflite")
    let sound = try base.network()
    let input = sound.tensors[sound.inputs[0]]
    let path = folder.path("x.npy")
    switch input.type {
    case .float32:
      try NPYWriter.write([Float](repeating: 0, count: input.shape.count), shape: input.shape.extents, to: path)
    case .uint8:
      try NPYWriter.write([UInt8](repeating: 3, count: input.shape.count), shape: input.shape.extents, to: path)
    default: try NPYWriter.write([Int8](repeating: 3, count: input.shape.count), shape: input.shape.extents, to: path)
    }
    return try [["inspect", "hostile.tflite"], ["run", "hostile.tflite", "--input", "x.npy"]].map {
      try BitexactTool.run($0 + ["--threads", "2"], in: folder, limits: Self.limits)
    }
  }

  private func expectRefusal(_ result: BitexactTool.Result, _ says: String) {
    #expect(result.exitCode == 2 && !result.wasSignalled, "ended with \(result.exitCode): \(result.errors)")
    #expect(result.output.isEmpty)
    #expect(result.errorLines.count == 1 && result.errors.utf8.count < 3000, "\(result.errors)")
    #expect(result.errors.hasPrefix("bitexact: error: hostile.tflite"), "\(result.errors)")
    #expect(result.errors.contains(says), "\(result.errors)")
  }

  @Test("a hostile model is refused with one clear line, in 10 seconds and 1 GB", arguments: HostileModel.chosen)
  func refusal(model: HostileModel) throws {
    let answers = try answers(model.bytes(), model.base)
    switch model.moment {
    case .reading: expectRefusal(answers[0], model.says)
    case .lowering: #expect(answers[0].exitCode == 0, "\(answers[0].errors)")
    }
    expectRefusal(answers[1], model.says)
  }

  @Test(
    "strange models that mean something are run, in 10 seconds and 1 GB",
    arguments: TestScope.some(5, of: HostileModel.strange))
  func strange(model: HostileModel) throws {
    for answer in try answers(model.bytes(), model.base) {
      #expect(
        answer.exitCode == 0 && !answer.wasSignalled && answer.errors.isEmpty, "\(answer.exitCode) \(answer.errors)")
    }
  }

  @Test("the models that were damaged run when they are sound", arguments: HostileBase.allCases)
  func sound(base: HostileBase) throws {
    for answer in try answers(base.file().bytes(), base) {
      #expect(answer.exitCode == 0, "\(answer.errors)")
    }
  }

  @Test("there are 50 hostile models and more, each with a name of its own")
  func count() {
    #expect(HostileModel.all.count >= 50)
    #expect(Set(HostileModel.all.map(\.name)).count == HostileModel.all.count)
  }
}
