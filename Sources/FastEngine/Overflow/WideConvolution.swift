internal import FixedPoint
internal import Simulation

/// A convolution on bytes whose outputs are wider: registers themselves, for whoever wants to look at them.
struct WideConvolution: PreparedStep {
  private let plan: ConvolutionPlan
  /// Set where the register is exact.
  private let sums: PortableConvolution?

  var kernel: String { sums == nil ? "checked" : "portable" }

  init(_ plan: ConvolutionPlan) {
    self.plan = plan
    sums = plan.registerIsExact ? PortableConvolution(plan) : nil
  }

  func run(_ arena: Arena, _ events: inout StepEvents) throws(SimulationError) {
    guard let sums else {
      return try CheckedConvolution(plan: plan).forEachOutput(arena, &events) { place, channel, stored in
        arena.setWord(place + 4 * channel, stored)
      }
    }
    let stage = plan.kernel.outputStage
    let bias = plan.kernel.bias
    let isBare = stage == .bare
    let requantizations = bias.indices.map { stage.requantization($0) }
    unsafe sums.forEachPixel(arena) { pixel, sums in
      let place = plan.output.offset + Int(plan.outputOffsets[pixel])
      for channel in bias.indices {
        let sum = unsafe Int64(sums[channel]) + bias[channel]
        // The register's bound says that a bare sum fits 32 bits.
        let stored = isBare ? sum : stage.finish(requantizations[channel].apply(sum))
        arena.setWord(place + 4 * channel, Int32(truncatingIfNeeded: stored))
      }
    }
  }
}
