public import HardwareProfile
public import Network
public import Simulation

/// Rewrites a quantized network for a machine that it was not made for.
///
/// The work is a list of passes over one state; the full method replaces and adds passes. "Weight correction" and
/// "rounding error folding" are named by MRQ (arXiv 2308.01867), whose definitions are not public; what stands here is
/// our formulation of them.
public struct Requantizer: Sendable {
  /// The machine that the result is for.
  public let profile: HardwareProfile
  /// How much work is done, and which parts of the method.
  public let options: RequantizationOptions
  /// How many samples are computed at the same time.
  public let threads: Int
  /// Makes the engine that runs the source over calibration samples.
  private let makeEngine: @Sendable (Program) -> any Engine
  /// Told each value that the last pass computed on its way, for all calibration samples; tests compare them.
  package var prefixObserver: (@Sendable (Int, [[Int32]]) -> Void)?
  /// The most bytes that the last pass keeps of one value, of all samples together; the result does not depend on it.
  package var keptBytes = 1 << 26

  /// How often operators that cut are added and everything is planned anew.
  private static let clampRounds = 4

  /// Creates a requantizer.
  ///
  /// - Parameters:
  ///   - profile: The machine that the result is for.
  ///   - options: How much work is done, and which parts of the method.
  ///   - threads: How many samples are computed at the same time; the result does not depend on it.
  ///   - engine: Makes the engines that run calibration samples; any engine gives the same result.
  public init(
    profile: HardwareProfile, options: RequantizationOptions = RequantizationOptions(), threads: Int = 1,
    engine: @escaping @Sendable (Program) -> any Engine = { ReferenceEngine($0) }
  ) {
    self.profile = profile
    self.options = options
    self.threads = threads
    makeEngine = engine
  }

  /// Rewrites a network.
  ///
  /// - Parameters:
  ///   - network: A sound network with quantized tensors.
  ///   - calibration: Samples whose statistics guide the choice of scales and biases; `nil` works from the source's own
  ///     parameters alone.
  ///   - progress: Called with the name of what is done, the number of parts that are done and of all parts.
  /// - Returns: The network for the machine, and what was decided.
  /// - Throws: ``RequantizationError``; errors of the calibration set as they come.
  public func requantize(
    _ network: Network, calibration: CalibrationSet? = nil,
    progress: @escaping @Sendable (String, Int, Int) -> Void = { _, _, _ in }
  ) async throws -> Requantized {
    if profile.conformanceFaults(of: network).isEmpty {
      return Requantized(network: network, passes: [], layers: [], meanings: [], warnings: [], isUnchanged: true)
    }
    let calibration = calibration.flatMap { $0.count > 0 ? $0 : nil }
    var options = options
    if calibration?.isSynthetic == true { options.skipped.insert(.equalizeDepthwise) }
    do {
      return try await requantize(network, calibration, options, progress)
    } catch let error as RequantizationError where options.does(.foldOffsets) {
      // A folded offset makes biases larger, perhaps too large for the machine's.
      options.skipped.insert(.foldOffsets)
      do { return try await requantize(network, calibration, options, progress) } catch is RequantizationError {
        throw error
      }
    }
  }

