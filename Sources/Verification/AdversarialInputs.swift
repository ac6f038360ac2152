internal import FixedPoint
internal import NetworkModel
package import Simulation

/// Inputs that drive accumulators and clamps to their ends, made for a program's own formats.
package enum AdversarialInputs {
  /// The ways to fill an input; raw values stand in reports and are stable.
  package enum Pattern: String, CaseIterable, Sendable, Hashable, Codable {
    /// Every element is the smallest that its format can hold.
    case allMinimum
    /// Every element is the largest.
    case allMaximum
    /// The smallest and the largest by turns.
    case alternating
    /// The smallest, but for one element in the middle that is the largest.
    case oneHot
    /// Each element is drawn evenly from its format.
    case random
  }

  /// The elements of every input of a program.
  ///
  /// A float32 input takes the real numbers that the ends of its quantized form stand for, or −1 to 1 where nothing
  /// quantizes it.
  ///
  /// - Parameters:
  ///   - pattern: How to fill them.
  ///   - program: The program.
  ///   - seed: The seed for ``Pattern/random``; equal seeds give equal inputs.
  /// - Returns: For each input its elements as the engine takes them.
  package static func inputs(_ pattern: Pattern, for program: Program, seed: UInt64 = 0) -> [[Int32]] {
    var generator = SplitMix(state: seed)
    return program.inputs.map { input in
      let count = program.values[input].shape.count
      if case .integer(let format) = program.values[input].kind {
        let (low, high) = (Int64(clamping: format.minimum), Int64(clamping: format.maximum))
        let span = UInt64(bitPattern: high &- low) &+ 1
        return (0..<count).map { index in
          let isHigh = pattern.isHigh(index, of: count)
          if let isHigh { return Int32(truncatingIfNeeded: isHigh ? high : low) }
          return Int32(
            truncatingIfNeeded: low &+ Int64(bitPattern: span == 0 ? generator.next() : generator.next() % span))
        }
      }
      let range = program.realRange(of: input)
      return (0..<count).map { index in
        let isHigh = pattern.isHigh(index, of: count)
        let part = isHigh.map { $0 ? 1 : 0 } ?? Float(generator.next() >> 40) / Float(1 << 24)
        let real = range.lowerBound + part * (range.upperBound - range.lowerBound)
        return Int32(bitPattern: real.bitPattern)
      }
    }
  }
}

extension AdversarialInputs.Pattern {
  /// Whether an element is at its upper end; `nil` when it is drawn.
  fileprivate func isHigh(_ index: Int, of count: Int) -> Bool? {
    switch self {
    case .allMinimum: false
    case .allMaximum: true
    case .alternating: index % 2 == 1
    case .oneHot: index == count / 2
    case .random: nil
    }
  }
}

extension Program {
  /// The real numbers that the integers of the step which quantizes a float32 value stand for.
  fileprivate func realRange(of value: Int) -> ClosedRange<Float> {
    for step in steps where step.inputs.contains(value) {
      guard case .quantizeFloat(let kernel) = step.kernel else { continue }
      let scale = Float(bitPattern: kernel.scaleBits)
      return Float(kernel.low - kernel.zeroPoint) * scale...Float(kernel.high - kernel.zeroPoint) * scale
    }
    return -1...1
  }
}

/// Steele, Lea and Flood's SplitMix64: a whole sequence from one seed, equal on every machine.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
