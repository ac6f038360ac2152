internal import Exploration
internal import NetworkModel
internal import Verification

extension Option {
  /// Whose integers the data are, where a model and its source might both be meant.
  static let readers = [sourceInputs, ownInputs]

  private static let sourceInputs = Option(
    name: "--source-inputs", help: "integers are those of the model that MODEL was made from, whatever their type")
  private static let ownInputs = Option(
    name: "--own-inputs", help: "integers are MODEL's own, not those of the model that it was made from")
}

/// The models for which data may have been made, at each of their inputs: they and what the user says decide what an array
/// means (``InputReaders/meaning(of:)``); no command decides for itself.
struct DataAudience: Sendable {
  /// In each family for each input the readers, the first source first.
  private let families: [[[InputReader]]]
  private let choice: InputReaders.Choice

  /// A model alone: data may have been made for it or, where it says so, for the model that it was made from.
  ///
  /// - Throws: ``InputError`` when the record of the source cannot be read, ``UsageError`` for options that exclude each
  ///   other.
  init(_ model: LoadedModel, _ arguments: Arguments) throws { try self.init([[model]], arguments) }

  /// A model beside the one that it was made from.
  ///
  /// - Throws: As ``init(_:_:)``.
  init(_ model: LoadedModel, madeFrom source: LoadedModel, _ arguments: Arguments) throws {
    try self.init([[source, model]], arguments)
  }

  /// A model beside the one that it is measured against, either of which may have been made from the other.
  ///
  /// - Throws: As ``init(_:_:)``.
  init(_ model: LoadedModel, against other: LoadedModel, _ arguments: Arguments) throws {
    if other.isMade(from: model) {
      try self.init(other, madeFrom: model, arguments)
    } else if model.isMade(from: other) {
      try self.init(model, madeFrom: other, arguments)
    } else {
      try self.init([[other], [model]], arguments)
    }
  }

  private init(_ families: [[LoadedModel]], _ arguments: Arguments) throws {
    self.families = try families.map { try DataAudience.readers($0) }
    switch (arguments.isSet("--source-inputs"), arguments.isSet("--own-inputs")) {
    case (true, true): throw UsageError("--source-inputs and --own-inputs exclude each other")
    case (true, false): choice = .source
    case (false, true): choice = .own
    case (false, false): choice = .automatic
    }
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
  /// - Throws: As `DataSet.init(contentsOf:for:)`.
  func open(_ path: String, for model: LoadedModel) throws -> DataSet {
    let readers = model.network.inputs.indices.map { position in
      InputReaders(families.map { $0.indices.contains(position) ? $0[position] : [] }, choice: choice)
    }
    return try DataSet(contentsOf: path, for: model.network.inputSlots(readers: readers))
  }
}

extension Verifier.Record {
  /// The record; `nil` where there is none that can be read.
  var record: Provenance? {
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
