internal import Exploration
internal import NetworkModel
internal import Verification

/// The data of a command, opened for each model that gets them, and what is to be told of them.
struct ModelData: Sendable {
  /// A model with the data as it takes them.
  struct Side: Sendable {
    let model: LoadedModel
    let set: DataSet

    fileprivate var gapSide: InputGap.Side {
      InputGap.Side(network: model.network, meanings: model.provenance.meanings, data: set)
    }
  }

  /// The models, in the order in which the command names them.
  let sides: [Side]
  /// How far the models' inputs are from each other; empty until ``compareInputs(of:_:)`` is called.
  private(set) var gaps: [InputGap] = []
  private let isQuiet: Bool

  /// Opens data for a model alone and says what was decided where there was a choice.
  ///
  /// - Throws: As ``DataAudience/init(_:_:)`` and ``DataAudience/open(_:for:)``.
  init(_ path: String, for model: LoadedModel, _ arguments: Arguments) throws {
    try self.init(path, [model], DataAudience(model, arguments), arguments)
  }

  /// Opens data for a model and the one that it was made from, which get the same real numbers.
  ///
  /// - Throws: As ``init(_:for:_:)``.
  init(_ path: String, for model: LoadedModel, madeFrom source: LoadedModel, _ arguments: Arguments) throws {
    try self.init(path, [model, source], DataAudience(model, madeFrom: source, arguments), arguments)
  }

  /// Opens data for a model and the one that it is measured against, which get the same real numbers.
  ///
  /// - Throws: As ``init(_:for:_:)``.
  init(_ path: String, for model: LoadedModel, against other: LoadedModel, _ arguments: Arguments) throws {
    try self.init(path, [model, other], DataAudience(model, against: other, arguments), arguments)
  }

  private init(_ path: String, _ models: [LoadedModel], _ audience: DataAudience, _ arguments: Arguments) throws {
    isQuiet = arguments.isSet("--quiet")
    sides = try models.map { Side(model: $0, set: try audience.open(path, for: $0)) }
    for (input, meaning) in set.meanings {
      guard let text = meaning.note else { continue }
      note("\(path)\(set.meanings.count > 1 ? ", input \"\(input)\"" : ""): \(text)")
    }
  }

  /// The first model's data.
  var set: DataSet { sides[0].set }

  /// Compares what the two models get of the same samples, and warns where that differs by more than rounding.
  ///
  /// - Parameter samples: The samples; of many the first ones.
  /// - Throws: Whatever reading a sample throws.
  mutating func compareInputs(of samples: SampleIndices) throws {
    gaps = try compare(sides[0], with: sides[1], samples)
  }

  /// Compares what a model that was made of the first one gets of the same samples, and warns likewise.
  ///
  /// - Parameters:
  ///   - other: The model.
  ///   - samples: The samples; of many the first ones.
  /// - Returns: One gap for each input.
  /// - Throws: Whatever reading a sample throws.
  func gaps(of other: Side, samples: SampleIndices) throws -> [InputGap] { try compare(other, with: sides[0], samples) }

  private func compare(_ first: Side, with second: Side, _ samples: SampleIndices) throws -> [InputGap] {
    let gaps = try InputGap.measure(first.gapSide, second.gapSide, samples: samples)
    for gap in gaps where gap.isBeyondRounding {
      warn(gap.warning(first.model.path, second.model.path, set.name))
    }
    return gaps
  }

  /// What a report says of the data; tells of what was cut, so that it is called once, when all samples were read.
  func report() -> DataReport {
    let report = DataReport(self)
    tell(report)
    return report
  }

  /// Tells of what was cut.
  func tell(_ report: DataReport) {
    for note in report.notes { self.note(note) }
    for warning in report.clippingWarnings { warn(warning) }
  }

  private func note(_ text: String) { if !isQuiet { Console.note(text) } }

  /// Warnings are written even when quiet: results that they concern are not what they seem.
  private func warn(_ text: String) { Console.warn(text) }
}
