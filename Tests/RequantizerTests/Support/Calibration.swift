import Arrays
import DemoModel
import NetworkModel
import Requantizer
import Simulation
import Synchronization
import TestSupport

/// Calibration samples for tests.
enum Calibration {
  /// Random samples of the range that a network's inputs have; every seventh is all smallest, all largest or a ramp.
  static func random(_ network: Network, count: Int) -> CalibrationSet {
    let inputs = network.inputs.map { network.tensors[$0] }
    return CalibrationSet(count: count) { sample in
      inputs.enumerated().map { position, tensor in
        var random = SeededGenerator(seed: UInt64(sample * 31 + position))
        let range = tensor.type.integerRange ?? 0...0
        return (0..<tensor.shape.count).map { index in
          switch sample % 7 {
          case 4: Int32(range.lowerBound)
          case 5: Int32(range.upperBound)
          case 6: Int32(range.lowerBound) + Int32(index % 256)
          default: Int32(range.lowerBound) + Int32(random.next() % 256)
          }
        }
      }
    }
  }

  /// Images of the embedded demo for one of its models, from `start` on.
  static func demo(_ network: Network, start: Int = 0, count: Int) throws -> CalibrationSet {
    let images = try NPYFile(bytes: DemoModel.bytes(of: .images), name: "images")
    let offset: Int32 = network.tensors[network.inputs[0]].type == .int8 ? 128 : 0
    let samples = try (start..<start + count).map { index in
      try images.sample(index, as: UInt8.self).map { Int32($0) - offset }
    }
    return CalibrationSet(count: count) { [samples[$0]] }
  }

  /// The integers of a source's inputs as a target stores them, by real value.
  static func converted(_ sample: [[Int32]], _ source: Network, _ target: Network) -> [[Int32]] {
    sample.indices.map { position in
      let (from, to) = (source.tensors[source.inputs[position]], target.tensors[target.inputs[position]])
      guard let old = from.quantization, let new = to.quantization, let range = to.type.integerRange else {
        return sample[position]
      }
      return sample[position].map { stored in
        let real = Double(old.scale) * Double(Int64(stored) - old.zeroPoint)
        let integer = Int64((real / Double(new.scale)).rounded(.toNearestOrAwayFromZero)) + new.zeroPoint
        return Int32(min(max(integer, range.lowerBound), range.upperBound))
      }
    }
  }
}

/// Collects what a pass computed; safe to call from anywhere.
final class ValueRecorder: Sendable {
  private let values = Mutex<[Int: [[Int32]]]>([:])

  func record(_ value: Int, _ samples: [[Int32]]) { values.withLock { $0[value] = samples } }

  var recorded: [Int: [[Int32]]] { values.withLock { $0 } }
}
