import FixedPoint
import HardwareProfile
import NetworkModel
import Simulation

extension Slow {
  /// The options that CONV_2D and DEPTHWISE_CONV_2D share.
  struct Options {
    var padding: Padding
    var strides: (Int, Int)
    var dilations: (Int, Int)
    var activation: Activation
  }

  /// A convolution straight from the network's tensors: each tap is looked up in the file's own weight order.
  static func convolution(
    _ network: Network, _ profile: HardwareProfile, _ options: Options, isDepthwise: Bool, input: [Int32],
    requantizations: [Requantization]
  ) -> Result {
    let node = network.nodes[0]
    let tensors = node.inputs.map { $0.map { network.tensors[$0] } }
    guard let x = tensors[0], let w = tensors[1], let weights = w.integers(), let zero = x.quantization?.zeroPoint,
      let weightZero = w.quantization?.zeroPoint
    else { return Result() }
    let bias = tensors.count > 2 ? tensors[2]?.integers() : nil
    let (height, width, channels) = (x.shape[1], x.shape[2], x.shape[3])
    let (kernelHeight, kernelWidth) = (w.shape[1], w.shape[2])
    let outputs = isDepthwise ? w.shape[3] : w.shape[0]
    let depth = isDepthwise ? 1 : w.shape[3]
    let (rows, top) = placement(height, kernelHeight, options.strides.0, options.dilations.0, options.padding)
    let (columns, left) = placement(width, kernelWidth, options.strides.1, options.dilations.1, options.padding)
    func product(_ n: Int, _ i: Int, _ j: Int, _ o: Int, _ u: Int, _ v: Int, _ c: Int) -> Int64 {
      let y = i * options.strides.0 + u * options.dilations.0 - top
      let z = j * options.strides.1 + v * options.dilations.1 - left
      if y < 0 || y >= height || z < 0 || z >= width { return 0 }
      // Output channel o of a depthwise convolution reads channel o / multiplier; of a grouped one its group's.
      let channel = isDepthwise ? o / (outputs / channels) : o / (outputs / (channels / depth)) * depth + c
      let stored = Int64(input[n * height * width * channels + y * width * channels + z * channels + channel])
      let place =
        isDepthwise
        ? u * kernelWidth * outputs + v * outputs + o
        : o * kernelHeight * kernelWidth * depth + u * kernelWidth * depth + v * depth + c
      return (stored - zero) * (weights[place] - weightZero)
    }
    var result = Result()
    for n in 0..<x.shape[0] {
      for i in 0..<rows {
        for j in 0..<columns {
          for o in 0..<outputs {
            var products: [Int64] = []
            switch profile.accumulator.order {
            case .heightWidthChannel:
              for u in 0..<kernelHeight {
                for v in 0..<kernelWidth { for c in 0..<depth { products.append(product(n, i, j, o, u, v, c)) } }
              }
            case .channelHeightWidth:
              for c in 0..<depth {
                for u in 0..<kernelHeight {
                  for v in 0..<kernelWidth { products.append(product(n, i, j, o, u, v, c)) }
                }
              }
            }
            let sum = accumulate(products, bias: bias?[o] ?? 0, profile.accumulator)
            result.overflows += sum.overflows
            append(
              sum.value, requantizations.count > 1 ? requantizations[o] : requantizations[0], to: &result,
              network.tensors[node.outputs[0]], options.activation)
          }
        }
      }
    }
    return result
  }
}
