/// The upper triangular `R` with `H = Rᵀ·R`, from the top row on.
///
/// Each element is `H`'s less the products of what stands above, one after another from the top. That order is the same
/// whether a row is made by itself or eight rows at a time, in tiles that stay in registers; so are the bits.
///
/// - Parameters:
///   - matrix: `H`, symmetric, row by row in full.
///   - order: The number of its rows.
///   - floor: What was added to the diagonal; a hundredth of it is the least square of a pivot.
/// - Returns: `R`, row by row in full; what stands below its diagonal says nothing.
func choleskyFactor(_ matrix: [Float], _ order: Int, floor: Float) -> [Float] {
  typealias Tile = SIMD16<Float>
  let (height, width) = (8, Tile.scalarCount)
  var factor = matrix
  unsafe factor.withUnsafeMutableBufferPointer { r in
    for first in stride(from: 0, to: order, by: height) {
      let rows = first..<min(first + height, order)
      if first > 0 && rows.count == height && order - first >= width {
        for start in stride(from: first, to: order - width + 1, by: width) {
          unsafe subtract(UnsafeMutableRawBufferPointer(r), order, above: first, at: start)
        }
      }
      let done = first > 0 && rows.count == height ? first + (order - first) / width * width : first
      for row in rows {
        let here = row * order
        for above in 0..<row {
          let x = unsafe r[above * order + row]
          let start = above * order
          // The tiles hold what the rows above the eight take away.
          for column in (above < first ? max(done, row) : row)..<order {
            unsafe r[here + column] -= x * r[start + column]
          }
        }
        // A covariance is positive definite after damping but for rounding.
        let pivot = max(unsafe r[here + row], floor * 0.01).squareRoot()
        let inverse = 1 / pivot
        unsafe r[here + row] = pivot
        for column in row + 1..<order { unsafe r[here + column] *= inverse }
      }
    }
  }
  return factor
}

/// Takes the products of the rows above from a tile of eight rows and sixteen columns.
///
/// - Parameters:
///   - r: The factor as far as it is made, and the matrix from there on.
///   - order: The length of a row.
///   - first: The first of the eight rows; those above are made.
///   - start: The first of the columns.
@inline(__always)
private func subtract(_ r: UnsafeMutableRawBufferPointer, _ order: Int, above first: Int, at start: Int) {
  typealias Tile = SIMD16<Float>
  func place(_ row: Int, _ column: Int) -> Int { (row * order + column) * MemoryLayout<Float>.stride }
  func load(_ row: Int) -> Tile { unsafe r.loadUnaligned(fromByteOffset: place(row, start), as: Tile.self) }
  var (a, b, c, d) = (load(first), load(first + 1), load(first + 2), load(first + 3))
  var (e, f, g, h) = (load(first + 4), load(first + 5), load(first + 6), load(first + 7))
  for above in 0..<first {
    let tile = load(above)
    let x = unsafe r.loadUnaligned(fromByteOffset: place(above, first), as: SIMD8<Float>.self)
    a -= tile * x[0]
    b -= tile * x[1]
    c -= tile * x[2]
    d -= tile * x[3]
    e -= tile * x[4]
    f -= tile * x[5]
    g -= tile * x[6]
    h -= tile * x[7]
  }
  for (row, tile) in [a, b, c, d, e, f, g, h].enumerated() {
    unsafe r.storeBytes(of: tile, toByteOffset: place(first + row, start), as: Tile.self)
  }
}
