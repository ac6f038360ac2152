internal import NetworkModel

/// From real numbers to an input's integers, `clamp(round(x / scale) + zeroPoint)`: ties away from zero, the quotient in
/// float32, as TensorFlow Lite's QUANTIZE computes it.
struct InputQuantizer {
  private let scale: Float
  private let zeroPoint: Int64
  private let range: ClosedRange<Int64>
  /// The real numbers that the input can hold.
  let held: ClosedRange<Double>
  /// The real numbers that are held to within a step: a white pixel of 1.0 is no fault of an input that ends at 127/128.
  let tolerated: ClosedRange<Double>
  private let low: Float
  private let high: Float

  /// The numbers of an input; `nil` where it has no scale or no integers.
  init?(_ format: InputFormat) {
    guard let all = format.type.integerRange, let quantization = format.quantization else { return nil }
    // An engine's elements have 32 bits, whatever the type has.
    let range = all.clamped(to: Int64(Int32.min)...Int64(Int32.max))
    self.range = range
    scale = quantization.scale
    // Farther away than 2^62 it leaves nothing but the ends of the range, and sums must not overflow.
    zeroPoint = min(max(quantization.zeroPoint, -1 << 62), 1 << 62)
    let step = Double(scale)
    func real(_ integer: Int64) -> Double { step * (Double(integer) - Double(quantization.zeroPoint)) }
    held = real(range.lowerBound)...real(range.upperBound)
    // Scales are float32, so that a whole step may seem a little more.
    tolerated = held.lowerBound - 1.001 * step...held.upperBound + 1.001 * step
    (low, high) = (Float(tolerated.lowerBound), Float(tolerated.upperBound))
  }

  /// A real number as a stored integer.
  @inline(__always)
  func quantized(_ value: Float) -> Int32 {
    let steps = max(min((value / scale).rounded(.toNearestOrAwayFromZero), 0x1p33), -0x1p33)
    return Int32(max(range.lowerBound, min(range.upperBound, Int64(steps) + zeroPoint)))
  }

  /// What of a sample is cut, and its range where that is asked for or something is cut.
  func count(_ values: [Float], seesRange: Bool) -> ClipTally.Count {
    count(values.count, seesRange) { values[$0] }
  }

  /// The same of a sample of packed float32.
  func count(_ bytes: Span<UInt8>, seesRange: Bool) -> ClipTally.Count {
    let raw = unsafe bytes.bytes
    return count(bytes.count / 4, seesRange) { unsafe raw.unsafeLoadUnaligned(fromByteOffset: 4 &* $0, as: Float.self) }
  }

  @inline(__always)
  private func count(_ elements: Int, _ seesRange: Bool, _ value: (Int) -> Float) -> ClipTally.Count {
    // 32 bits and no branch: the loop becomes vector instructions.
    var (clipped, rest) = (0, 0)
    while rest < elements {
      let end = min(elements, rest + (1 << 20))
      var sum: UInt32 = 0
      for index in rest..<end {
        let value = value(index)
        sum &+= (value < low ? 1 : 0) &+ (value > high ? 1 : 0)
      }
      clipped += Int(sum)
      rest = end
    }
    var result = ClipTally.Count(elements: elements, clipped: clipped)
    if clipped > 0 || seesRange {
      for index in 0..<elements { result.see(Double(value(index))) }
    }
    return result
  }
}
