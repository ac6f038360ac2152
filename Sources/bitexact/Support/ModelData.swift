internal import Exploration
internal import Network
internal import Verification

extension Option {
  /// Whose integers the data are, where that cannot be told from their type.
  static let sourceInputs = Option(
    name: "--source-inputs", help: "integers of the input's type are those of the model that MODEL was made from")
}

extension LoadedModel {
  /// Opens data for the model alone.
  ///
  /// Integers of a type that both the model and its source take, at scales that differ, are the model's own unless
  /// `--source-inputs` says otherwise; a note says so.
  ///
  /// - Throws: As `DataSet.init(contentsOf:for:)`; ``InputError`` when the record of the source cannot be read.
  func data(_ path: String, _ arguments: Arguments) throws -> DataSet {
    let slots = try inputSlots(prefersOrigins: arguments.isSet("--source-inputs"))
    let data = try DataSet(contentsOf: path, for: slots)
    for (slot, rival) in data.ambiguities where !arguments.isSet("--quiet") {
      guard let own = slot.quantization else { continue }
      Console.writeError(
        "bitexact: note: \(path): \(slot.type) is taken as integers of \(self.path) (scale \(own.scale), zero point "
          + "\(own.zeroPoint)); --source-inputs takes it as its source's (scale \(rival.quantization.scale), zero point "
          + "\(rival.quantization.zeroPoint))\n")
    }
    return data
  }

  /// Opens data for the model beside another one, whose data they are: integers of a type that both take are the other's.
  ///
  /// - Throws: As ``data(_:_:)``.
  func data(_ path: String, like leader: LoadedModel, _ arguments: Arguments) throws -> DataSet {
    let slots = try leader.inputSlots()
    let theirs = slots.map { slot in
      (arguments.isSet("--source-inputs") ? slot.origins.first : nil) ?? slot.origin
    }
    return try DataSet(
      contentsOf: path, for: inputSlots(before: theirs.map { [$0].compactMap(\.self) }, prefersOrigins: true))
  }

  /// Opens data for the model beside another one that is to get the same: integers of a type that both take are this
  /// model's.
  ///
  /// - Throws: As ``data(_:_:)``.
  func data(_ path: String, leading follower: LoadedModel, _ arguments: Arguments) throws -> DataSet {
    let prefersOrigins = arguments.isSet("--source-inputs")
    let theirs = try prefersOrigins ? [] : follower.inputSlots().map { [$0.origin].compactMap(\.self) }
    return try DataSet(contentsOf: path, for: inputSlots(before: theirs, prefersOrigins: prefersOrigins))
  }

  /// Whether the model says that it was made from another one.
  func isMade(from other: LoadedModel) -> Bool {
    guard case .present(let record) = provenance else { return false }
    return record.source.sha256 == other.digest()
  }

  /// The places where the model takes data; data made for the model's source are converted by what they meant there.
  ///
  /// - Parameters:
  ///   - others: For each input those of other models whose data it may get, which come before the source's.
  ///   - prefersOrigins: Whether integers of a type that the input and another have are the other's.
  /// - Returns: One for each input.
  /// - Throws: ``InputError`` when the record of the source cannot be read.
  func inputSlots(
    before others: [[InputSlot.Origin]] = [], prefersOrigins: Bool = false
  ) throws(InputError) -> [InputSlot] {
    var sources: [InputSlot.Origin?] = []
    switch provenance {
    case .absent: break
    case .unreadable(let reason): throw InputError("\(path): \(reason)")
    case .present(let record): sources = record.source.inputs.map(\.origin)
    }
    let origins = network.inputs.indices.map { position in
      (others.indices.contains(position) ? others[position] : [])
        + [sources.indices.contains(position) ? sources[position] : nil].compactMap(\.self)
    }
    return network.inputSlots(origins: origins, prefersOrigins: prefersOrigins)
  }
}

extension Provenance.Port {
  /// What the integers of a source's input mean; `nil` where they are not integers.
  fileprivate var origin: InputSlot.Origin? {
    guard type.integerRange != nil, let scale, let zeroPoint else { return nil }
    return InputSlot.Origin(type: type, quantization: Quantization(scale: scale, zeroPoint: zeroPoint))
  }
}
