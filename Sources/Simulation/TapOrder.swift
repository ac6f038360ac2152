package import HardwareProfile

extension AccumulationOrder {
  /// The place of a tap among all taps of a window when they are visited in this order.
  package func position(row: Int, column: Int, channel: Int, rows: Int, columns: Int, channels: Int) -> Int {
    switch self {
    case .heightWidthChannel: (row * columns + column) * channels + channel
    case .channelHeightWidth: (channel * rows + row) * columns + column
    }
  }
}
