package import NetworkModel

/// From stored elements to real numbers, as the file's parameters say.
package struct Dequantizer: Hashable, Sendable {
  private let scales: [Double]
  private let zeroPoints: [Int64]
  /// How many elements in a row share a scale, for per-axis parameters.
  private let run: Int
  private let isFloat: Bool
  private let offsets: [Double]

  /// Reads the parameters of a tensor; one without parameters has scale 1 and zero point 0.
  package init(_ tensor: Tensor) { self.init(tensor, nil) }

  /// Takes a meaning instead of the file's scale; zero points are the file's.
  ///
  /// - Parameters:
  ///   - tensor: The tensor.
  ///   - meaning: What its integers stand for; `nil` for what the file says.
  package init(_ tensor: Tensor, _ meaning: Provenance.Meaning?) {
    let quantization = tensor.quantization ?? Quantization(scale: 1)
    isFloat = tensor.type == .float32
    if let meaning, !isFloat, !quantization.isPerAxis,
      [1, tensor.shape.extents.last].contains(meaning.scales.count),
      [1, meaning.scales.count].contains(meaning.offsets.count)
    {
      scales = meaning.scales
      zeroPoints = meaning.scales.map { _ in quantization.zeroPoint }
      run = meaning.scales.count == 1 ? tensor.shape.count : 1
      offsets = meaning.scales.indices.map { meaning.offsets[meaning.offsets.count == 1 ? 0 : $0] }
    } else {
      scales = quantization.scales.map(Double.init)
      zeroPoints = quantization.zeroPoints
      run =
        quantization.isPerAxis
        ? tensor.shape.extents.dropFirst(quantization.axis + 1).reduce(1, *) : tensor.shape.count
      offsets = quantization.scales.map { _ in 0 }
    }
  }

  /// The real numbers.
  ///
  /// - Parameter elements: Stored elements in row-major order; float32 as bit patterns.
  /// - Returns: As many real numbers.
  package func callAsFunction(_ elements: [Int32]) -> [Double] {
    var reals: [Double] = []
    self(elements, elements.indices, into: &reals)
    return reals
  }

  /// The real numbers of some elements, in the place of what an array held.
  func callAsFunction(_ elements: [Int32], _ range: Range<Int>, into reals: inout [Double]) {
    reals.removeAll(keepingCapacity: true)
    reals.reserveCapacity(range.count)
    if isFloat {
      for position in range { reals.append(Double(Float(bitPattern: UInt32(bitPattern: elements[position])))) }
    } else if scales.count == 1 {
      let (scale, zeroPoint, offset) = (scales[0], zeroPoints[0], offsets[0])
      for position in range { reals.append(scale * Double(Int64(elements[position]) - zeroPoint) + offset) }
    } else {
      for position in range {
        let slice = position / run % scales.count
        reals.append(scales[slice] * Double(Int64(elements[position]) - zeroPoints[slice]) + offsets[slice])
      }
    }
  }
}

extension Dequantizer {
  /// The size of one step; of per-axis parameters the mean.
  package var step: Double { isFloat ? 0 : scales.reduce(0, +) / Double(max(scales.count, 1)) }

  /// The stored elements that stand nearest to real numbers, ties away from zero: what this turns back into them.
  ///
  /// - Parameters:
  ///   - reals: Real numbers in row-major order.
  ///   - start: The place of the first of them in the tensor.
  ///   - tensor: The tensor that is to hold them.
  /// - Returns: As many stored elements; numbers beyond the tensor's format are cut to its ends.
  package func quantize(_ reals: [Double], from start: Int = 0, as tensor: Tensor) -> [Int32] {
    if isFloat { return reals.map { Int32(bitPattern: Float($0).bitPattern) } }
    let range = tensor.type.integerRange ?? Int64(Int32.min)...Int64(Int32.max)
    func stored(_ real: Double, _ slice: Int) -> Int32 {
      let steps = ((real - offsets[slice]) / scales[slice]).rounded(.toNearestOrAwayFromZero)
      let value =
        Int64(max(min(steps.isNaN ? 0 : steps, 0x1p40), -0x1p40)) + min(max(zeroPoints[slice], -1 << 62), 1 << 62)
      return Int32(clamping: min(max(value, range.lowerBound), range.upperBound))
    }
    if scales.count == 1 { return reals.map { stored($0, 0) } }
    return reals.enumerated().map { position, real in stored(real, (start + position) / run % scales.count) }
  }

  /// Integers of one tensor's parameters for the same real numbers in another's, ties away from zero.
  ///
  /// - Parameters:
  ///   - elements: Stored elements of `source`.
  ///   - source: The tensor that they belong to.
  ///   - target: The tensor that is to hold them; quantized per tensor, or float32.
  /// - Returns: Stored elements of `target`; numbers beyond its format are cut to its ends.
  package static func convert(_ elements: [Int32], from source: Tensor, to target: Tensor) -> [Int32] {
    if source.type == target.type && source.quantization == target.quantization { return elements }
    return RealNumbers(elements, Dequantizer(source)).stored(by: Dequantizer(target), as: target)
  }
}
