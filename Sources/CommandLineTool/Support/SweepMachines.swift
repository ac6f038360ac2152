internal import NetworkModel
internal import Digest
internal import Exploration
internal import FastEngine
internal import HardwareProfile
internal import Reports
internal import Requantizer
internal import Simulation
internal import TFLite
internal import Verification
internal import Workflows

/// What a sweep starts from.
struct SweepSetup: Sendable {
  /// The model as its file has it, on its own machine.
  let model: LoadedModel
  /// The machine that the points change.
  let base: HardwareProfile
  /// Each point's machine.
  let profiles: [SweepPoint: HardwareProfile]
  /// The model on its own machine: what all points are measured against.
  let source: ComparedModel
  /// The data.
  let inputs: String
  /// What guides re-quantization.
  let calibration: (path: String, samples: Subset)
  let options: RequantizationOptions
  private let labels: String?
  /// The data as the model gets them.
  let data: ModelData
  /// Decides what the data mean, to the model and to what is made of it.
  fileprivate let audience: DataAudience
  private let readers: String

  init(_ arguments: Arguments, _ points: [SweepPoint]) throws {
    model = try LoadedModel(arguments.positionals[0], ModelSelection(arguments))
    let base = try arguments.text("--profile").map { try Profiles.resolve($0) } ?? model.profile
    self.base = base
    profiles = try Dictionary(points.map { ($0, try SweepSetup.profile(base, $0)) }) { first, _ in first }
    inputs = try arguments.requiredText("--inputs")
    labels = arguments.text("--labels")
    audience = try DataAudience(model, arguments.readers())
    data = try ModelData(inputs, for: model, arguments)
    readers = Option.readers.map(\.name).filter(arguments.isSet).joined()
    source = ComparedModel(
      network: model.network, program: try model.program(), meanings: model.provenance.meanings, data: data.set)
    if let path = arguments.text("--calibrate") {
      calibration = (path, Subset())
    } else {
      calibration = (inputs, Subset(every: max(1, data.set.count / 64), limit: 64))
    }
    var options = RequantizationOptions()
    if let effort = try arguments.choice("--effort", RequantizationOptions.Effort.self) { options.effort = effort }
    self.options = options
  }

  /// A point's machine, under a name that says what is different.
  private static func profile(_ base: HardwareProfile, _ point: SweepPoint) throws(InputError) -> HardwareProfile {
    var profile = base
    do throws(ProfileError) {
      for setting in point.settings { profile = try profile.setting(setting.key, to: setting.value) }
    } catch {
      throw InputError(error)
    }
    return profile
  }

  /// The machine for which the model of a point's machine is re-quantized: registers do not change what numbers look like.
  func scheme(of profile: HardwareProfile) -> HardwareProfile {
    var scheme = profile
    scheme.accumulator = base.accumulator
    return scheme
  }

  /// For how many machines the model is re-quantized to run points, as far as that can be told before.
  func requantizations(for points: Set<SweepPoint>) -> Int {
    let schemes = Set(points.compactMap { profiles[$0] }.map { $0.hasNumbers(of: base) ? base : scheme(of: $0) })
    return schemes.count { !$0.conformanceFaults(of: model.network).isEmpty }
  }

  /// Whether the machine states something for int16 in a key's place, and the model has int16.
  func followsInt16Instead(of key: String) -> Bool {
    let hasInt16 = model.network.nodes.contains { node in
      node.outputs.contains { model.network.tensors[$0].type == .int16 }
    }
    return hasInt16
      && profiles.keys.lazy.flatMap(\.settings).contains { setting in
        setting.key == key && (try? base.setting("int16.\(key)", to: setting.value)) != nil
      }
  }

  /// What is explored, in a line: whatever changes a result changes it.
  func identity(_ subset: Subset) throws -> String {
    let files = try [inputs, calibration.path, labels].compactMap(\.self)
      .map { SHA256.hash(of: try InputFile.bytes($0)).hex }
    let parts = [
      "sweep 3", Tool.version, model.digest(), SHA256.hash(of: Array(base.canonicalJSON().utf8)).hex,
      "\(subset)", "\(calibration.samples)", options.effort.rawValue, readers,
    ]
    // Another graph of the file, or other sizes of its inputs, are another model.
    var choice: [String] = []
    if let graph = model.graph, graph.subgraph != 0 { choice.append("subgraph \(graph.subgraph)") }
    if model.network.hasFreeSizes {
      choice.append("inputs \(model.network.inputs.map { model.network.tensors[$0].shape.extents })")
    }
    return SHA256.hash(of: Array((parts + files + choice).joined(separator: "\n").utf8)).hex
  }
}

/// The models of a sweep: the file's own, and those that were re-quantized for machines that it does not fit.
actor SweepMachines {
  private let setup: SweepSetup
  private let threads: Int
  private let meter: SweepMeter
  /// For each machine for which the model was re-quantized the result.
  private var requantized: [HardwareProfile: Result<LoadedModel, SweepFault>] = [:]
  /// The data as the models get them, in the order in which they were made.
  private var sides: [ModelData.Side] = []
  private var gaps: [(gap: InputGap, first: String, second: String)] = []
  private let samples: SampleIndices

  init(_ setup: SweepSetup, samples: SampleIndices, _ console: Console, _ meter: SweepMeter) {
    self.samples = samples
    self.setup = setup
    self.meter = meter
    threads = console.threads
  }

  /// A point's machine with the model that it runs; a fault where no model fits.
  func machine(for point: SweepPoint) async throws -> Result<Sweep.Machine, SweepFault> {
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
    let side = ModelData.Side(model: model, set: try setup.audience.open(.file(setup.inputs), for: model))
    sides.append(side)
    for gap in try setup.data.gaps(of: side, samples: samples) { gaps.append((gap, model.path, setup.model.path)) }
    return side.set
  }

  /// What a report says of the data; tells of what was cut.
  func dataReport() -> DataReport {
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
    let data = try setup.audience.open(.file(setup.calibration.path), for: source)
    let indices = try data.indices(of: setup.calibration.samples)
    let calibration = CalibrationSet(count: indices.count) { try data.sample(indices[$0]) }
    meter.begin(.requantization)
    defer { meter.finish(.requantization) }
    let result: Requantized
    do {
      result = try await Requantizer(
        profile: profile, options: setup.options, threads: threads, engine: { FastEngine($0) }
      ).requantize(source.network, calibration: calibration) { [meter] in meter.show("re-quantize: \($0)", $1, $2) }
    } catch let error as RequantizationError {
      return .failure(SweepFault(error.reasons.first ?? "the model cannot be re-quantized"))
    }
    let emission = try Emission(result, of: source, for: profile, calibration: nil)
    return .success(
      try LoadedModel(
        bytes: emission.bytes, path: "\(source.path) for machine \(requantized.count + 1)",
        ModelSelection(subgraph: source.graph?.subgraph ?? 0, notices: .console)))
  }
}

extension HardwareProfile {
  /// Whether models for the one machine hold the same kind of numbers as models for the other.
  fileprivate func hasNumbers(of other: HardwareProfile) -> Bool {
    activations == other.activations && weights == other.weights && bias == other.bias
      && fusedActivations == other.fusedActivations
  }
}
