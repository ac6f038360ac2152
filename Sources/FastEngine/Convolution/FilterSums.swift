internal import NetworkModel
internal import Simulation

/// What plans ask about weights, from one look at them.
struct FilterSums: Sendable {
  /// The smallest and the largest weight, and zero.
  private(set) var smallest: Int32 = 0
  private(set) var largest: Int32 = 0
  /// For each output channel the sum of its weights.
  let sums: [Int64]
  /// For each output channel the sum of their magnitudes.
  let magnitudes: [Int64]

  init(_ kernel: ConvolutionKernel) {
    let (taps, channels) = (kernel.taps, kernel.output[3])
    for weight in kernel.weights {
      smallest = min(smallest, weight)
      largest = max(largest, weight)
    }
    // 32 bits hold sums of 2^15 weights of 16 bits, and short integers are added faster.
    if taps <= 1 << 15 && smallest > -(1 << 15) && largest < 1 << 15 {
      (sums, magnitudes) = FilterSums.add(kernel.weights, taps, channels, as: Int32.self)
    } else {
      (sums, magnitudes) = FilterSums.add(kernel.weights, taps, channels, as: Int64.self)
    }
  }

  private static func add<Sum: FixedWidthInteger & SignedInteger>(
    _ weights: [Int32], _ taps: Int, _ channels: Int, as: Sum.Type
  ) -> ([Int64], [Int64]) {
    var (sums, magnitudes): ([Int64], [Int64]) = ([], [])
    unsafe weights.withUnsafeBufferPointer { weights in
      for channel in 0..<channels {
        var (sum, magnitude): (Sum, Sum) = (0, 0)
        for index in channel * taps..<(channel + 1) * taps {
          let weight = unsafe Sum(truncatingIfNeeded: weights[index])
          sum &+= weight
          magnitude &+= weight < 0 ? 0 &- weight : weight
        }
        sums.append(Int64(sum))
        magnitudes.append(Int64(magnitude))
      }
    }
    return (sums, magnitudes)
  }
}
