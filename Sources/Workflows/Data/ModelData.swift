package import Exploration
internal import NetworkModel
internal import Verification

/// The data of a piece of work, opened for each model that gets them, and what is to be told of them.
package struct ModelData: Sendable {
  /// A model with the data as it takes them.
  package struct Side: Sendable {
    package let model: LoadedModel
    package let set: DataSet

    /// Names both.
    package init(model: LoadedModel, set: DataSet) { (self.model, self.set) = (model, set) }

    fileprivate var gapSide: InputGap.Side {
      InputGap.Side(network: model.network, meanings: model.provenance.meanings, data: set)
    }
  }

  /// The models, in the order in which they are named.
  package let sides: [Side]
  /// How far the models' inputs are from each other; empty until ``compareInputs(of:_:)`` is called.
  package private(set) var gaps: [InputGap] = []
  private let notices: Notices

  /// Opens data for a model alone and says what was decided where there was a choice.
  ///
  /// - Throws: As ``DataAudience/init(_:_:)`` and ``DataAudience/open(_:for:)``.
  package init(
    _ source: DataSource, for model: LoadedModel, _ choice: InputReaders.Choice, _ notices: Notices
  ) throws {
    try self.init(source, [model], DataAudience(model, choice), notices)
  }

  /// Opens data for a model and the one that it was made from, which get the same real numbers.
  ///
  /// - Throws: As ``init(_:for:_:)``.
  package init(
    _ source: DataSource, for model: LoadedModel, madeFrom origin: LoadedModel, _ choice: InputReaders.Choice,
    _ notices: Notices
  ) throws {
    try self.init(source, [model, origin], DataAudience(model, madeFrom: origin, choice), notices)
  }

  /// Opens data for a model and the one that it is measured against, which get the same real numbers.
  ///
  /// - Throws: As ``init(_:for:_:)``.
  package init(
    _ source: DataSource, for model: LoadedModel, against other: LoadedModel, _ choice: InputReaders.Choice,
    _ notices: Notices
  ) throws {
    try self.init(source, [model, other], DataAudience(model, against: other, choice), notices)
  }

  private init(
    _ source: DataSource, _ models: [LoadedModel], _ audience: DataAudience, _ notices: Notices
  ) throws {
    self.notices = notices
    sides = try models.map { Side(model: $0, set: try audience.open(source, for: $0)) }
    for (input, meaning) in set.meanings {
      guard let text = meaning.note else { continue }
      notices.note("\(source.name)\(set.meanings.count > 1 ? ", input \"\(input)\"" : ""): \(text)")
    }
  }

  /// The first model's data.
  package var set: DataSet { sides[0].set }

  /// Compares what the two models get of the same samples, and warns where that differs by more than rounding.
  ///
  /// - Parameter samples: The samples; of many the first ones.
  /// - Throws: Whatever reading a sample throws.
  package mutating func compareInputs(of samples: SampleIndices) throws {
    gaps = try compare(sides[0], with: sides[1], samples)
  }

  /// Compares what a model that was made of the first one gets of the same samples, and warns likewise.
  ///
  /// - Parameters:
  ///   - other: The model.
  ///   - samples: The samples; of many the first ones.
  /// - Returns: One gap for each input.
  /// - Throws: Whatever reading a sample throws.
  package func gaps(of other: Side, samples: SampleIndices) throws -> [InputGap] {
    try compare(other, with: sides[0], samples)
  }

  private func compare(_ first: Side, with second: Side, _ samples: SampleIndices) throws -> [InputGap] {
    let gaps = try InputGap.measure(first.gapSide, second.gapSide, samples: samples)
    for gap in gaps where gap.isBeyondRounding {
      notices.warn(gap.warning(first.model.path, second.model.path, set.name))
    }
    return gaps
  }

  /// What a report says of the data; tells of what was cut, so that it is called once, when all samples were read.
  package func report() -> DataReport {
    let report = DataReport(self)
    tell(report)
    return report
  }

  /// Tells of what was cut.
  package func tell(_ report: DataReport) {
    for note in report.notes { notices.note(note) }
    for warning in report.clippingWarnings { notices.warn(warning) }
  }
}
