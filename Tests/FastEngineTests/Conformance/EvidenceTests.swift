import Arrays
import FastEngine
import Foundation
import HardwareProfile
import NetworkModel
import Simulation
import TFLite
import TestSupport
import Testing

/// Every profile with cases in `Tests/Fixtures/evidence` against what another implementation gave for them.
///
/// The folders are the list: a new one is tested without a change here.
@Suite struct EvidenceTests {
  static let profiles: [String] = (try? RepositoryFiles.names(in: Evidence.folder)) ?? []

  @Test func everyFolderBearsTheNameOfAProfile() {
    #expect(Self.profiles.count >= 1)
    for name in Self.profiles { #expect(HardwareProfile.builtInNames.contains(name), "\(name)") }
  }

  @Test(arguments: profiles)
  func bothEnginesGiveTheExpectedOutputs(_ name: String) throws {
    let evidence = try Evidence(name)
    let profile = try HardwareProfile.builtIn(named: name)
    #expect(evidence.manifest.profile == name)
    #expect(evidence.manifest.cases == evidence.cases.count)
    // What the profile claims is what its cases show.
    let claim = "on \(evidence.manifest.cases) generated layers with \(evidence.manifest.elements) output elements"
    #expect(profile.certified.contains(evidence.manifest.oracle) && profile.certified.contains(claim))
    var (elements, wrong) = (0, 0)
    var first: String?
    var operators: Set<String> = []
    for (number, item) in evidence.cases.enumerated() {
      elements += item.output.count
      // The quick suite takes the first case of each operator and every fifth.
      let isFirst = operators.insert(item.operator).inserted
      guard TestScope.isExhaustive || isFirst || number % 5 == 0 else { continue }
      let program = try Program.lower(TFLiteFile(bytes: Array(item.model)).network(), for: profile)
      let inputs = zip(program.inputs, item.inputs).map { integers($1, program.values[$0]) }
      let expected = integers(item.output, program.values[program.outputs[0]])
      let reference = try ReferenceEngine(program).run(inputs, trace: .none)
      var found = [("reference", reference.outputs[0])]
      for kernels in supportedKernels {
        let outcome = try FastEngine(program, kernels: kernels).run(inputs, trace: .none)
        found.append((kernels.rawValue, outcome.outputs[0]))
      }
      for (engine, output) in found {
        #expect(output.count == expected.count)
        let differing = zip(output, expected).count { $0 != $1 }
        if differing > 0, first == nil {
          let place = firstMismatch(expected.indices, { output[$0] }, { expected[$0] }) ?? ""
          first = "case \(number), \(item.operator), \(engine): \(place)"
        }
        wrong += differing
      }
    }
    #expect(first == nil)
    #expect(wrong == 0)
    #expect(elements == evidence.manifest.elements)
  }

  private func integers(_ bytes: ArraySlice<UInt8>, _ value: Simulation.Value) -> [Int32] {
    value.type == .int8
      ? bytes.map { Int32(Int8(bitPattern: $0)) } : bytes.map { Int32($0) }
  }
}

/// The cases of one profile.
struct Evidence {
  static let folder = "Tests/Fixtures/evidence"

  struct Manifest: Decodable {
    struct Entry: Decodable {
      let `operator`: String
      let model: Int
      let inputs: [Int]
      let output: Int
    }
    let profile: String
    let oracle: String
    let kind: String
    let cases: Int
    let elements: Int
    let list: [Entry]
  }

  struct Case {
    let `operator`: String
    let model: ArraySlice<UInt8>
    let inputs: [ArraySlice<UInt8>]
    let output: ArraySlice<UInt8>
  }

  let manifest: Manifest
  let cases: [Case]

  init(_ profile: String) throws {
    let folder = "\(Evidence.folder)/\(profile)"
    manifest = try JSONDecoder().decode(Manifest.self, from: RepositoryFiles.data("\(folder)/manifest.json"))
    let archive = try NPZFile(contentsOf: RepositoryFiles.url("\(folder)/cases.npz").path)
    var (models, inputs, outputs) = (
      try archive.array("models").values(as: UInt8.self)[...], try archive.array("inputs").values(as: UInt8.self)[...],
      try archive.array("outputs").values(as: UInt8.self)[...]
    )
    func take(_ count: Int, _ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      defer { bytes = bytes.dropFirst(count) }
      return bytes.prefix(count)
    }
    cases = manifest.list.map { entry in
      Case(
        operator: entry.operator, model: take(entry.model, &models), inputs: entry.inputs.map { take($0, &inputs) },
        output: take(entry.output, &outputs))
    }
  }
}
