/// The extents of a tensor, outermost first; activations are `[batch, height, width, channels]`.
package struct Shape: Hashable, Sendable, Codable, CustomStringConvertible {
  /// The extents, each one or more; none for a scalar.
  package var extents: [Int]

  /// Creates a shape.
  package init(_ extents: [Int]) { self.extents = extents }

  /// The number of axes.
  package var rank: Int { extents.count }

  /// The product of the extents, or `nil` when it overflows.
  package var checkedCount: Int? {
    var product = 1
    for extent in extents {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      product = next
    }
    return product
  }

  /// The number of elements of a shape that was validated.
  package var count: Int { extents.reduce(1, *) }

  /// One extent.
  package subscript(axis: Int) -> Int { extents[axis] }

  /// The usual notation: `1×224×224×3`, or `scalar`.
  package var description: String {
    if extents.isEmpty { return "scalar" }
    // A file may state a list of any length where a shape should be.
    let list = extents.prefix(12).map(String.init).joined(separator: "×")
    return extents.count > 12 ? "\(list)×… (\(extents.count) axes)" : list
  }

  /// The axis that an index names, counted from the end when negative; `nil` when there is none.
  package func axis(_ index: Int) -> Int? {
    let axis = index < 0 ? index + rank : index
    return extents.indices.contains(axis) ? axis : nil
  }

  /// The shape of an element-by-element operation under NumPy's broadcasting rule, or `nil` when there is none.
  package func broadcast(with other: Shape) -> Shape? {
    let rank = Swift.max(self.rank, other.rank)
    var result: [Int] = []
    for axis in 0..<rank {
      let a = axis < rank - self.rank ? 1 : extents[axis - (rank - self.rank)]
      let b = axis < rank - other.rank ? 1 : other.extents[axis - (rank - other.rank)]
      guard a == b || a == 1 || b == 1 else { return nil }
      result.append(a == 1 ? b : a)
    }
    return Shape(result)
  }
}
