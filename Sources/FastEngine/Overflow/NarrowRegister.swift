internal import FixedPoint
internal import NetworkModel
internal import Simulation

/// The registers of eight channels, narrow enough for every addition to be exact in 32 bits before it is checked.
///
/// What `Accumulator` is for one channel: the exact sum is formed, an overflow is counted, and the policy decides what
/// is kept. A trapping register keeps the wrapped value.
struct NarrowRegister {
  /// What the registers hold.
  var content = Lanes()
  /// How many additions left the range, in each lane.
  var overflows = Lanes()

  /// Whether sums that take at most so many products of the given magnitudes before each check stay within 32 bits.
  static func serves(_ plan: ConvolutionPlan) -> Bool {
    let rule = plan.kernel.accumulator
    guard rule.format.bits <= 31, plan.input.elementBytes == 1, plan.output.elementBytes == 1 else { return false }
    let room = Int64(Int32.max) - Int64(rule.format.maximum) - 1
    return plan.bounds.allSatisfy { $0 <= room } && plan.kernel.taps + 80 <= room / (255 * 255)
  }

  /// How many additions left the registers' range.
  var overflowCount: Int { Int(overflows.wrappedSum()) }

  /// One addition of the machine in each register; a term and any content make at most 32 bits.
  @inline(__always)
  mutating func add(_ term: Lanes, _ rule: Rule) {
    let sum = content &+ term
    content = rule.kept(sum)
    overflows.replace(with: overflows &+ 1, where: sum .!= content)
  }

  /// Adds the sum of terms none of which can overflow.
  @inline(__always)
  mutating func addSafely(_ sum: Lanes) { content &+= sum }
}

extension NarrowRegister {
  /// The range of eight equal registers, and what they do at its ends.
  struct Rule: Sendable {
    private let minimum: Lanes
    private let maximum: Lanes
    /// 2^(bits − 1) and 2^bits − 1.
    private let half: Lanes
    private let mask: Lanes
    private let saturates: Bool

    /// - Precondition: The register has at most 31 bits.
    init(_ rule: AccumulatorRule) {
      minimum = Lanes(repeating: Int32(rule.format.minimum))
      maximum = Lanes(repeating: Int32(rule.format.maximum))
      half = maximum &+ 1
      mask = maximum &+ half
      saturates = rule.overflow == .saturate
    }

    /// What the registers keep of exact sums.
    @inline(__always)
    func kept(_ sum: Lanes) -> Lanes {
      if saturates {
        return sum.replacing(with: maximum, where: sum .> maximum).replacing(with: minimum, where: sum .< minimum)
      }
      // The value modulo 2^bits, read back as two's complement.
      return ((sum &+ half) & mask) &- half
    }

    /// Where the range begins at zero, so that all of what is inside has no bits but those of ``mask``.
    @inline(__always)
    func raised(_ content: Lanes) -> Lanes { content &+ half }

    /// Back from ``raised(_:)``.
    @inline(__always)
    func lowered(_ raised: Lanes) -> Lanes { raised &- half }

    /// Whether raised sums were all inside, by all bits that any of them has.
    ///
    /// A sum beyond 32 bits has the sign's bit, which the mask of 31 bits lacks: raised, it is less than 2^32.
    @inline(__always)
    func holds(bits: Lanes) -> Bool { !any((bits & ~mask) .!= Lanes()) }

    /// Whether no order of terms whose magnitudes add up to at most `reach` can leave the range of any register.
    @inline(__always)
    func holds(_ content: Lanes, _ reach: Lanes) -> Bool {
      let isOutside = (content &+ reach) .> maximum .| ((content &- reach) .< minimum)
      return !any(isOutside)
    }
  }
}

extension ConvolutionPlan {
  /// From registers, which hold their bias, to output bytes.
  func requantizationOfRegisters() -> PortableRequantization {
    let channels = kernel.output[3]
    return PortableRequantization(
      form, bias: [Int64](repeating: 0, count: channels),
      bounds: [Int64](repeating: Int64(kernel.accumulator.format.maximum) + 1, count: channels),
      outputBias: output.bias)
  }
}