  private func requantize(
    _ network: Network, _ calibration: CalibrationSet?, _ options: RequantizationOptions,
    _ progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws -> Requantized {
    var (state, summaries) = try await planned(
      prepared(network.notingOrigins(), options).notingAddedOperators(), calibration, options, progress)
    let cut = state.cutBeforehand(in: network)
    if !cut.isEmpty {
      (state, summaries) = try await planned(
        prepared(network.notingOrigins(), options, cut: cut).notingAddedOperators(), calibration, options, progress)
    }
    // A bound may open where another one got its operator.
    for _ in 0..<Self.clampRounds {
      guard let stated = state.sourceWithClampOperators() else { break }
      (state, summaries) = try await planned(stated.notingAddedOperators(), calibration, options, progress)
    }
    if let calibration, options.does(.feedBackErrors) || options.does(.foldOutputError) || prefixObserver != nil {
      let refine = RefineLayers(
        calibration: calibration, threads: threads, makeEngine: makeEngine, keptBytes: keptBytes,
        observer: prefixObserver)
      try await run([refine], &state, &summaries, progress)
    }
    let meanings = state.meanings.values.sorted { $0.tensor < $1.tensor }
    let result = Requantized(
      network: state.target, passes: summaries, layers: state.layers, meanings: meanings,
      warnings: state.clampWarnings, isUnchanged: false)
    return result.withoutIdlePadding(after: network.tensors.count).withoutOrigins()
  }

  /// A network with formats, scales and weights for the machine, before layers are refined.
  private func planned(
    _ network: Network, _ calibration: CalibrationSet?, _ options: RequantizationOptions,
    _ progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws -> (state: RequantizationState, summaries: [PassSummary]) {
    var state = RequantizationState(source: network, profile: profile, options: options)
    var passes: [any RequantizationPass] = [AdoptFormats()]
    if let calibration {
      passes.append(GatherStatistics(calibration: calibration, threads: threads, makeEngine: makeEngine))
      if options.does(.searchScales) && options.does(.weighNoise) && profile.onlyShifts {
        passes.append(MeasureSensitivity(calibration: calibration, threads: threads, makeEngine: makeEngine))
      }
    }
    passes +=
      [PlanActivationScales(threads: threads), LimitAlignment(), RequantizeWeights(threads: threads)]
      as [any RequantizationPass]
    var summaries: [PassSummary] = []
    try await run(passes, &state, &summaries, progress)
    return (state, summaries)
  }

  /// The network with what the machine needs between its operators.
  ///
  /// - Parameters:
  ///   - network: The network as it was read.
  ///   - options: What is done.
  ///   - cut: Tensors whose format cuts and has to stay.
  /// - Returns: The network.
  private func prepared(_ network: Network, _ options: RequantizationOptions, cut: Set<Int> = []) -> Network {
    let network = network.poolingMeans(for: profile, cut: cut).statingClamps(for: profile).withDeviceEntrances(
      for: profile)
    let folds = options.does(.foldOffsets) && options.does(.absorbScales) && options.does(.padExplicitly)
    return folds ? network.withExplicitPadding(for: profile) : network
  }

  /// Runs passes one after another; what they leave must fit the machine.
  private func run(
    _ passes: [any RequantizationPass], _ state: inout RequantizationState, _ summaries: inout [PassSummary],
    _ progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws {
    for pass in passes {
      let clock = ContinuousClock()
      let start = clock.now
      let message = try await pass.run(&state) { progress(pass.name, $0, $1) }
      let seconds = (clock.now - start) / .seconds(1)
      summaries.append(PassSummary(name: pass.name, summary: message, gains: state.gains, seconds: seconds))
      state.gains = []
    }
    let faults = profile.conformanceFaults(of: state.target)
    if !faults.isEmpty {
      throw RequantizationError(faults.map { "\($0.withoutRemedy), and requantization does not mend that" })
    }
  }
}

/// One step of the rewriting.
protocol RequantizationPass: Sendable {
  /// The pass's name in reports and provenance.
  var name: String { get }

  /// Works on the state.
  ///
  /// - Returns: What was done, in a sentence.
  func run(_ state: inout RequantizationState, progress: @escaping @Sendable (Int, Int) -> Void) async throws -> String
}

/// Samples that guide a requantization, without labels.
public struct CalibrationSet: Sendable {
  /// The number of samples.
  public let count: Int
  /// The integers of each of the source network's inputs for one sample, as the source stores them.
  public let sample: @Sendable (Int) throws -> [[Int32]]
  /// Whether the samples are made up, so that their largest values say nothing of real ones.
  public internal(set) var isSynthetic = false

  /// Creates a set.
  public init(count: Int, sample: @escaping @Sendable (Int) throws -> [[Int32]]) {
    self.count = count
    self.sample = sample
  }
}
