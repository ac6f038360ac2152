package import HardwareProfile
package import NetworkModel
package import Simulation

/// Proves four things of a model on a machine and measures a fifth.
///
/// Proved are conformance, freedom from overflow, the engines and the provenance; the distance from the source is measured on
/// samples and called by a word (``DistanceVerdict``).
package struct Verifier: Sendable {
  /// What a caller may choose.
  package struct Options: Sendable, Hashable {
    /// The seed of random inputs and of the choice of elements.
    package var seed: UInt64 = 0
    /// How many runs on random inputs.
    package var randomRuns = 2
    /// How many elements of a large tensor are computed a second time in each run.
    package var elementsPerStep = 200
    /// Whether accumulators that may overflow are stated without failing the overflow part.
    package var allowsOverflow = false
    /// What is demanded of the distance from the source, in place of the usual bounds.
    package var demand = DistanceVerdict.Demand()

    /// The usual choice.
    package init() {}
  }

  /// The provenance that a model file carries.
  package enum Record: Sendable, Hashable {
    /// None: the model was not made by this tool.
    case absent
    /// A record.
    case present(Provenance)
    /// An entry that cannot be read, with the reason.
    case unreadable(String)
  }

  /// The model that the verified one was made from.
  package struct Source: Sendable {
    /// What was read from its file.
    package var network: Network
    /// The machine that runs it: TensorFlow Lite's kernels for a model as it was trained.
    package var profile: HardwareProfile
    /// What its file says of where it comes from.
    package var provenance: Record
    /// The SHA-256 of its file in hexadecimal; `nil` where it is not known.
    package var sha256: String?
    /// The samples in its own integers; `nil` converts those of the verified model.
    package var samples: [[[Int32]]]?
    /// Whether the samples are made up: the verified model is given none, and gets these real numbers.
    package var isMadeUp: Bool

    /// Describes a source.
    package init(
      network: Network, profile: HardwareProfile = .host, provenance: Record = .absent, sha256: String? = nil,
      samples: [[[Int32]]]? = nil, isMadeUp: Bool = false
    ) {
      self.network = network
      self.profile = profile
      self.provenance = provenance
      self.sha256 = sha256
      self.samples = samples
      self.isMadeUp = isMadeUp
    }
  }

  /// How far a verification has come.
  package struct Progress: Sendable, Hashable {
    /// The part that is being proved.
    package var part: VerificationReport.Name
    /// The runs that are done.
    package var done: Int
    /// All runs of the part.
    package var total: Int
  }

  let network: Network
  let profile: HardwareProfile
  let options: Options
  let makeEngine: (@Sendable (Program) -> any Engine)?
  let progress: @Sendable (Progress) -> Void

  /// Prepares a verification.
  ///
  /// - Parameters:
  ///   - network: A network that ``NetworkModel/Network/validate()`` finds sound.
  ///   - profile: The machine.
  ///   - options: What is chosen.
  ///   - engine: Makes the engine that has to equal the reference engine tensor by tensor; `nil` when there is none.
  ///   - progress: Is told of each finished run.
  package init(
    network: Network, profile: HardwareProfile, options: Options = Options(),
    engine: (@Sendable (Program) -> any Engine)? = nil, progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.network = network
    self.profile = profile
    self.options = options
    makeEngine = engine
    self.progress = progress
  }

  /// Proves four parts and measures the fifth.
  ///
  /// - Parameters:
  ///   - samples: Given inputs: for each sample the elements of each input of the program, as stored.
  ///   - provenance: What the file says of itself.
  ///   - ownProfile: The profile that the file carries: what it was made for, where ``profile`` asks "what if".
  ///   - source: The model that it was made from, when there is one to compare with.
  /// - Returns: What was found; nothing is thrown, since a failure is a finding.
  package func verify(
    samples: [[[Int32]]] = [], provenance: Record = .absent, ownProfile: HardwareProfile? = nil,
    source: Source? = nil
  ) -> VerificationReport {
    let (conformance, program) = conformance()
    var report = VerificationReport(parts: [conformance])
    guard let program else {
      report.parts += [VerificationReport.Name.overflow, .engines, .provenance, .source].map {
        .init(name: $0, status: .skipped, summary: "The model does not lower to a program.", details: [])
      }
      return report
    }
    report.programDigest = program.digest()
    let overflow = OverflowAnalysis(program)
    report.overflow = overflow
    report.parts.append(.init(overflow, isAllowed: options.allowsOverflow))
    let (enginesPart, engines) = proveEngines(program, samples)
    report.engines = engines
    report.parts.append(enginesPart)
    report.parts.append(part(provenance, program, ownProfile))
    report.parts.append(compare(program, samples, source, provenance, into: &report))
    return report
  }

  private func conformance() -> (VerificationReport.Part, Program?) {
    let unsound = network.validate().map(\.description)
    let faults = unsound.isEmpty ? profile.conformanceFaults(of: network) : []
    var details = unsound + faults.map(\.description)
    var program: Program?
    if details.isEmpty {
      do throws(LoweringError) {
        program = try Program.lower(network, for: profile)
      } catch {
        details = error.faults.map(\.description)
      }
    }
    let summary =
      details.isEmpty
      ? "The model conforms to the profile \(profile.name)."
      : "The model does not conform to the profile \(profile.name): \(count(details.count, "violation"))."
    return (
      .init(name: .conformance, status: details.isEmpty ? .passed : .failed, summary: summary, details: details),
      program
    )
  }
}

/// A number with its noun: `1 channel`, `2 channels`.
func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
