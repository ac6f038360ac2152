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

/// The kernels that this CPU can run.
let supportedKernels = KernelSet.allCases.filter(\.isSupported)

/// Inputs of a program: random ones, and the ends of each format.
func inputs(_ program: Program, seed: UInt64, random: Int) -> [[[Int32]]] {
  var generator = SeededGenerator(seed: seed)
  func make(_ element: (inout SeededGenerator, Int32, Int32) -> Int32) -> [[Int32]] {
    program.inputs.map { index in
      let value = program.values[index]
      guard let range = value.type.integerRange else {
        return (0..<value.shape.count).map { _ in
          Int32(bitPattern: Float.random(in: -8...8, using: &generator).bitPattern)
        }
      }
      let (low, high) = (Int32(range.lowerBound), Int32(range.upperBound))
      return (0..<value.shape.count).map { _ in element(&generator, low, high) }
    }
  }
  var result = (0..<random).map { _ in make { Int32.random(in: $1...$2, using: &$0) } }
  result.append(make { $1 + 0 * $2 })
  result.append(make { $2 + 0 * $1 })
  result.append(make { Bool.random(using: &$0) ? $1 : $2 })
  return result
}

/// The first value in which two engines differ, in words; `nil` when all are equal.
func firstDifference(_ program: Program, _ fast: FastEngine, _ inputs: [[Int32]]) throws -> String? {
  let reference = ReferenceEngine(program)
  let expected = try reference.run(inputs, trace: .all)
  let traced = try fast.run(inputs, trace: .all)
  for step in program.steps {
    let (a, b) = (expected.trace[step.output] ?? [], traced.trace[step.output] ?? [])
    if let index = a.indices.first(where: { $0 >= b.count || a[$0] != b[$0] }) {
      let kernel = fast.kernelNames[program.steps.firstIndex(of: step) ?? 0]
      return "operator \(step.node) \(step.name) (\(kernel)), element \(index): \(a[index]), not \(b[index])"
    }
  }
  let plain = try fast.run(inputs, trace: .none)
  return plain.outputs == expected.outputs ? nil : "outputs differ without a trace"
}

@Suite struct WholeModelTests {
  @Test("The built-in models under tflite: every tensor equals the reference engine's", arguments: supportedKernels)
  func demoModels(kernels: KernelSet) throws {
    for file in [DemoModel.File.int8Model, .uint8Model] {
      let network = try TFLiteFile(bytes: DemoModel.bytes(of: file)).network()
      let program = try Program.lower(network, for: HardwareProfile.builtIn(named: "tflite"))
      let fast = FastEngine(program, kernels: kernels)
      for sample in inputs(program, seed: 7, random: 2) {
        let difference = try firstDifference(program, fast, sample)
        #expect(difference == nil, "\(file.rawValue)")
      }
    }
  }

  @Test("LiteRT's single-operator models: every tensor equals the reference engine's", arguments: supportedKernels)
  func fixtures(kernels: KernelSet) throws {
    let names = try RepositoryFiles.names(in: "Tests/Fixtures/litert").filter { $0.hasSuffix(".tflite") }
    let profile = try HardwareProfile.builtIn(named: "tflite")
    var compared = 0
    for name in names {
      let bytes = [UInt8](try RepositoryFiles.data("Tests/Fixtures/litert/\(name)"))
      let network = try TFLiteFile(bytes: bytes).network()
      guard let program = try? Program.lower(network, for: profile) else { continue }
      let fast = FastEngine(program, kernels: kernels)
      for sample in inputs(program, seed: 11, random: 2) {
        let difference = try firstDifference(program, fast, sample)
        #expect(difference == nil, "\(name)")
        compared += 1
      }
    }
    #expect(compared > 800)
  }
}
