import HardwareProfile
import Network
import Requantizer
import Simulation

/// How far the mean output of each layer's channels is from the source's, in steps of the target's output.
struct MeanErrors {
  /// The mean over a layer's channels, by the operator's index.
  private(set) var byNode: [Int: Double] = [:]

  init(_ source: Network, _ target: Network, _ profile: HardwareProfile, _ calibration: CalibrationSet) throws {
    let wanted = try MeanErrors.means(source, .host, calibration) { $0 }
    let found = try MeanErrors.means(target, profile, calibration) { Calibration.converted($0, source, target) }
    for (index, node) in target.nodes.enumerated() where node.operation.rescaling == .weighted {
      guard let a = wanted[node.outputs[0]], let b = found[node.outputs[0]],
        let scale = target.tensors[node.outputs[0]].quantization?.scale
      else { continue }
      byNode[index] = zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(scale) / Double(a.count)
    }
  }

  /// The real mean of each channel of each value.
  private static func means(
    _ network: Network, _ profile: HardwareProfile, _ calibration: CalibrationSet, _ convert: ([[Int32]]) -> [[Int32]]
  ) throws -> [Int: [Double]] {
    let engine = ReferenceEngine(try Program.lower(network, for: profile))
    var sums: [Int: [Double]] = [:]
    for sample in 0..<calibration.count {
      for (value, elements) in try engine.run(convert(calibration.sample(sample)), trace: .all).trace {
        guard let quantization = network.tensors[value].quantization else { continue }
        let channels = network.tensors[value].shape.extents.last ?? 1
        var sum = sums[value] ?? [Double](repeating: 0, count: channels)
        for (index, element) in elements.enumerated() {
          let real = Double(quantization.scale) * Double(Int64(element) - quantization.zeroPoint)
          sum[index % channels] += real * Double(channels) / Double(elements.count * calibration.count)
        }
        sums[value] = sum
      }
    }
    return sums
  }

  /// A requantized network with each bias as the source has it, in the target's steps.
  static func withoutFolding(_ source: Network, _ target: Network) -> Network {
    var result = target
    for node in target.nodes where node.operation.rescaling == .weighted {
      guard let x = node.input(0), let w = node.input(1), let b = node.input(2),
        let values = source.tensors[b].integers(), let old = source.tensors[x].quantization,
        let oldSteps = source.tensors[w].quantization, let new = target.tensors[x].quantization,
        let newSteps = target.tensors[w].quantization
      else { continue }
      let stored = values.enumerated().map { channel, value in
        let real = Double(old.scale) * Double(oldSteps.scale(at: channel)) * Double(value)
        return Int64((real / (Double(new.scale) * Double(newSteps.scale(at: channel)))).rounded())
      }
      result.tensors[b].data = Tensor.bytes(stored, as: .int32).map { $0[...] }
    }
    return result
  }
}
