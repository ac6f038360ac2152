internal import FixedPoint
internal import NetworkModel
internal import Simulation
internal import TestSupport
internal import Testing

/// Convolutions of every shape and machine: each way of the fast engine must equal the reference engine.
@Suite struct ConvolutionTests {
  /// The first of several random convolutions in which an engine differs.
  static func first(_ cases: some Sequence<RandomConvolution>, samples count: Int = 5) -> String? {
    for test in cases {
      let samples = samples(test.program, seed: test.seed).prefix(count)
      if let difference = firstDifference(test.program, Array(samples)) { return "\(difference)\n\(test.description)" }
    }
    return nil
  }

  @Test("Random convolutions on random machines", arguments: RandomConvolution.Kind.allCases)
  func random(kind: RandomConvolution.Kind) {
    let count = TestScope.count(120, quick: 20)
    let cases = (0..<count).lazy.map { RandomConvolution(seed: 1000 + UInt64($0), .init(kind: kind)) }
    #expect(Self.first(cases, samples: 3) == nil)
  }

  @Test("Each form of requantization on a register that the fast kernels serve", arguments: RequantizationForm.allCases)
  func forms(form: RequantizationForm) {
    let count = TestScope.count(100, quick: 15)
    let cases = (0..<count).lazy.map { RandomConvolution(seed: 2000 + UInt64($0), .init(form: form, isTame: true)) }
    #expect(Self.first(cases, samples: 3) == nil)
  }

  static let outputChannels = [1, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 63, 64, 65, 88, 96, 127, 128, 129]

  @Test("Channels and pixels around the edges of every tile", arguments: outputChannels)
  func tiles(outputChannels: Int) {
    let kinds: [RandomConvolution.Kind] = [.pointwise, .window, .depthwise]
    let forms: [RequantizationForm] = [.shift, .mixedShifts, .double, .single]
    let all = Array(1...17) + Array(47...50)
    let cases = TestScope.those(of: all) { ($0 + outputChannels) % 4 == 0 }.lazy.map { pixels in
      let demand = RandomConvolution.Demand(
        kind: kinds[(pixels + outputChannels) % 3], form: forms[(pixels + outputChannels) % 4],
        outputChannels: outputChannels, inputChannels: 1 + pixels % 6, pixels: pixels, isTame: true)
      return RandomConvolution(seed: UInt64(3000 + outputChannels * 100 + pixels), demand)
    }
    #expect(Self.first(cases, samples: 1) == nil)
  }

  @Test(
    "Input channels around the edges of quads and vectors", arguments: Array(1...9) + [15, 16, 17, 63, 64, 65, 128])
  func inputChannels(inputChannels: Int) {
    let kinds: [RandomConvolution.Kind] = [.pointwise, .window, .fullyConnected]
    let cases = TestScope.those(of: Array(0..<12)) { ($0 + inputChannels) % 4 == 0 }.lazy.map { number in
      let demand = RandomConvolution.Demand(
        // Unsigned weights have zero points, for which the kernels sum windows up.
        kind: kinds[number % 3], type: number % 2 == 0 ? .uint8 : .int8,
        form: number % 4 < 2 ? .double : .single, outputChannels: number < 8 ? 17 : 5, inputChannels: inputChannels,
        pixels: 7,
        isTame: true)
      return RandomConvolution(seed: UInt64(4000 + inputChannels * 10 + number), demand)
    }
    #expect(Self.first(cases, samples: 3) == nil)
  }

  @Test("Windows whose rows do not end with a whole group of bytes", arguments: [1, 2, 3, 4, 5, 7])
  func tails(inputChannels: Int) {
    let cases = TestScope.those(of: Array(0..<60)) { ($0 + inputChannels) % 5 == 0 }.lazy.map { number in
      let demand = RandomConvolution.Demand(
        kind: .window, form: RequantizationForm.allCases[number % RequantizationForm.allCases.count],
        outputChannels: [16, 24, 32, 40, 64, 7][number % 6], inputChannels: inputChannels, pixels: 1 + number,
        isTame: true)
      return RandomConvolution(seed: UInt64(5000 + inputChannels * 100 + number), demand)
    }
    #expect(Self.first(cases, samples: 1) == nil)
  }

  /// How far windows lie apart, and the channels of a depthwise convolution: those of the last vector decide how many
  /// windows share its lanes, and whether their pixels follow each other.
  static let walks = [1, 2, 3].flatMap { stride in
    [3, 15, 16, 17, 31, 32, 33, 64, 80, 96, 144].map { (stride: stride, channels: $0) }
  }

  @Test("Rows of every length under depthwise windows of three columns", arguments: walks)
  func depthwiseRows(stride: Int, channels: Int) {
    let forms = RequantizationForm.allCases
    let all = Array(1...10) + [27, 28, 29, 30]
    let cases = TestScope.those(of: all) { ($0 + channels + stride) % 5 == 0 }.lazy.map { pixels in
      let demand = RandomConvolution.Demand(
        kind: .depthwise, type: pixels % 3 == 0 ? .uint8 : .int8, form: forms[(pixels + channels) % forms.count],
        outputChannels: channels, pixels: pixels, rows: 1 + pixels % 3, window: (3, stride), isTame: true)
      return RandomConvolution(seed: UInt64(6000 + channels * 100 + pixels), demand)
    }
    #expect(Self.first(cases, samples: 2) == nil)
  }
}
