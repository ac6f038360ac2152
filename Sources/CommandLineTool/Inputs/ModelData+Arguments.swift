internal import Exploration
internal import Workflows

extension Option {
  /// Whose integers the data are, where a model and its source might both be meant.
  static let readers = [sourceInputs, ownInputs]

  private static let sourceInputs = Option(
    name: "--source-inputs", help: "integers are those of the model that MODEL was made from, whatever their type")
  private static let ownInputs = Option(
    name: "--own-inputs", help: "integers are MODEL's own, not those of the model that it was made from")
}

extension Arguments {
  /// Whose integers the data are.
  ///
  /// - Throws: ``UsageError`` for options that exclude each other.
  func readers() throws(UsageError) -> InputReaders.Choice {
    switch (isSet("--source-inputs"), isSet("--own-inputs")) {
    case (true, true): throw UsageError("--source-inputs and --own-inputs exclude each other")
    case (true, false): .source
    case (false, true): .own
    case (false, false): .automatic
    }
  }
}

extension ModelData {
  /// Opens a file for a model alone.
  init(_ path: String, for model: LoadedModel, _ arguments: Arguments) throws {
    try self.init(.file(path), for: model, arguments.readers(), Notices(arguments))
  }

  /// Opens a file for a model and the one that it was made from.
  init(_ path: String, for model: LoadedModel, madeFrom source: LoadedModel, _ arguments: Arguments) throws {
    try self.init(.file(path), for: model, madeFrom: source, arguments.readers(), Notices(arguments))
  }

  /// Opens a file for a model and the one that it is measured against.
  init(_ path: String, for model: LoadedModel, against other: LoadedModel, _ arguments: Arguments) throws {
    try self.init(.file(path), for: model, against: other, arguments.readers(), Notices(arguments))
  }
}

extension Notices {
  /// Standard error.
  static let console = Notices(note: { Console.note($0) }, warn: { Console.warn($0) })

  /// Standard error, without notes where the user wants quiet.
  init(_ arguments: Arguments) {
    self = arguments.isSet("--quiet") ? Notices(note: { _ in }, warn: Notices.console.warn) : .console
  }
}
