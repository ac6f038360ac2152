import HardwareProfile
import NetworkModel
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
  static func facts(_ source: Network, _ profile: HardwareProfile) async throws -> SourceFacts {
    var facts = try SourceFacts(Deployment(of: source, on: profile), RequantizationOptions())
    let samples = CalibrationRun(calibration: Calibration.random(source, count: 7), threads: 1) { ReferenceEngine($0) }
    facts.statistics = try await SourceStatistics(
      of: source, over: samples, positions: facts.options.positions(images: 7)
    ) { _, _ in }
    return facts
  }

  static func facts(_ source: Network, _ name: String) async throws -> SourceFacts {
    try await facts(source, .builtIn(named: name))
  }

  /// How an activation is stored by the plan of scales alone.
  static func planned(_ tensor: Int, _ facts: SourceFacts) async throws -> PlannedActivation {
    let plan = try await planned(facts)
    return try #require(plan.activations.first { $0.tensor == tensor })
  }

  /// The plan of scales alone.
  static func planned(_ facts: SourceFacts) async throws -> RequantizationPlan {
    let empty = RequantizationPlan(
      profile: facts.profile.name, preparation: Preparation(padsExplicitly: false))
    return try await PlanActivationScales().improve(empty, facts) { _, _ in }.plan
  }

  /// The input and the index of the only depthwise layer.
  static func depthwise(_ network: Network) throws -> (index: Int, input: Int) {
    let index = try #require(network.nodes.firstIndex { $0.operation.name == "DEPTHWISE_CONV_2D" })
    return (index, try #require(network.nodes[index].input(0)))
  }

  @Test(arguments: machines)
  func theSearchEndsAtBasesThatNoOtherBaseOfTheOctaveBetters(_ name: String) async throws {
    for source in [SourceBuilder.everything(.uint8PerTensor), Self.bottleneck()] {
      let facts = try await Self.facts(source, name)
      let grouping = ActivationGroups(facts)
      let search = ScaleSearch(facts, LayerModels(facts), grouping, [:])
      let start = grouping.clusters.map { roots in ScaleGroup.bases(of: roots.compactMap { grouping.groups[$0] })[0] }
      var bases = start
      search.improve(&bases)
      let cost = search.cost(bases)
      #expect(cost.isFinite && cost <= search.cost(start))
      let declares = facts.profile.activations.scale == .powerOfTwo
      for (cluster, roots) in grouping.clusters.enumerated() {
        if declares && !roots.allSatisfy(grouping.free.contains) || roots.allSatisfy(grouping.logits.contains) {
          continue
        }
        for base in ScaleGroup.bases(of: roots.compactMap { grouping.groups[$0] }) {
          var other = bases
          other[cluster] = base
          #expect(search.cost(other) >= cost * (1 - 1e-6), "cluster \(cluster), base \(base)")
        }
      }
    }
  }

  @Test func theSearchGains() async throws {
    let facts = try await Self.facts(Self.bottleneck(), "nna-int8-shift")
    let grouping = ActivationGroups(facts)
    let search = ScaleSearch(facts, LayerModels(facts), grouping, [:])
    var bases = grouping.clusters.map { roots in ScaleGroup.bases(of: roots.compactMap { grouping.groups[$0] })[0] }
    let before = search.cost(bases)
    search.improve(&bases)
    #expect(search.cost(bases) < before * 0.9)
  }

  @Test func basesCoverTheOctaveAndStartAtTheFullRange() {
    let bases = ScaleGroup.bases(of: [ScaleGroupTests.group((0, 6))])
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
    var facts = try await Self.facts(source, name)
    let (index, input) = try Self.depthwise(source)
    let quantization = try #require(source.tensors[input].quantization)
    // As if the channel of large weights had stayed below 1 and the first one had reached the clamp.
    facts.statistics?.channels[input]?.largest[0] = 255
    facts.statistics?.channels[input]?.largest[2] = 40
    let maxima = try #require(facts.statistics?.maxima(input, quantization))
    var equalize = EqualizeDepthwise()
    let factors = try #require(try await equalize.factors(facts, LayerModels(facts), ActivationGroups(facts))[input])
    #expect(factors.count == 6 && factors[0] == 1 && factors[2] < 0.9 && factors[2] == factors.min(), "\(factors)")
    for (factor, largest) in zip(factors, maxima) {
      #expect(factor <= 1 && factor * 6 >= min(1.15 * largest, 6) && factor >= 1.0 / 64)
    }
    let layer = try #require(LayerModel(facts, index))
    #expect(layer.noise(factors, nil).noise(1) < layer.noise(nil, nil).noise(1) * 0.7)
    // What was found holds only for what it was found for.
    facts.statistics?.channels[input]?.largest[2] = 200
    let others = try await equalize.factors(facts, LayerModels(facts), ActivationGroups(facts))
    var fresh = EqualizeDepthwise()
    let again = try await fresh.factors(facts, LayerModels(facts), ActivationGroups(facts))
    #expect(others == again && others[input] != factors)
  }

  @Test func whereChannelsHaveStepsOfTheirOwnNothingIsEqualized() async throws {
    let source = Self.bottleneck()
    for name in ["nna-int8", "nna-w4a8-pow2"] {
      var facts = try await Self.facts(source, name)
      facts.statistics?.channels[try Self.depthwise(source).input]?.largest[2] = 40
      var equalize = EqualizeDepthwise()
      let factors = try await equalize.factors(facts, LayerModels(facts), ActivationGroups(facts))
      #expect(factors.isEmpty)
    }
  }

  @Test func aFreeScaleIsTheSourcesWhereItCutsNothingThatOccurs() async throws {
    // Zero point 121: the source's range reaches further up than 127 of its own steps, the samples do not.
    let source = SourceBuilder.everything(.uint8PerTensor)
    var facts = try await Self.facts(source, "nna-int8")
    let (_, input) = try Self.depthwise(source)
    let output = try #require(source.nodes.first { $0.operation.name == "ADD" }).outputs[0]
    #expect(output != input)
    var histogram = [Int](repeating: 10, count: 256)
    for place in 240..<256 { histogram[place] = 0 }
    facts.statistics?.histograms[output] = histogram
    #expect(try await Self.planned(output, facts).scale == source.tensors[output].quantization?.scale)
    facts = try await Self.facts(source, "nna-int8")
    facts.statistics?.histograms[output] = [Int](repeating: 10, count: 250) + [Int](repeating: 5000, count: 6)
    let scale = try await Self.planned(output, facts).scale
    #expect(scale > (source.tensors[output].quantization?.scale ?? 0))
  }

  @Test func aFreeScaleCutsWhereThatLosesLess() async throws {
    let source = SourceBuilder.everything(.uint8PerTensor)
    var facts = try await Self.facts(source, "nna-int8")
    let output = try #require(source.nodes.first { $0.operation.name == "ADD" }).outputs[0]
    // Most values lie within a quarter of the range on either side of zero, a few at one end.
    facts.statistics?.histograms[output] = (0..<256).map { (75...167).contains($0) ? 1000 : $0 == 255 ? 1 : 0 }
    let grouping = ActivationGroups(facts)
    let group = try #require(grouping.groups[grouping.root(output)])
    let scale = Double(try await Self.planned(output, facts).scale)
    #expect(scale < group.smallestFullScale * 0.99)
    for part in stride(from: 1.0, to: 0.55, by: -0.04) {
      #expect(group.cost(scale) <= group.cost(group.smallestFullScale * part) * (1 + 1e-5))
    }
  }
}
