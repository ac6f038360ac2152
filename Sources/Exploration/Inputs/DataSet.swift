package import Arrays
internal import NetworkModel
internal import Simulation

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Samples for a model, read from arrays and converted to the program's integers one at a time.
///
/// The leading axis of each array is the data set. Files are mapped, so that memory does not grow with them.
package struct DataSet: Sendable {
  /// The file's path, or what stands for it in messages.
  package let name: String
  /// The number of samples.
  package let count: Int
  private let columns: [Column]

  /// The data of one input.
  private struct Column: Sendable {
    let array: NPYFile
    let slot: InputSlot
    let meaning: InputMeaning
    let conversion: InputConversion
    /// Counts what the input cuts; `nil` where it cuts nothing.
    let tally: ClipTally?

    init(_ array: NPYFile, _ slot: InputSlot) throws(DataSetError) {
      let whole = slot.shape.extents
      let fits = array.sampleShape == whole || (whole.first == 1 && array.sampleShape == Array(whole.dropFirst()))
      guard fits, !array.shape.isEmpty, array.sampleCount > 0 else { throw Column.wrongShape(array, slot) }
      do throws(ConversionFault) {
        guard let meaning = slot.readers.meaning(of: array.elementType) else { throw .refusal(array.elementType, slot) }
        self.meaning = meaning
        conversion = try InputConversion(meaning, to: slot)
      } catch {
        throw DataSetError(file: array.name, message: error.message)
      }
      self.array = array
      self.slot = slot
      // A wider type may be quiet; of 256 integers a sixteenth is hardly a picture.
      let asks = array.elementType.isFloatingPoint && [.int8, .uint8].contains(slot.format.type)
      tally = conversion.clippingRange.map {
        ClipTally(samples: array.sampleCount, width: asks ? ($0.upperBound - $0.lowerBound) / 16 : 0)
      }
    }

    private static func wrongShape(_ array: NPYFile, _ slot: InputSlot) -> DataSetError {
      let whole = slot.shape.extents
      let expected = ["N"] + (whole.first == 1 ? whole.dropFirst() : whole[...]).map(String.init)
      return DataSetError(
        file: array.name,
        message: "the array is [\(array.shape.map(String.init).joined(separator: ", "))]; the model's input "
          + "\"\(slot.name)\" is [\(whole.map(String.init).joined(separator: ", "))] and takes "
          + "[\(expected.joined(separator: ", "))] with N samples, one or more")
    }
  }

  /// Opens a data set.
  ///
  /// - Parameters:
  ///   - path: An .npy file; or an .npz file with an array for each input, by the input's name or by `arr_0`, `arr_1`…
  ///   - slots: The model's inputs.
  /// - Throws: `ArrayError` for a file that cannot be read, ``DataSetError`` for one that does not fit the model.
  package init(contentsOf path: String, for slots: [InputSlot]) throws {
    guard slots.count != 1 || !path.hasSuffix(".npz") else {
      let archive = try NPZFile(contentsOf: path)
      // A single array is meant whatever its name is.
      let name = archive.arrayNames.count == 1 ? archive.arrayNames[0] : nil
      try self.init(
        arrays: [name.map(archive.array) ?? DataSet.array(of: slots[0], 0, in: archive)], for: slots, name: path)
      return
    }
    if slots.count == 1 {
      try self.init(arrays: [NPYFile.open(path)], for: slots, name: path)
    } else {
      guard path.hasSuffix(".npz") else {
        let names = slots.map { "\"\($0.name)\"" }.joined(separator: ", ")
        throw DataSetError(
          file: path,
          message: "the model has \(slots.count) inputs (\(names)); give an .npz file with an array for each")
      }
      let archive = try NPZFile(contentsOf: path)
      let arrays = try slots.enumerated().map { try DataSet.array(of: $1, $0, in: archive) }
      try self.init(arrays: arrays, for: slots, name: path)
    }
  }

  /// Opens a data set for a model with one input from the bytes of an .npy file.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What messages call it.
  ///   - slot: The model's input.
  /// - Throws: `ArrayError` for damaged bytes, ``DataSetError`` for an array that does not fit the model.
  package init(bytes: [UInt8], name: String, for slot: InputSlot) throws {
    try self.init(arrays: [NPYFile(bytes: bytes, name: name)], for: [slot], name: name)
  }

  /// No samples.
  static let empty = DataSet()

  private init() { (name, count, columns) = ("", 0, []) }

  /// Opens a data set of arrays that are at hand.
  ///
  /// - Parameters:
  ///   - arrays: One for each input, in order.
  ///   - slots: The model's inputs.
  ///   - name: What messages call the data.
  /// - Throws: ``DataSetError`` for arrays that do not fit the model.
  package init(arrays: [NPYFile], for slots: [InputSlot], name: String) throws {
    var columns: [Column] = []
    for (array, slot) in zip(arrays, slots) { columns.append(try Column(array, slot)) }
    let counts = columns.map(\.array.sampleCount)
    guard let count = counts.first, counts.allSatisfy({ $0 == count }) else {
      throw DataSetError(
        file: name,
        message: "the arrays hold \(counts.map(String.init).joined(separator: ", ")) samples; all must hold as many")
    }
    self.name = name
    self.count = count
    self.columns = columns
  }

  /// The array of an archive that belongs to an input.
  private static func array(of slot: InputSlot, _ position: Int, in archive: NPZFile) throws -> NPYFile {
    if archive.arrayNames.contains(slot.name) { return try archive.array(slot.name) }
    if archive.arrayNames.contains("arr_\(position)") { return try archive.array("arr_\(position)") }
    throw DataSetError(
      file: archive.name,
      message: "there is no array for the input \"\(slot.name)\"; name it so, or arr_\(position). "
        + "The archive holds: \(archive.arrayNames.joined(separator: ", "))")
  }

  /// What each input's array means, with the input's name.
  package var meanings: [(input: String, meaning: InputMeaning)] { columns.map { ($0.slot.name, $0.meaning) } }

  /// For each input how much of the samples that were read so far lies outside of what it can hold.
  package var clippings: [InputClipping] {
    columns.compactMap { column in
      guard let tally = column.tally, let held = column.conversion.clippingRange else { return nil }
      let sum = tally.sum
      return InputClipping(
        input: column.slot.name, given: column.array.elementType, elements: sum.elements, clipped: sum.clipped,
        seen: sum.clipped > 0 ? sum.low...sum.high : nil, held: held, narrow: tally.narrow,
        made: column.slot.readers.lineages.first?.first?.format.held ?? held)
    }
  }

  /// The indices of chosen samples.
  ///
  /// - Parameter subset: The choice.
  /// - Returns: At least one index, ascending.
  /// - Throws: ``DataSetError`` when the choice is empty.
  package func indices(of subset: Subset) throws(DataSetError) -> SampleIndices {
    let indices = subset.chosen(of: count)
    guard !indices.isEmpty else {
      throw DataSetError(
        file: name, message: "the chosen subset of its \(count) samples is empty; choose fewer to skip")
    }
    return indices
  }

  /// One sample, as the program takes it.
  ///
  /// - Parameter index: 0 to ``count`` − 1.
  /// - Returns: For each input its elements in row-major order, float32 as bit patterns.
  /// - Throws: ``DataSetError`` for NaN and for integers out of range, `ArrayError` for damaged files.
  package func sample(_ index: Int) throws -> [[Int32]] {
    try columns.map { try $0.conversion.apply($0.array, sample: index, $0.slot.format.type, $0.tally) }
  }

  /// Sets all inputs of a session's next run to one sample.
  ///
  /// - Parameters:
  ///   - index: 0 to ``count`` − 1.
  ///   - session: A session of an engine for the model.
  ///   - scratch: Memory that is used again for the next sample.
  /// - Throws: As ``sample(_:)``, and `SimulationError`.
  func load(_ index: Int, into session: any EngineSession, _ scratch: inout [UInt8]) throws {
    for (position, column) in columns.enumerated() {
      let (type, tally) = (column.slot.format.type, column.tally)
      let isDone = try column.conversion.load(
        column.array, sample: index, into: session, position, type, tally, &scratch)
      if !isDone {
        try session.setInput(position, to: column.conversion.apply(column.array, sample: index, type, tally))
      }
    }
  }
}
