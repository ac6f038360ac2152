internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

extension ConvolutionPlan {
  /// Whether each channel has one filter of its own.
  var isDepthwise: Bool { kernel.groups == kernel.input[3] && kernel.output[3] == kernel.groups }

  /// A depthwise kernel's weights as `[taps][channels]`.
  func tapMajorWeights() -> [Int32] {
    let window = kernel.window
    var result: [Int32] = []
    for row in 0..<window.rows.size {
      for column in 0..<window.columns.size {
        for channel in 0..<kernel.output[3] {
          result.append(weight(channel: channel, row: row, column: column, depth: 0))
        }
      }
    }
    return result
  }
}
