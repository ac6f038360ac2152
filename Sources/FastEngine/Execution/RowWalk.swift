internal import NetworkModel

/// Where the elements of a value lie in the arena: the first one, and the distance along each axis in bytes.
struct Strides: Sendable {
  var start: Int
  var steps: [Int]
}

extension Layout {
  /// Where the elements of the value with this layout lie.
  func strides(_ shape: Shape) -> Strides {
    if shape.rank == 4 && !isDense {
      let channel = channels * elementBytes
      return Strides(
        start: offset + byte(image: 0, row: 0, column: 0), steps: [imageStride, rowStride, channel, elementBytes])
    }
    return Strides(start: offset, steps: Layout.packed(shape, elementBytes))
  }

  /// The distances of elements that follow each other without gaps.
  static func packed(_ shape: Shape, _ elementBytes: Int) -> [Int] {
    var steps = [Int](repeating: elementBytes, count: shape.rank)
    for axis in steps.indices.dropLast().reversed() { steps[axis] = steps[axis + 1] * shape[axis + 1] }
    return steps
  }
}

/// A walk over values of the same extents, row by row: two that are read and one that is written.
///
/// Axes that lie in all three as one are walked as one, so that rows are as long as can be.
struct RowWalk: Sendable {
  private struct Axis: Sendable {
    var extent: Int
    var steps: SIMD4<Int>
  }

  /// The elements of a row.
  let count: Int
  /// The distances of neighbours in a row, in bytes: first source, second source, target.
  let steps: SIMD4<Int>
  private let starts: SIMD4<Int>
  private let rows: Axis
  private let outer: [Axis]
  private let outerCount: Int

  init(_ extents: [Int], _ first: Strides, _ second: Strides, to target: Strides) {
    var axes: [Axis] = []
    for axis in extents.indices where extents[axis] != 1 || axis == extents.count - 1 {
      let steps = SIMD4(first.steps[axis], second.steps[axis], target.steps[axis], 0)
      if let last = axes.last, last.steps == steps &* SIMD4(repeating: extents[axis]) {
        axes[axes.count - 1] = Axis(extent: last.extent * extents[axis], steps: steps)
      } else {
        axes.append(Axis(extent: extents[axis], steps: steps))
      }
    }
    let none = Axis(extent: 1, steps: .zero)
    let row = axes.popLast() ?? none
    (count, steps) = (row.extent, row.steps)
    rows = axes.popLast() ?? none
    outer = axes
    outerCount = axes.reduce(1) { $0 * $1.extent }
    starts = SIMD4(first.start, second.start, target.start, 0)
  }

  /// A walk whose rows have no gaps in either of two values.
  init(_ extents: [Int], _ source: Strides, to target: Strides, elementBytes: Int) {
    // An innermost axis of one element, whose neighbours would follow it without a gap.
    let from = Strides(start: source.start, steps: source.steps + [elementBytes])
    self.init(extents + [1], from, from, to: Strides(start: target.start, steps: target.steps + [elementBytes]))
  }

  /// Calls `body` with the bytes at which each row starts.
  @inline(__always)
  func forEach(_ body: (_ first: Int, _ second: Int, _ target: Int) -> Void) {
    for number in 0..<outerCount {
      var place = starts
      var rest = number
      for axis in outer.indices.reversed() {
        let (quotient, position) = rest.quotientAndRemainder(dividingBy: outer[axis].extent)
        place &+= outer[axis].steps &* SIMD4(repeating: position)
        rest = quotient
      }
      for _ in 0..<rows.extent {
        body(place.x, place.y, place.z)
        place &+= rows.steps
      }
    }
  }
}

extension Layout {
  /// Calls `body` for all elements of two values of as many elements, run by run: the bytes at which a run starts in this
  /// value and in the other, and its number of elements.
  @inline(__always)
  func forEachRun(with other: Layout, _ body: (_ source: Int, _ target: Int, _ count: Int) -> Void) {
    var here = RowCursor(self)
    var there = RowCursor(other)
    while here.left > 0 && there.left > 0 {
      let count = min(here.left, there.left)
      body(here.place, there.place, count)
      here.advance(count)
      there.advance(count)
    }
  }
}

/// A place in a value that goes from row to row.
private struct RowCursor {
  private let layout: Layout
  private var row = 0
  /// The elements of the row from here on; none at the end of the value.
  private(set) var left: Int
  /// The byte in the arena.
  private(set) var place: Int

  init(_ layout: Layout) {
    self.layout = layout
    let count = layout.width * layout.channels
    left = layout.isDense ? layout.images * layout.height * count : count
    place = layout.offset + layout.byte(image: 0, row: 0, column: 0)
  }

  mutating func advance(_ count: Int) {
    left -= count
    place += count * layout.elementBytes
    if left > 0 || layout.isDense { return }
    row += 1
    if row == layout.images * layout.height { return }
    left = layout.width * layout.channels
    place = layout.offset + layout.byte(image: row / layout.height, row: row % layout.height, column: 0)
  }
}

extension Layout {
  /// Calls `body` for each pixel of two values of the same extents with the bytes at which it starts.
  @inline(__always)
  func forEachPixel(with other: Layout, _ body: (_ source: Int, _ target: Int) -> Void) {
    for image in 0..<images {
      for row in 0..<height {
        for column in 0..<width {
          body(
            offset + byte(image: image, row: row, column: column),
            other.offset + other.byte(image: image, row: row, column: column))
        }
      }
    }
  }
}
