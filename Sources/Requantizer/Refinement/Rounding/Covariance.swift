internal import Simulation

/// A symmetric matrix, row by row in full.
struct SymmetricMatrix: Sendable {
  let order: Int
  var elements: [Float]

  subscript(row: Int, column: Int) -> Float { elements[row * order + column] }
}

/// Samples of a layer's taps as columns of eight, so that products of columns are sums over contiguous memory.
struct TapSamples: Sendable {
  static let width = 8
  let taps: Int
  let count: Int
  /// The mean of each tap, which the columns no longer hold.
  let means: [Double]
  let columns: [SIMD8<Float>]

  /// Takes samples.
  ///
  /// - Parameters:
  ///   - samples: `[count][stride]` integers.
  ///   - count: The number of samples.
  ///   - stride: The distance from one sample to the next.
  ///   - places: For each tap its place within a sample.
  init(_ samples: [Int16], count: Int, stride: Int, places: [Int]) {
    taps = places.count
    self.count = count
    var sums = [Int](repeating: 0, count: places.count)
    for sample in 0..<count {
      for (tap, place) in places.enumerated() { sums[tap] += Int(samples[sample * stride + place]) }
    }
    let means = sums.map { count > 0 ? Double($0) / Double(count) : 0 }
    let tiles = (places.count + Self.width - 1) / Self.width
    var columns = [SIMD8<Float>](repeating: .zero, count: tiles * count)
    for tile in 0..<tiles {
      let first = tile * Self.width
      let used = min(Self.width, places.count - first)
      for sample in 0..<count {
        var column = SIMD8<Float>.zero
        for lane in 0..<used {
          column[lane] = Float(samples[sample * stride + places[first + lane]]) - Float(means[first + lane])
        }
        columns[tile * count + sample] = column
      }
    }
    self.means = means
    self.columns = columns
  }

  /// What real weights give for each sample, tap means left out: one row of weights in each lane.
  func products(_ weights: [Lanes]) -> [Lanes] {
    var result = [Lanes](repeating: .zero, count: count)
    unsafe columns.withUnsafeBufferPointer { all in
      for tile in 0..<tiles {
        let used = min(Self.width, taps - tile * Self.width)
        for sample in 0..<count {
          let column = unsafe all[tile * count + sample]
          var sum = result[sample]
          for lane in 0..<used { sum += weights[tile * Self.width + lane] * column[lane] }
          result[sample] = sum
        }
      }
    }
    return result
  }

  /// For each tap the mean product of it with values, one in each lane.
  func correlation(_ values: [Lanes]) -> [Lanes] {
    var result = [Lanes](repeating: .zero, count: taps)
    let scale = 1 / Float(max(count, 1))
    unsafe columns.withUnsafeBufferPointer { all in
      for tile in 0..<tiles {
        for lane in 0..<min(Self.width, taps - tile * Self.width) {
          var sum = Lanes.zero
          for sample in 0..<count { unsafe sum += values[sample] * all[tile * count + sample][lane] }
          result[tile * Self.width + lane] = sum * scale
        }
      }
    }
    return result
  }

  var tiles: Int { (taps + Self.width - 1) / Self.width }

  /// The covariance of the taps.
  ///
  /// Each row of tiles is summed by itself in the samples' order, so that the number of threads
  /// does not show.
  func covariance(threads: Int) async throws -> SymmetricMatrix {
    assembled(try await parallelStrips(threads: threads))
  }

  private func assembled(_ strips: [[Float]]) -> SymmetricMatrix {
    var elements = [Float](repeating: 0, count: taps * taps)
    let scale = 1 / Float(max(count, 1))
    for (tile, strip) in strips.enumerated() {
      let length = (tiles - tile) * Self.width
      for lane in 0..<min(Self.width, taps - tile * Self.width) {
        let row = tile * Self.width + lane
        for column in row..<taps {
          let value = strip[lane * length + column - tile * Self.width] * scale
          elements[row * taps + column] = value
          elements[column * taps + row] = value
        }
      }
    }
    return SymmetricMatrix(order: taps, elements: elements)
  }

  /// The covariance of a few taps.
  func smallCovariance() -> SymmetricMatrix { assembled((0..<tiles).map(strip)) }

  private func parallelStrips(threads: Int) async throws -> [[Float]] {
    if tiles < 4 { return (0..<tiles).map(strip) }
    return try await parallelMap(tiles, threads: threads) { strip($0) }
  }

  /// Sums of products of eight taps with all taps from them on: `[8][…]`.
  private func strip(_ tile: Int) -> [Float] {
    let length = (tiles - tile) * Self.width
    var result = [Float](repeating: 0, count: Self.width * length)
    unsafe columns.withUnsafeBufferPointer { all in
      for other in tile..<tiles {
        for half in 0..<2 {
          var (a, b, c, d) = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
          let (left, right) = (tile * count, other * count)
          for sample in 0..<count {
            let factors = unsafe all[left + sample]
            let four = half == 0 ? factors.lowHalf : factors.highHalf
            let row = unsafe all[right + sample]
            a += row * four[0]
            b += row * four[1]
            c += row * four[2]
            d += row * four[3]
          }
          for (lane, sum) in [a, b, c, d].enumerated() {
            let start = (half * 4 + lane) * length + (other - tile) * Self.width
            for column in 0..<Self.width { result[start + column] = sum[column] }
          }
        }
      }
    }
    return result
  }
}
