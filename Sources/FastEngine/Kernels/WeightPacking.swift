internal import CKernels

/// How a kernel wants its weights in memory, and which output channel each of its lanes computes.
struct WeightPacking: Sendable {
  /// The integers that hold weights.
  enum Element: Sendable {
    case int8, int16
  }

  /// The 32-bit sums of one vector; so many output channels are a block.
  let lanes: Int
  /// How many blocks a panel can have, largest first.
  let panelSizes: [Int]
  /// How many taps of a channel lie next to each other: those that one instruction multiplies and adds in a lane.
  let tapsPerGroup: Int
  /// The integers that hold weights.
  let element: Element
  /// What the kernel takes off an activation's byte before it multiplies; the bias makes up for it.
  let activationOffset: Int64
  /// The fewest output pixels for which the last panel may be ``blockAndHalf``; `nil` where the kernel has no such panel.
  var pixelsToShare: Int?
  /// Whether the kernel gathers the bytes that segments have beyond whole groups.
  var gathersTails = false

  /// Stands for a panel of one block and half of another one, whose lanes two pixels share: `BX_BLOCK_AND_HALF`.
  static let blockAndHalf = UInt8(BX_BLOCK_AND_HALF)

  /// The blocks of each panel for so many output channels and pixels: the largest panels first, then what remains.
  func panels(channels: Int, pixels: Int) -> [UInt8] {
    var result: [UInt8] = []
    var left = channels
    while left > 0 {
      let blocks = (left + lanes - 1) / lanes
      if let pixelsToShare, pixels >= pixelsToShare, blocks == 2, left <= lanes + lanes / 2 {
        return result + [WeightPacking.blockAndHalf]
      }
      let size = panelSizes.first { $0 <= blocks } ?? panelSizes[panelSizes.count - 1]
      result.append(UInt8(size))
      left -= size * lanes
    }
    return result
  }

  /// The segments as the kernel takes them: as they are, or cut to whole groups and followed by one of all that was cut
  /// off, with the byte at which each tap of that one lies, filled up to whole groups.
  ///
  /// - Parameters:
  ///   - segments: For each segment the places of its taps in a filter; all are of one length.
  ///   - starts: For each segment where it begins in a window.
  /// - Returns: The segments, and the bytes of the last one if there is such a one.
  func split(_ segments: [[Int]], starts: [Int32]) -> (segments: [[Int]], tailOffsets: [Int32]) {
    let length = segments.first?.count ?? 0
    let whole = length / tapsPerGroup * tapsPerGroup
    let tails = groups((length - whole) * segments.count)
    // Gathering costs a few instructions for each pixel, a group saved some for each block of channels.
    guard gathersTails, whole < length, tails <= BX_TAILS, 2 * tails <= segments.count else { return (segments, []) }
    let offsets = starts.flatMap { start in (whole..<length).map { start + Int32($0) } }
    let filling = Array(repeating: offsets[0], count: tails * tapsPerGroup - offsets.count)
    return (segments.map { Array($0[..<whole]) } + [segments.flatMap { $0[whole...] }], offsets + filling)
  }

  /// Packs weights as `[panel][segment][group][block][lane][tap]`.
  ///
  /// - Parameters:
  ///   - order: The lanes.
  ///   - filters: The weights as `[channel][tap]`.
  ///   - channels: How many filters there are.
  ///   - segments: For each segment the places of its taps in a filter.
  ///   - offset: Taken off every weight.
  /// - Returns: The weights, filled up with zeros to whole groups and panels.
  func pack(
    _ order: LaneOrder, _ filters: [Int32], channels: Int, segments: [[Int]], offset: Int32
  ) -> PackedWeights {
    let taps = filters.count / channels
    let count = order.count * segments.reduce(0) { $0 + groups($1.count) * tapsPerGroup }
    switch element {
    case .int8:
      return unsafe .int8(
        Table(count: count, zero: 0) { unsafe pack(order, filters, taps, channels, segments, offset, into: $0) })
    case .int16:
      return unsafe .int16(
        Table(count: count, zero: 0) { unsafe pack(order, filters, taps, channels, segments, offset, into: $0) })
    }
  }

  /// How many groups so many taps fill.
  private func groups(_ taps: Int) -> Int { (taps + tapsPerGroup - 1) / tapsPerGroup }

