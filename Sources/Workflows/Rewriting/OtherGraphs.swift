internal import FastEngine
package import HardwareProfile
internal import NetworkModel
package import Requantizer
internal import Simulation
package import TFLite
internal import Verification

/// The graphs of a model that are re-quantized beside the one that takes the data.
package struct OtherGraphs: Sendable {
  /// A graph, rewritten.
  package struct Rewritten: Sendable {
    package let graph: CallableGraph
    package let source: LoadedModel
    package let result: Requantized
    package let samples: RequantizeSamples
  }

  package let rewritten: [Rewritten]

  /// What the file's record wants to know.
  package var forEmission: [(source: LoadedModel, result: Requantized, calibration: [String: String])] {
    rewritten.map { ($0.source, $0.result, $0.samples.provenance) }
  }

  /// Re-quantizes all graphs but the chosen one.
  ///
  /// A graph whose inputs are like the chosen one's in shape, type and scale is guided by the same samples, any other by
  /// made-up ones.
  ///
  /// - Throws: ``InputError`` that names the graph which cannot be rewritten: nothing must be written then.
  package init(
    of source: LoadedModel, for profile: HardwareProfile, _ options: RequantizationOptions,
    like samples: RequantizeSamples, by plan: PlanFile?,
    _ threads: Int, _ progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws {
    var rewritten: [Rewritten] = []
    for graph in source.others {
      let other = try source.at(graph)
      try other.requireSizes()
      let own = other.takesDataLike(source) ? samples.withoutLabels : RequantizeSamples(madeUpFor: other)
      do {
        let result = try await Requantizer(
          profile: profile, options: options, threads: threads, engine: { FastEngine($0) }
        ).requantize(other.network, calibration: own.calibration, plan: plan?.plan(for: other)) {
          progress("subgraph \(graph.subgraph), \($0)", $1, $2)
        }
        rewritten.append(Rewritten(graph: graph, source: other, result: result, samples: own))
      } catch let error as RequantizationError {
        throw InputError(
          file: source.path,
          faults: error.reasons.map {
            "\(graph.label), \($0). All graphs of a file are rewritten; convert the model without this one to leave it out"
          })
      }
    }
    self.rewritten = rewritten
  }
}

extension LoadedModel {
  /// Whether data for another graph mean the same to this one.
  fileprivate func takesDataLike(_ other: LoadedModel) -> Bool {
    func inputs(_ model: LoadedModel) -> [Tensor] {
      model.network.inputs.map { index in
        let tensor = model.network.tensors[index]
        return Tensor(name: "", type: tensor.type, shape: tensor.shape, quantization: tensor.quantization)
      }
    }
    return inputs(self) == inputs(other)
  }
}

extension OtherGraphs {
  /// Where an output of one graph could be given to an input of another as it is, and no longer can.
  package func brokenLinks(_ source: LoadedModel, _ result: Requantized) -> [String] {
    let all = [(source, result)] + rewritten.map { ($0.source, $0.result) }
    var found: [String] = []
    for (a, first) in all.enumerated() {
      for (b, second) in all.enumerated() where a != b {
        for (place, output) in first.0.network.outputs.enumerated() {
          let made = first.0.network.tensors[output]
          for (position, input) in second.0.network.inputs.enumerated() where found.count < 4 {
            let taken = second.0.network.tensors[input]
            guard made.quantization != nil, made.hasNumbers(of: taken), made.shape == taken.shape,
              first.1.network.outputs.indices.contains(place), second.1.network.inputs.indices.contains(position)
            else { continue }
            let now = first.1.network.tensors[first.1.network.outputs[place]]
            if now.hasNumbers(of: second.1.network.tensors[second.1.network.inputs[position]]) { continue }
            found.append(
              "the output \"\(made.name)\" of \(first.0.graph?.label ?? "") and the input \"\(taken.name)\" of "
                + "\(second.0.graph?.label ?? "") had one scale in the source and have two now: convert what is handed on"
            )
          }
        }
      }
    }
    return found
  }
}

extension Tensor {
  /// Whether stored integers mean the same in both.
  fileprivate func hasNumbers(of other: Tensor) -> Bool {
    type == other.type && quantization?.scales == other.quantization?.scales
      && quantization?.zeroPoints == other.quantization?.zeroPoints
  }
}
