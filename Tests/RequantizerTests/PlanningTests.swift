import HardwareProfile
import Network
@testable internal import Requantizer
import Simulation
import TestSupport
import Testing

/// The search for scales, and the equalization of a depthwise layer's input.
@Suite struct PlanningTests {
  static let machines = ["nna-int8-shift", "nna-int8-pow2"]

  /// An expansion, a depthwise layer one of whose channels has far larger weights than the others, and a projection.
  static func bottleneck() -> Network {
    var net = SourceBuilder(.uint8PerTensor)
    let input = net.input([1, 8, 8, 3])
    let wide = net.convolution(input, channels: 6, size: 1, scale: 6 / 255, activation: .relu6)
    var random = SeededGenerator(seed: 4)
    let values = (0..<9 * 6).map { place -> Int64 in
      let width: UInt64 = place % 6 == 2 ? 240 : 9
      return 117 + max(Int64(random.next() % width) - Int64(width / 2), -117)
    }
    let weights = net.tensor("dw/w", [1, 3, 3, 6], .uint8, Quantization(scale: 0.021, zeroPoint: 117), values)
    let bias = net.bias("dw/b", input: wide, weights: weights, count: 6)
    let output = net.activation("dw", [1, 8, 8, 6], 6 / 255, zeroPoint: 0)
    let rules = DepthwiseConv2D(padding: .same, depthMultiplier: 1, activation: .relu6)
    let depthwise = net.append(.depthwiseConv2D(rules), [wide, weights, bias], output)
    return net.finish(net.convolution(depthwise, channels: 4, size: 1))
  }

  /// What the planning starts from.
  static func state(_ source: Network, _ name: String) async throws -> RequantizationState {
    var state = RequantizationState(
      source: source, profile: try HardwareProfile.builtIn(named: name), options: RequantizationOptions())
    _ = try await AdoptFormats().run(&state) { _, _ in }
    let calibration = Calibration.random(source, count: 7)
    _ = try await GatherStatistics(calibration: calibration, threads: 1) { ReferenceEngine($0) }
      .run(&state) { _, _ in }
    return state
  }

