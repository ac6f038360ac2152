internal import TFLite
internal import Digest
internal import Reports
package import Requantizer
internal import Verification

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What was chosen for each graph of a model, as a file to read, to edit and to take again.
package struct PlanFile: Codable {
  /// The layout of the file; others are refused.
  private var planVersion = 1
  /// The model that the plan is for.
  private let source: Source
  /// A plan for each graph that was rewritten.
  private var graphs: [Graph]
  /// The SHA-256 of the plans as they were made, so that an edited file is known.
  private var sha256 = ""

  private struct Source: Codable {
    let file: String
    let sha256: String
  }

  private struct Graph: Codable {
    let subgraph: Int
    var plan: RequantizationPlan
  }

  /// Collects the plans of a re-quantization.
  package init(_ result: Requantized, of source: LoadedModel, others: OtherGraphs) {
    self.source = Source(file: source.fileName, sha256: source.digest())
    let all =
      [(source.graph?.subgraph ?? 0, result.plan)] + others.rewritten.map { ($0.graph.subgraph, $0.result.plan) }
    graphs = all.compactMap { subgraph, plan in plan.map { Graph(subgraph: subgraph, plan: $0) } }
    sha256 = digest
  }

  private var digest: String {
    // Every number is finite, so that nothing can fail to be written.
    SHA256.hash(of: Array(((try? JSONText.encode(graphs)) ?? "").utf8)).hex
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - model: The model that it has to be for.
  /// - Throws: ``InputError`` where it is no plan, or one for another model.
  package init(_ path: String, for model: LoadedModel) throws {
    try self.init(json: InputFile.bytes(path), path, for: model)
  }

  /// Reads the bytes of a file, which messages call by its path.
  ///
  /// - Throws: As ``init(_:for:)``.
  package init(json bytes: [UInt8], _ path: String, for model: LoadedModel) throws {
    do {
      self = try JSONDecoder().decode(PlanFile.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw InputError("\(path): \(error.inWords); allowed is a file that requantize --plan wrote")
    } catch {
      throw InputError("\(path): is no JSON; allowed is a file that requantize --plan wrote")
    }
    guard planVersion == 1 else {
      throw InputError("\(path): planVersion is \(planVersion); this version of the tool reads 1: write the plan again")
    }
    guard source.sha256 == model.digest() else {
      throw InputError(
        "\(path): is a plan for \(source.file) with the SHA-256 \(source.sha256), not for \(model.path), which has "
          + "\(model.digest()); write a plan for this model with requantize --plan")
    }
    if digest != sha256 {
      // What passes say of the plan need not be true any more.
      let words = PlanningRecord(name: "edited-plan", summary: "the plan was edited after these passes made it")
      for place in graphs.indices where !graphs[place].plan.passes.contains(words) {
        graphs[place].plan.passes.append(words)
      }
    }
  }

  /// The plan for a graph; `nil` for one that fitted its machine.
  package func plan(for model: LoadedModel) -> RequantizationPlan? {
    graphs.first { $0.subgraph == model.graph?.subgraph ?? 0 }?.plan
  }

  /// The file's text.
  ///
  /// - Throws: `EncodingError`, which no plan gives.
  package func json() throws -> String { try JSONText.encode(self) + "\n" }
}
