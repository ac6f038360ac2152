internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Where a value lies in the arena, and how.
///
/// Images are `[N][margin + H + margin][margin + W + margin][C]`; a margin holds the value that counts as zero, so that a
/// window over the border reads what padding means. Values that are no 4-axis 8-bit images have no margins.
struct Layout: Hashable, Sendable {
  /// The arena's byte at which the value starts, margin included.
  var offset = 0
  /// Images, rows, columns, channels; a value of another rank is one row of pixels.
  var images: Int
  var height: Int
  var width: Int
  var channels: Int
  /// Rows and columns of margin.
  var top = 0
  var bottom = 0
  var left = 0
  var right = 0
  /// Bytes of one element: 1, or 4 for whatever is no 8-bit integer.
  var elementBytes: Int
  /// Added to a stored integer to give its byte: 128 for int8, 0 for uint8, unless byte 0 stands for a clamp's end.
  var bias: Int32
  /// The largest byte that the value can have.
  var largestByte: UInt8 = 255

  init(_ value: Value) {
    let extents = value.shape.extents
    if extents.count == 4 {
      (images, height, width, channels) = (extents[0], extents[1], extents[2], extents[3])
    } else {
      let last = extents.last ?? 1
      (images, height, width, channels) = (1, 1, value.shape.count / max(last, 1), last)
    }
    switch value.kind {
    case .integer(let format) where format.bits == 8:
      elementBytes = 1
      bias = format.isSigned ? 128 : 0
    default:
      elementBytes = 4
      bias = 0
    }
  }

  /// Bytes from one row to the next.
  var rowStride: Int { (left + width + right) * channels * elementBytes }

  /// Bytes from one image to the next.
  var imageStride: Int { (top + height + bottom) * rowStride }

  /// Bytes of the whole value.
  var byteCount: Int { images * imageStride }

  /// Whether the elements follow each other without gaps.
  var isDense: Bool { top == 0 && bottom == 0 && left == 0 && right == 0 }

  /// The byte, from the value's start, of an element; coordinates may lie in the margin.
  func byte(image: Int, row: Int, column: Int, channel: Int = 0) -> Int {
    image * imageStride + (row + top) * rowStride + ((column + left) * channels + channel) * elementBytes
  }

  /// Calls `body` for each run of elements without gaps, in row-major order, with its first byte in the arena and its
  /// number of elements.
  @inline(__always)
  func forEachRow(_ body: (Int, Int) -> Void) {
    if isDense {
      body(offset, images * height * width * channels)
      return
    }
    for image in 0..<images {
      for row in 0..<height { body(offset + byte(image: image, row: row, column: 0), width * channels) }
    }
  }
}
