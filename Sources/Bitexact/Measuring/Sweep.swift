internal import Exploration
internal import FastEngine
internal import HardwareProfile
internal import Requantizer
internal import Workflows

/// Runs a model on many machines: what each decides, what it loses and what it costs.
///
/// ```swift
/// let sweep = Sweep([.init("accumulator.bits", 14...32), .init("accumulator.overflow", ["wrap", "saturate"])])
/// for point in try await sweep.run(model, on: images) where point.isOnParetoFront { print(point.settings) }
/// ```
///
/// A model that fits a machine runs there as it is; where it does not fit, it is re-quantized for it.
public struct Sweep: Sendable {
  /// A key of a profile and the values that are tried for it.
  public struct Axis: Sendable, Hashable {
    /// The key as in messages, without indices: `accumulator.bits`, `requantize.rounding`, `weights.bits`.
    public let key: String
    /// The values as JSON; words need no quotes.
    public let values: [String]

    /// Lists values.
    public init(_ key: String, _ values: [String]) { (self.key, self.values) = (key, values) }

    /// Lists integers from one to another.
    public init(_ key: String, _ range: ClosedRange<Int>, step: Int = 1) {
      self.init(key, stride(from: range.lowerBound, through: range.upperBound, by: step).map(String.init))
    }
  }

  /// What is varied.
  public var axes: [Axis]
  /// The machine to start from; `nil` for the one in the model, or else TensorFlow Lite's kernels.
  public var base: Profile?
  /// Whether one key is changed at a time, instead of trying all combinations.
  public var variesOneAtATime: Bool
  /// How much work re-quantization does.
  public var effort: Requantizer.Effort
  /// How many samples run at a time; results do not depend on it.
  public var threads: Int

  /// Chooses machines.
  ///
  /// - Parameters:
  ///   - axes: What is varied.
  ///   - base: The machine to start from; `nil` for the one in the model, or else TensorFlow Lite's kernels.
  ///   - variesOneAtATime: Whether one key is changed at a time, instead of trying all combinations.
  ///   - effort: How much work re-quantization does.
  ///   - threads: How many samples run at a time.
  public init(
    _ axes: [Axis], base: Profile? = nil, variesOneAtATime: Bool = false, effort: Requantizer.Effort = .balanced,
    threads: Int = 1
  ) {
    (self.axes, self.base, self.variesOneAtATime) = (axes, base, variesOneAtATime)
    (self.effort, self.threads) = (effort, threads)
  }

  /// What one machine gave.
  public struct Point: Sendable, Hashable {
    /// The keys and their values, in the order of the axes.
    public let settings: [Setting]
    /// Why the machine cannot run the model; `nil` where it can.
    public let fault: String?
    /// Whether the model was re-quantized for it.
    public let isRequantized: Bool
    /// The number of samples.
    public let samples: Int
    /// The part of samples whose label has the greatest score, 0 to 1; `nil` without labels.
    public let accuracy: Double?
    /// The part of samples on which the machine decides as the model does, 0 to 1; `nil` where it cannot run.
    public let agreement: Double?
    /// The ratio of signal to noise in decibels, before SOFTMAX; `nil` where nothing differs.
    public let sqnr: Double?
    /// Additions that left the accumulators' ranges.
    public let accumulatorOverflows: Int?
    /// The width of the widest accumulator.
    public let accumulatorBits: Int
    /// The width that every accumulator needs so that none can overflow.
    public let accumulatorBitsNeeded: Int?
    /// The bytes of all weights and biases.
    public let parameterBytes: Int?
    /// The digest of the program, SHA-256 in hexadecimal.
    public let programDigest: String?
    /// Whether no other point is at least as good in decisions, SQNR, accumulator bits and bytes, and better in one of them.
    public let isOnParetoFront: Bool

    /// A key and its value.
    public struct Setting: Sendable, Hashable {
      /// The key.
      public let key: String
      /// The value.
      public let value: String
    }
  }

  /// Runs a model on all machines, each measured against the model on its own machine.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - samples: The samples.
  ///   - labels: The class of each sample of the whole file or array; `nil` where nobody knows.
  ///   - calibration: What guides re-quantization; `nil` for 64 of the samples.
  ///   - progress: Called after each machine with the number of machines that are done and of all.
  /// - Returns: A point for each machine, the last axis fastest.
  /// - Throws: ``BitexactError/profile(_:)`` where a key or value is not one of the profile's, ``BitexactError/data(_:)`` for
  ///   samples or labels that do not fit.
  public func run(
    _ model: Model, on samples: Samples, labels: [Int]? = nil, calibration: Samples? = nil,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) async throws -> [Point] {
    try await BitexactError.rethrowing(BitexactError.profile) {
      let axes = axes.map { SweepAxis(key: $0.key, values: $0.values) }
      guard let count = SweepPoint.count(axes, oneAtATime: variesOneAtATime), count <= SweepPoint.limit else {
        throw BitexactError.profile(["there are more than \(SweepPoint.limit) machines; vary less at a time"])
      }
      let points = SweepPoint.all(axes, oneAtATime: variesOneAtATime)
      let setup = try SweepSetup(
        model.loaded, base: base?.hardware, points, input: samples.source,
        calibration: calibration.map { ($0.source, $0.subset) },
        RequantizationOptions(effort: RequantizationOptions.Effort(rawValue: effort.rawValue) ?? .balanced),
        samples.reading.choice, .none)
      let allowed = model.loaded.threads(atMost: max(1, threads))
      let sweep = try Exploration.Sweep(
        source: setup.source, labels: labels.map { Labels($0, name: "labels") }, subset: samples.subset,
        threads: allowed, engine: { FastEngine($0) })
      let machines = try SweepMachines(
        setup, samples: setup.data.set.indices(of: samples.subset), threads: max(1, threads))
      let results = try await sweep.run(
        points, journal: nil, accumulatorBits: { setup.profiles[$0]?.accumulator.bits ?? 0 },
        machine: { try await machines.machine(for: $0) }
      ) { event in
        if case .point(let done, let total) = event { progress(done, total) }
      }
      let front = Set(results.paretoFront)
      return results.enumerated().map { Point($1, isOnParetoFront: front.contains($0)) }
    }
  }
}

extension Sweep.Point {
  init(_ result: SweepResult, isOnParetoFront: Bool) {
    let count = Double(max(1, result.samples))
    self.init(
      settings: result.point.settings.map { Setting(key: $0.key, value: $0.value) }, fault: result.fault,
      isRequantized: result.isRequantized, samples: result.samples, accuracy: result.top1.map { Double($0) / count },
      agreement: result.agreements.map { Double($0) / count }, sqnr: result.sqnrDb,
      accumulatorOverflows: result.overflows, accumulatorBits: result.accumulatorBits,
      accumulatorBitsNeeded: result.accumulatorBitsNeeded, parameterBytes: result.parameterBytes,
      programDigest: result.program, isOnParetoFront: isOnParetoFront)
  }
}