  /// The input and the index of the only depthwise layer.
  static func depthwise(_ network: Network) throws -> (index: Int, input: Int) {
    let index = try #require(network.nodes.firstIndex { $0.operation.name == "DEPTHWISE_CONV_2D" })
    return (index, try #require(network.nodes[index].input(0)))
  }

  @Test(arguments: machines)
  func theSearchEndsAtBasesThatNoOtherBaseOfTheOctaveBetters(_ name: String) async throws {
    for source in [SourceBuilder.everything(.uint8PerTensor), Self.bottleneck()] {
      let state = try await Self.state(source, name)
      let plan = ActivationGroups(state)
      let search = ScaleSearch(state, plan, [:])
      let start = plan.clusters.map { roots in ScaleSearch.bases(roots.compactMap { plan.groups[$0] })[0] }
      var bases = start
      search.improve(&bases)
      let cost = search.cost(bases)
      #expect(cost.isFinite && cost <= search.cost(start))
      let declares = state.profile.activations.scale == .powerOfTwo
      for (cluster, roots) in plan.clusters.enumerated() {
        if declares && !roots.allSatisfy(plan.free.contains) || roots.allSatisfy(plan.logits.contains) { continue }
        for base in ScaleSearch.bases(roots.compactMap { plan.groups[$0] }) {
          var other = bases
          other[cluster] = base
          #expect(search.cost(other) >= cost * (1 - 1e-6), "cluster \(cluster), base \(base)")
        }
      }
    }
  }

  @Test func theSearchGains() async throws {
    let state = try await Self.state(Self.bottleneck(), "nna-int8-shift")
    let plan = ActivationGroups(state)
    let search = ScaleSearch(state, plan, [:])
    var bases = plan.clusters.map { roots in ScaleSearch.bases(roots.compactMap { plan.groups[$0] })[0] }
    let before = search.cost(bases)
    search.improve(&bases)
    #expect(search.cost(bases) < before * 0.9)
  }

  @Test func basesCoverTheOctaveAndStartAtTheFullRange() {
    let bases = ScaleSearch.bases([ScaleGroupTests.group((0, 6))])
    #expect(bases.count == 16 && Set(bases).count == 16)
    #expect(Float(bases[0]) == Float((6.0 / 127).significand))
    for (place, base) in bases.enumerated() {
      // The sixteenth power of a ratio is a power of two, exact but for float32.
      var power = 1.0
      for _ in 0..<16 { power *= bases[0] / base }
      #expect(abs(power / Double(1 << place) - 1) < 1e-5)
    }
  }

  @Test func layerNoiseIsThatOfTheBestOfThreeSteps() {
    var random = SeededGenerator(seed: 11)
    let weights = (0..<4).map { _ in (0..<9).map { _ in Double(random.next() % 2001) / 1000 - 1 } }
    let importances = weights.map { $0.map { _ in Double(random.next() % 10 + 1) } }
    let noise = LayerNoise(weights, importances, signal: 40)
    for ratio in [0.7, 1, 1.3, 0.011] {
      var best = Double.infinity
      for exponent in -40...40 {
        let step = ratio * Double(sign: .plus, exponent: exponent, significand: 1)
        var sum = 0.0
        for (value, importance) in zip(weights.joined(), importances.joined()) {
          let error = value - step * min(max((value / step).rounded(.toNearestOrEven), -127), 127)
          sum += importance * error * error
        }
        best = min(best, sum / 40)
      }
      #expect(abs(noise.noise(ratio) - best) <= 1e-9 * best)
    }
  }

  @Test(arguments: machines)
  func equalizationFavoursSmallWeightsAndHoldsWhatWasSeen(_ name: String) async throws {
    let source = Self.bottleneck()
    var state = try await Self.state(source, name)
    let (index, input) = try Self.depthwise(source)
    let quantization = try #require(source.tensors[input].quantization)
    // As if the channel of large weights had stayed below 1 and the first one had reached the clamp.
    state.statistics?.channels[input]?.largest[0] = 255
    state.statistics?.channels[input]?.largest[2] = 40
    let maxima = try #require(state.statistics?.maxima(input, quantization))
    var equalize = EqualizeDepthwise()
    let factors = try #require(try await equalize.factors(state, ActivationGroups(state))[input])
    #expect(factors.count == 6 && factors[0] == 1 && factors[2] < 0.9 && factors[2] == factors.min(), "\(factors)")
    for (factor, largest) in zip(factors, maxima) {
      #expect(factor <= 1 && factor * 6 >= min(1.15 * largest, 6) && factor >= 1.0 / 64)
    }
    let layer = try #require(LayerModel(state, index))
    #expect(layer.noise(factors, nil).noise(1) < layer.noise(nil, nil).noise(1) * 0.7)
    // What was found holds only for what it was found for.
    state.statistics?.channels[input]?.largest[2] = 200
    let others = try await equalize.factors(state, ActivationGroups(state))
    var fresh = EqualizeDepthwise()
    let again = try await fresh.factors(state, ActivationGroups(state))
    #expect(others == again && others[input] != factors)
  }

  @Test func whereChannelsHaveStepsOfTheirOwnNothingIsEqualized() async throws {
    let source = Self.bottleneck()
    for name in ["nna-int8", "nna-w4a8-pow2"] {
      var state = try await Self.state(source, name)
      state.statistics?.channels[try Self.depthwise(source).input]?.largest[2] = 40
      var equalize = EqualizeDepthwise()
      let factors = try await equalize.factors(state, ActivationGroups(state))
      #expect(factors.isEmpty)
    }
  }

  @Test func aFreeScaleIsTheSourcesWhereItCutsNothingThatOccurs() async throws {
    // Zero point 121: the source's range reaches further up than 127 of its own steps, the samples do not.
    let source = SourceBuilder.everything(.uint8PerTensor)
    var state = try await Self.state(source, "nna-int8")
    let (_, input) = try Self.depthwise(source)
    let output = try #require(source.nodes.first { $0.operation.name == "ADD" }).outputs[0]
    #expect(output != input)
    var histogram = [Int](repeating: 10, count: 256)
    for place in 240..<256 { histogram[place] = 0 }
    state.statistics?.histograms[output] = histogram
    _ = try await PlanActivationScales().run(&state) { _, _ in }
    #expect(state.target.tensors[output].quantization?.scale == source.tensors[output].quantization?.scale)
    state = try await Self.state(source, "nna-int8")
    state.statistics?.histograms[output] = [Int](repeating: 10, count: 250) + [Int](repeating: 5000, count: 6)
    _ = try await PlanActivationScales().run(&state) { _, _ in }
    let scale = try #require(state.target.tensors[output].quantization?.scale)
    #expect(scale > (source.tensors[output].quantization?.scale ?? 0))
  }

  @Test func aFreeScaleCutsWhereThatLosesLess() async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    var state = try await Self.state(source, "nna-int8")
    let output = try #require(source.nodes.first { $0.operation.name == "ADD" }).outputs[0]
    // Most values lie within a quarter of the range on either side of zero, a few at one end.
    state.statistics?.histograms[output] = (0..<256).map { (75...167).contains($0) ? 1000 : $0 == 255 ? 1 : 0 }
    let plan = ActivationGroups(state)
    let group = try #require(plan.groups[plan.root(output)])
    _ = try await PlanActivationScales().run(&state) { _, _ in }
    let scale = Double(try #require(state.target.tensors[output].quantization?.scale))
    #expect(scale < group.smallestFullScale * 0.99)
    for part in stride(from: 1.0, to: 0.55, by: -0.04) {
      #expect(group.cost(scale) <= group.cost(group.smallestFullScale * part) * (1 + 1e-5))
    }
  }
}
