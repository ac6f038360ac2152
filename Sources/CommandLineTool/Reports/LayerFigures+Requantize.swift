internal import Exploration
internal import FastEngine
internal import NetworkModel
internal import Requantizer
internal import Simulation
internal import Synchronization
internal import Verification
internal import Workflows

extension LayerFigures {
  /// More samples draw the same picture.
  private static let samples = 16

  /// What a report draws of a re-quantized model, on the first samples that guided the work.
  static func all(
    of emission: Emission, _ result: Requantized, _ source: LoadedModel, _ samples: RequantizeSamples, _ threads: Int,
    _ meters: PassMeters
  ) async throws -> [LayerFigures] {
    let calibration = samples.calibration
    let count = min(Self.samples, calibration.count)
    let (network, sourceNetwork) = (result.network, source.network)
    let meanings = Dictionary((emission.provenance.meanings ?? []).map { ($0.tensor, $0) }) { first, _ in first }
    let meter = FigureMeter(meters, total: 3 * count)
    return try await all(
      of: ComparedModel(network: network, program: emission.program, meanings: meanings),
      source: ComparedModel(
        network: sourceNetwork, program: try source.program(), meanings: source.provenance.meanings),
      samples: count, threads: threads, engine: { FastEngine($0) },
      sample: { index in
        try zip(calibration.sample(index), zip(sourceNetwork.inputs, network.inputs)).map { elements, tensors in
          Dequantizer.convert(
            elements, from: sourceNetwork.tensors[tensors.0], to: network.tensors[tensors.1])
        }
      }, sourceSample: { try calibration.sample($0) }, progress: { meter.advance() })
  }
}

/// Counts samples for a meter.
private final class FigureMeter: Sendable {
  private let meters: PassMeters
  private let total: Int
  private let done = Mutex(0)

  init(_ meters: PassMeters, total: Int) { (self.meters, self.total) = (meters, total) }

  func advance() {
    let count = done.withLock { done in
      done += 1
      return done
    }
    meters.report("figures", done: count, total: total)
  }
}
