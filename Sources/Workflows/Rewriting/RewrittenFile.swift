internal import TFLite
internal import FastEngine
package import HardwareProfile
package import Requantizer

/// A model file re-quantized: the graph that takes the data, the graphs beside it, and the file that they make.
///
/// A class, so that callers carry one reference over their suspensions.
package final class RewrittenFile: Sendable {
  /// The graph that takes the data.
  package let result: Requantized
  /// The graphs beside it.
  package let others: OtherGraphs
  /// The file.
  package let emission: Emission

  private init(_ result: Requantized, _ others: OtherGraphs, _ emission: Emission) {
    (self.result, self.others, self.emission) = (result, others, emission)
  }

  /// Re-quantizes all graphs of a model and makes a file of them.
  ///
  /// - Parameters:
  ///   - source: The model, as it was made to run.
  ///   - profile: The machine.
  ///   - options: How much work is done, and which parts of the method.
  ///   - samples: What guides it.
  ///   - plan: What is chosen already, with the name that messages give it; `nil` chooses it.
  ///   - threads: How many samples are computed at the same time; the result does not depend on it.
  ///   - progress: Called with the name of what is done, the number of parts that are done and of all parts.
  /// - Returns: The file, read back and found to be the same program.
  /// - Throws: ``InputError`` where a graph cannot be rewritten; whatever reading a sample throws.
  package static func make(
    _ source: LoadedModel, for profile: HardwareProfile, _ options: RequantizationOptions,
    guidedBy samples: RequantizeSamples, plan: (file: PlanFile, name: String)?, threads: Int,
    progress: @escaping @Sendable (String, Int, Int) -> Void
  ) async throws -> RewrittenFile {
    let result: Requantized
    do {
      result = try await Requantizer(
        profile: profile, options: options, threads: threads, engine: { FastEngine($0) }
      ).requantize(
        source.network, calibration: samples.calibration, plan: plan?.file.plan(for: source), progress: progress)
    } catch let error as RequantizationError {
      throw InputError(
        file: plan?.name ?? source.path,
        faults: source.graphs.count > 1 ? error.reasons.map { "\(source.graph?.label ?? ""), \($0)" } : error.reasons)
    }
    let others = try await OtherGraphs(
      of: source, for: profile, options, like: samples, by: plan?.file, threads, progress)
    let emission = try Emission(
      result, of: source, for: profile, calibration: samples.provenance, others: others.forEmission)
    return RewrittenFile(result, others, emission)
  }
}
