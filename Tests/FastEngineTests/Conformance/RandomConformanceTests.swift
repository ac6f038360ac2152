import FastEngine
import HardwareProfile
import NetworkModel
import Simulation
import TFLite
import TestSupport
import Testing

/// Thousands of random models of one operator each under the profile `tflite`, on every engine, against what LiteRT's
/// reference kernels gave.
@Suite struct RandomConformanceTests {
  static let manifest = try? RandomSuite.Manifest(RandomSuite.folder)

  @Test func thereAreThousandsOfCases() throws {
    let manifest = try #require(Self.manifest)
    #expect(manifest.cases >= 3000)
    #expect(manifest.recipes.reduce(0) { $0 + $1.cases } == manifest.cases)
    // Every operator of the profile has cases.
    let names = Set(manifest.recipes.map { $0.name.prefix { $0 != " " } })
    for name in try HardwareProfile.builtIn(named: "tflite").operators.keys { #expect(names.contains(name[...])) }
  }

  @Test(arguments: manifest?.recipes.map(\.file) ?? [])
  func allEnginesGiveWhatLiteRTGave(_ file: String) throws {
    let recipe = try #require(Self.manifest?.recipes.first { $0.file == file })
    let runs = try #require(Self.manifest?.runs)
    var suite = try RandomSuite(file)
    #expect(suite.models.count == recipe.cases)
    var (elements, wrong) = (0, 0)
    var first: String?
    // The values lie in the order of the models, so that the quick suite takes the first of them.
    let count = TestScope.count(recipe.cases, quick: max(8, recipe.cases / 7))
    for (number, model) in suite.models.prefix(count).enumerated() {
      let program = try Program.lower(TFLiteFile(bytes: Array(model)).network(), for: .host)
      // The kernel sets take turns.
      let kernels = supportedKernels[number % supportedKernels.count]
      let engines: [(String, any Engine)] = [
        ("reference", ReferenceEngine(program)), (kernels.rawValue, FastEngine(program, kernels: kernels)),
      ]
      for run in 0..<runs {
        let inputs = program.inputs.map { suite.next(program.values[$0]) }
        let expected = program.outputs.map { suite.next(program.values[$0]) }
        elements += expected.reduce(0) { $0 + $1.count }
        for (name, engine) in engines {
          let outputs = try engine.run(inputs, trace: .none).outputs
          guard outputs != expected else { continue }
          wrong += 1
          let place = zip(outputs, expected).compactMap { got, wanted in
            firstMismatch(wanted.indices, { got[$0] }, { wanted[$0] })
          }
          first = first ?? "case \(number), run \(run), \(name): \(place.first ?? "other shapes")"
        }
      }
    }
    #expect(first == nil)
    #expect(wrong == 0)
    if count == recipe.cases { #expect(elements == recipe.elements && suite.rest == 0) }
    #expect(elements > 0)
  }
}
