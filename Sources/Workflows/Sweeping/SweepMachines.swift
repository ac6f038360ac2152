package import Exploration
internal import FastEngine
internal import HardwareProfile
internal import NetworkModel
internal import Requantizer
internal import Simulation
internal import TFLite
internal import Verification

/// The models of a sweep: the file's own, and those that were re-quantized for machines that it does not fit.
package actor SweepMachines {
  private let setup: SweepSetup
  private let threads: Int
  private let progress: @Sendable (Progress) -> Void
  /// For each machine for which the model was re-quantized the result.
  private var requantized: [HardwareProfile: Result<LoadedModel, SweepFault>] = [:]
  /// The data as the models get them, in the order in which they were made.
  private var sides: [ModelData.Side] = []
  private var gaps: [(gap: InputGap, first: String, second: String)] = []
  private let samples: SampleIndices

  /// What happens while a model is re-quantized for a machine.
  package enum Progress: Sendable {
    /// It begins.
    case begin
    /// What is done, the number of parts that are done, and of all parts.
    case part(String, Int, Int)
    /// It has ended.
    case end
  }

  /// Prepares the models.
  ///
  /// - Parameters:
  ///   - setup: What the sweep starts from.
  ///   - samples: The samples that it runs.
  ///   - threads: How many samples are computed at the same time.
  ///   - progress: Is told what happens.
  package init(
    _ setup: SweepSetup, samples: SampleIndices, threads: Int,
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.samples = samples
    self.setup = setup
    self.progress = progress
    self.threads = threads
  }

  /// A point's machine with the model that it runs; a fault where no model fits.
  package func machine(for point: SweepPoint) async throws -> Result<Sweep.Machine, SweepFault> {
    guard let profile = setup.profiles[point] else { return .failure(SweepFault("no such point")) }
    // A machine whose numbers look like the first one's may run the first one's model.
    if profile.hasNumbers(of: setup.base) {
      switch try await self.model(for: setup.base) {
      case .failure(let fault): return .failure(fault)
      case .success(let model):
        if let program = try? Program.lower(model.network, for: profile) {
          return .success(
            try machine(
              model, program, name: "base", isRequantized: setup.base.conformanceFaults(of: setup.model.network) != []))
        }
      }
    }
    switch try await self.model(for: setup.scheme(of: profile)) {
    case .failure(let fault): return .failure(fault)
    case .success(let model):
      let program: Program
      do throws(LoweringError) {
        program = try Program.lower(model.network, for: profile)
      } catch {
        return .failure(SweepFault(error.faults.first?.description ?? "the model does not fit"))
      }
      return .success(try machine(model, program, name: model.path, isRequantized: true))
    }
  }

  private func machine(
    _ model: LoadedModel, _ program: Program, name: String, isRequantized: Bool
  ) throws -> Sweep.Machine {
    Sweep.Machine(
      model: ComparedModel(
        network: model.network, program: program, meanings: model.provenance.meanings,
        data: try data(for: model)),
      network: name, isRequantized: isRequantized)
  }

  /// The data as a model gets them; where that differs from what the first one gets by more than rounding, it is said before
  /// the model runs.
  private func data(for model: LoadedModel) throws -> DataSet {
    if model.path == setup.model.path { return setup.data.set }
    if let known = sides.first(where: { $0.model.path == model.path }) { return known.set }
    let side = ModelData.Side(model: model, set: try setup.audience.open(setup.input, for: model))
    sides.append(side)
    for gap in try setup.data.gaps(of: side, samples: samples) { gaps.append((gap, model.path, setup.model.path)) }
    return side.set
  }

  /// What a report says of the data; tells of what was cut.
  package func dataReport() -> DataReport {
    let report = DataReport(setup.data.sides + sides, gaps: gaps)
    setup.data.tell(report)
    return report
  }

  /// The model for a machine: as it is where it fits, or else re-quantized, once.
  private func model(for profile: HardwareProfile) async throws -> Result<LoadedModel, SweepFault> {
    if let known = requantized[profile] { return known }
    let made = try await requantize(profile)
    requantized[profile] = made
    return made
  }

  private func requantize(_ profile: HardwareProfile) async throws -> Result<LoadedModel, SweepFault> {
    let source = setup.model
    if profile.conformanceFaults(of: source.network).isEmpty { return .success(source) }
    let data = try setup.audience.open(setup.calibration.source, for: source)
    let indices = try data.indices(of: setup.calibration.samples)
    let calibration = CalibrationSet(count: indices.count) { try data.sample(indices[$0]) }
    progress(.begin)
    defer { progress(.end) }
    let result: Requantized
    do {
      result = try await Requantizer(
        profile: profile, options: setup.options, threads: threads, engine: { FastEngine($0) }
      ).requantize(source.network, calibration: calibration) { [progress] in progress(.part($0, $1, $2)) }
    } catch let error as RequantizationError {
      return .failure(SweepFault(error.reasons.first ?? "the model cannot be re-quantized"))
    }
    let emission = try Emission(result, of: source, for: profile, calibration: nil)
    return .success(
      try LoadedModel(
        bytes: emission.bytes, path: "\(source.path) for machine \(requantized.count + 1)",
        ModelSelection(subgraph: source.graph?.subgraph ?? 0, notices: source.selection.notices)))
  }
}

extension HardwareProfile {
  /// Whether models for the one machine hold the same kind of numbers as models for the other.
  func hasNumbers(of other: HardwareProfile) -> Bool {
    activations == other.activations && weights == other.weights && bias == other.bias
      && fusedActivations == other.fusedActivations
  }
}