  /// Writes the weights among zeros; what ``WeightOffset`` has found to fit is not checked again.
  private func pack<Packed: FixedWidthInteger>(
    _ order: LaneOrder, _ filters: [Int32], _ taps: Int, _ channels: Int, _ segments: [[Int]], _ offset: Int32,
    into target: UnsafeMutablePointer<Packed>
  ) {
    unsafe filters.withUnsafeBufferPointer { filters in
      var panelStart = unsafe target
      for panel in order.panelRanges {
        let groupStride = panel.count * tapsPerGroup
        for segment in segments {
          unsafe segment.withUnsafeBufferPointer { places in
            for lane in panel {
              guard let channel = order.channels[lane], channel < channels else { continue }
              let filter = unsafe filters.baseAddress.unsafelyUnwrapped + channel * taps
              var group = unsafe panelStart + (lane - panel.lowerBound) * tapsPerGroup
              var first = 0
              while first < places.count {
                for tap in 0..<min(tapsPerGroup, places.count - first) {
                  unsafe group[tap] = Packed(truncatingIfNeeded: filter[places[first + tap]] &- offset)
                }
                unsafe group += groupStride
                first += tapsPerGroup
              }
            }
          }
          unsafe panelStart += groups(segment.count) * groupStride
        }
      }
    }
  }
}

/// Weights as a kernel reads them.
enum PackedWeights: Sendable {
  case int8(Table<Int8>)
  case int16(Table<Int16>)

  /// The address of the first weight.
  @unsafe var pointer: UnsafeRawPointer {
    switch self {
    case .int8(let table): unsafe UnsafeRawPointer(table.pointer)
    case .int16(let table): unsafe UnsafeRawPointer(table.pointer)
    }
  }
}

/// Which channel each lane of the packed panels computes.
///
/// Kernels narrow the vectors of a panel to bytes with instructions that work within parts of 128 bits, so channels are
/// dealt to the lanes in fours: part `l` of vector `j` in a panel of `b` vectors holds the channels `4·b·l + 4·j …`.
/// ``WeightPacking/blockAndHalf`` keeps the order of its channels, those of the half block twice.
struct LaneOrder {
  /// The channel of each lane.
  let channels: [Int?]
  /// The lanes of each panel.
  let panelRanges: [Range<Int>]
  /// The lanes of one vector.
  let vectorLanes: Int

  var count: Int { channels.count }

  /// The order of a kernel's lanes.
  ///
  /// - Parameters:
  ///   - panels: The blocks of each panel.
  ///   - lanes: The lanes of a block.
  ///   - channelCount: How many channels there are, if the last panel's lanes are to be shared by several pixels where the
  ///     channels left fill no more than a half or a quarter of them.
  init(panels: [UInt8], lanes: Int, sharing channelCount: Int? = nil) {
    var channels: [Int?] = []
    var ranges: [Range<Int>] = []
    for blocks in panels {
      let start = channels.count
      if blocks == WeightPacking.blockAndHalf {
        channels += (start..<start + lanes) + [0, 1].flatMap { _ in start + lanes..<start + lanes + lanes / 2 }
        ranges.append(start..<channels.count)
        continue
      }
      let width = lanes * Int(blocks)
      let rest = channelCount.map { $0 - start } ?? width
      let period = rest <= width / 4 ? width / 4 : rest <= width / 2 ? width / 2 : width
      for lane in 0..<width {
        let (vector, part, place) = (lane / lanes, lane % lanes / 4, lane % 4)
        channels.append(start + (part * 4 * Int(blocks) + vector * 4 + place) % period)
      }
      ranges.append(start..<channels.count)
    }
    self.channels = channels
    panelRanges = ranges
    vectorLanes = lanes
  }

  /// The same entry, the first, for every lane.
  init(uniform count: Int) {
    channels = [Int?](repeating: 0, count: count)
    panelRanges = [0..<count]
    vectorLanes = count
  }

  /// One entry for each lane; lanes beyond the last channel take `zero`.
  func map<Result>(upTo count: Int = .max, zero: Result, _ entry: (Int) -> Result) -> [Result] {
    channels.map { channel in channel.map { $0 < count ? entry($0) : zero } ?? zero }
  }
}
