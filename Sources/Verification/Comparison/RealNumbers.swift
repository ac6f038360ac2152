package import NetworkModel

/// A tensor's real numbers, which are formed from its integers a few at a time: all together they would take more memory
/// than everything that an engine holds.
package struct RealNumbers: Sendable {
  /// How many numbers are formed at a time.
  private static let partSize = 4096

  private let elements: [Int32]
  private let dequantize: Dequantizer

  /// Describes the numbers.
  ///
  /// - Parameters:
  ///   - elements: Stored elements in row-major order; float32 as bit patterns.
  ///   - dequantize: What they stand for.
  package init(_ elements: [Int32], _ dequantize: Dequantizer) {
    (self.elements, self.dequantize) = (elements, dequantize)
  }

  /// How many there are.
  package var count: Int { elements.count }

  /// All of them at once, where they are few.
  var all: [Double] { dequantize(elements) }

  /// Hands the numbers of two tensors over, part by part and in order.
  ///
  /// - Parameters:
  ///   - other: As many numbers.
  ///   - body: Takes a part of both.
  func forEachPart(with other: RealNumbers, _ body: ([Double], [Double]) -> Void) {
    var (mine, others): ([Double], [Double]) = ([], [])
    forEachRange { range in
      dequantize(elements, range, into: &mine)
      other.dequantize(other.elements, range, into: &others)
      body(mine, others)
    }
  }

  /// The same numbers as another tensor stores them, ties away from zero; beyond its format they are cut to its ends.
  ///
  /// - Parameters:
  ///   - target: How the other tensor's integers stand for real numbers.
  ///   - tensor: The other tensor.
  /// - Returns: As many stored elements.
  package func stored(by target: Dequantizer, as tensor: Tensor) -> [Int32] {
    if dequantize == target {
      // The same parameters, of a type that may be narrower.
      guard let range = tensor.type.integerRange else { return elements }
      return elements.map { Int32(clamping: min(max(Int64($0), range.lowerBound), range.upperBound)) }
    }
    var result: [Int32] = []
    result.reserveCapacity(count)
    var reals: [Double] = []
    forEachRange { range in
      dequantize(elements, range, into: &reals)
      result += target.quantize(reals, from: range.lowerBound, as: tensor)
    }
    return result
  }

  private func forEachRange(_ body: (Range<Int>) -> Void) {
    for start in stride(from: 0, to: count, by: Self.partSize) { body(start..<min(start + Self.partSize, count)) }
  }
}

/// The distance of two real numbers: nothing between equal ones and between NaNs of the same bits, without end between
/// others of which one is not finite.
func distance(_ a: Double, _ b: Double) -> Double {
  let difference = abs(a - b)
  if difference.isFinite { return difference }
  return a == b || a.bitPattern == b.bitPattern ? 0 : .infinity
}
