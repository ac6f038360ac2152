package import Exploration
internal import NetworkModel
package import Verification

/// The models for which data may have been made, at each of their inputs: they and what the user says decide what an array
/// means (``InputReaders/meaning(of:)``); nobody else decides.
package struct DataAudience: Sendable {
  /// In each family for each input the readers, the first source first.
  private let families: [[[InputReader]]]
  private let choice: InputReaders.Choice

  /// A model alone: data may have been made for it or, where it says so, for the model that it was made from.
  ///
  /// - Throws: ``InputError`` when the record of the source cannot be read.
  package init(_ model: LoadedModel, _ choice: InputReaders.Choice) throws { try self.init([[model]], choice) }

  /// A model beside the one that it was made from.
  ///
  /// - Throws: As ``init(_:_:)``.
  package init(_ model: LoadedModel, madeFrom source: LoadedModel, _ choice: InputReaders.Choice) throws {
    try self.init([[source, model]], choice)
  }

  /// A model beside the one that it is measured against, either of which may have been made from the other.
  ///
  /// - Throws: As ``init(_:_:)``.
  package init(_ model: LoadedModel, against other: LoadedModel, _ choice: InputReaders.Choice) throws {
    if other.isMade(from: model) {
      try self.init(other, madeFrom: model, choice)
    } else if model.isMade(from: other) {
      try self.init(model, madeFrom: other, choice)
    } else {
      try self.init([[other], [model]], choice)
    }
  }

  private init(_ families: [[LoadedModel]], _ choice: InputReaders.Choice) throws {
    self.families = try families.map { try DataAudience.readers($0) }
    self.choice = choice
  }

  /// For each input the readers of a family: what its first model was made from, then its models.
  private static func readers(_ models: [LoadedModel]) throws(InputError) -> [[InputReader]] {
    var rows: [[InputReader]] = []
    func add(_ model: String, _ formats: [InputFormat]) {
      for (position, format) in formats.enumerated() {
        if position == rows.count { rows.append([]) }
        rows[position].append(InputReader(model: model, format: format))
      }
    }
    if let first = models.first {
      switch first.provenance {
      case .absent: break
      case .unreadable(let reason): throw InputError("\(first.path): \(reason)")
      case .present(let record):
        for source in record.source.lineage {
          add(source.file, source.inputs.map(\.format))
        }
      }
    }
    for model in models {
      let tensors = model.network.inputs.map { model.network.tensors[$0] }
      add(model.path, tensors.map { InputFormat(type: $0.type, quantization: $0.quantization) })
    }
    return rows
  }

  /// Opens data for a model of the audience, or for one that was made from such a model.
  ///
  /// - Throws: As ``DataSource/open(for:)``.
  package func open(_ source: DataSource, for model: LoadedModel) throws -> DataSet {
    let readers = model.network.inputs.indices.map { position in
      InputReaders(families.map { $0.indices.contains(position) ? $0[position] : [] }, choice: choice)
    }
    return try source.open(for: model.network.inputSlots(readers: readers))
  }
}

extension Verifier.Record {
  /// The record; `nil` where there is none that can be read.
  package var record: Provenance? {
    guard case .present(let record) = self else { return nil }
    return record
  }
}

extension LoadedModel {
  /// Whether the model says that it was made from another one.
  fileprivate func isMade(from other: LoadedModel) -> Bool {
    provenance.record?.source.sha256 == other.digest()
  }
}

extension Provenance.Port {
  /// What an input of that kind takes.
  fileprivate var format: InputFormat {
    InputFormat(type: type, quantization: scale.map { Quantization(scale: $0, zeroPoint: zeroPoint ?? 0) })
  }
}
