package import Exploration
internal import FastEngine
package import HardwareProfile
internal import NetworkModel
package import Requantizer
internal import Simulation
internal import TFLite
internal import Verification

/// What a sweep starts from.
package struct SweepSetup: Sendable {
  /// The model as its file has it, on its own machine.
  package let model: LoadedModel
  /// The machine that the points change.
  package let base: HardwareProfile
  /// Each point's machine.
  package let profiles: [SweepPoint: HardwareProfile]
  /// The model on its own machine: what all points are measured against.
  package let source: ComparedModel
  /// The data.
  package let input: DataSource
  /// What guides re-quantization.
  package let calibration: (source: DataSource, samples: Subset)
  /// How much work re-quantization does.
  package let options: RequantizationOptions
  /// The data as the model gets them.
  package let data: ModelData
  /// Decides what the data mean, to the model and to what is made of it.
  let audience: DataAudience
  private let notices: Notices

  /// Opens the data and makes each point's machine.
  ///
  /// - Parameters:
  ///   - model: The model as its file has it, on its own machine.
  ///   - base: The machine that the points change; `nil` for the model's own.
  ///   - points: The points.
  ///   - input: The data.
  ///   - calibration: What guides re-quantization; `nil` for 64 samples of the data.
  ///   - options: How much work re-quantization does.
  ///   - choice: Whose integers the data are.
  ///   - notices: Who is told of the data.
  /// - Throws: ``InputError`` where a machine's profile has faults, whatever opening data throws.
  package init(
    _ model: LoadedModel, base: HardwareProfile?, _ points: [SweepPoint], input: DataSource,
    calibration: (DataSource, Subset)?,
    _ options: RequantizationOptions, _ choice: InputReaders.Choice, _ notices: Notices
  ) throws {
    self.model = model
    let base = base ?? model.profile
    self.base = base
    profiles = try Dictionary(points.map { ($0, try SweepSetup.profile(base, $0)) }) { first, _ in first }
    self.input = input
    audience = try DataAudience(model, choice)
    data = try ModelData(input, for: model, choice, notices)
    source = ComparedModel(
      network: model.network, program: try model.program(), meanings: model.provenance.meanings, data: data.set)
    self.calibration = calibration ?? (input, Subset(every: max(1, data.set.count / 64), limit: 64))
    self.options = options
    self.notices = notices
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
  package func scheme(of profile: HardwareProfile) -> HardwareProfile {
    var scheme = profile
    scheme.accumulator = base.accumulator
    return scheme
  }

  /// For how many machines the model is re-quantized to run points, as far as that can be told before.
  package func requantizations(for points: Set<SweepPoint>) -> Int {
    let schemes = Set(points.compactMap { profiles[$0] }.map { $0.hasNumbers(of: base) ? base : scheme(of: $0) })
    return schemes.count { !$0.conformanceFaults(of: model.network).isEmpty }
  }

  /// Whether the machine states something for int16 in a key's place, and the model has int16.
  package func followsInt16Instead(of key: String) -> Bool {
    let hasInt16 = model.network.nodes.contains { node in
      node.outputs.contains { model.network.tensors[$0].type == .int16 }
    }
    return hasInt16
      && profiles.keys.lazy.flatMap(\.settings).contains { setting in
        setting.key == key && (try? base.setting("int16.\(key)", to: setting.value)) != nil
      }
  }
}
