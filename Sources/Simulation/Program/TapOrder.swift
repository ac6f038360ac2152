package import HardwareProfile

extension AccumulationOrder {
  /// The place of a tap among all taps of a window when they are visited in this order.
  package func position(row: Int, column: Int, channel: Int, rows: Int, columns: Int, channels: Int) -> Int {
    switch self {
    case .heightWidthChannel: (row * columns + column) * channels + channel
    case .channelHeightWidth: (channel * rows + row) * columns + column
    }
  }

  /// For each tap of a window, by row, column and channel, its place when they are visited in this order.
  func places(rows: Int, columns: Int, channels: Int) -> [Int] {
    (0..<rows).flatMap { row in
      (0..<columns).flatMap { column in
        (0..<channels).map { channel in
          position(row: row, column: column, channel: channel, rows: rows, columns: columns, channels: channels)
        }
      }
    }
  }
}
