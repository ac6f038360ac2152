internal import NetworkModel

/// Which channel of a layer's input each weight multiplies.
struct InputChannels {
  /// The channels that one group of output channels reads, and the output channels of a group.
  private let depth: Int
  private let groupSize: Int
  private let isDepthwise: Bool
  /// A flattened input, as FULLY_CONNECTED reads it, has its last axis as channels.
  private let extent: Int

  init(_ network: Network, _ node: Node, depth: Int, channels: Int) {
    let shape = node.input(0).map { network.tensors[$0].shape.extents } ?? []
    extent = max(shape.last ?? 1, 1)
    if case .depthwiseConv2D = node.operation {
      (isDepthwise, self.depth, groupSize) = (true, 1, max(channels / extent, 1))
    } else if case .conv2D = node.operation {
      (isDepthwise, self.depth, groupSize) = (false, depth, max(channels / max(extent / depth, 1), 1))
    } else {
      (isDepthwise, self.depth, groupSize) = (false, extent, channels)
    }
  }

  /// The input channel of a tap of an output channel.
  func channel(_ tap: Int, of output: Int) -> Int {
    isDepthwise ? output / groupSize : (output / groupSize * depth + tap % depth) % extent
  }
}
