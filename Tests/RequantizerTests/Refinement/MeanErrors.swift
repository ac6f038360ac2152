import HardwareProfile
import NetworkModel
import Requantizer
import Simulation

/// How far the mean output of each layer's channels is from the source's, in steps of the target's output.
struct MeanErrors {
  /// The mean over a layer's channels, by the operator's index.
  private(set) var byNode: [Int: Double] = [:]

  init(_ source: Network, _ result: Requantized, _ profile: HardwareProfile, _ calibration: CalibrationSet) throws {
    let target = result.network
    let meanings = Dictionary(uniqueKeysWithValues: result.meanings.map { ($0.tensor, $0) })
    let wanted = try MeanErrors.means(source, .host, calibration, [:]) { $0 }
    let found = try MeanErrors.means(target, profile, calibration, meanings) {
      Calibration.converted($0, source, target)
    }
    for (index, node) in target.nodes.enumerated() where node.operation.rescaling == .weighted {
      guard let a = wanted[node.outputs[0]], let b = found[node.outputs[0]],
        let scale = target.tensors[node.outputs[0]].quantization?.scale
      else { continue }
      byNode[index] = zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(scale) / Double(a.count)
    }
  }

  /// The real mean of each channel of each value.
  private static func means(
    _ network: Network, _ profile: HardwareProfile, _ calibration: CalibrationSet, _ meanings: [Int: TensorMeaning],
    _ convert: ([[Int32]]) -> [[Int32]]
  ) throws -> [Int: [Double]] {
    let engine = ReferenceEngine(try Program.lower(network, for: profile))
    var sums: [Int: [Double]] = [:]
    for sample in 0..<calibration.count {
      for (value, elements) in try engine.run(convert(calibration.sample(sample)), trace: .all).trace {
        guard let quantization = network.tensors[value].quantization else { continue }
        let channels = network.tensors[value].shape.extents.last ?? 1
        var sum = sums[value] ?? [Double](repeating: 0, count: channels)
        for (index, element) in elements.enumerated() {
          let scale = meanings[value]?.scale(index % channels) ?? Double(quantization.scale)
          let offset = meanings[value]?.offset(index % channels) ?? 0
          let real = scale * Double(Int64(element) - quantization.zeroPoint) + offset
          sum[index % channels] += real * Double(channels) / Double(elements.count * calibration.count)
        }
        sums[value] = sum
      }
    }
    return sums
  }
}
