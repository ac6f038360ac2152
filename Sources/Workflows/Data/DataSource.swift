package import Arrays
package import Exploration

/// Where samples come from, before it is known which model gets them.
package struct DataSource: Sendable {
  private enum Storage {
    case file
    case arrays([(input: String?, array: NPYFile)])
  }

  /// What messages call it: the file's path, or a name.
  package let name: String
  private let storage: Storage

  /// An .npy or .npz file.
  package static func file(_ path: String) -> DataSource { DataSource(name: path, storage: .file) }

  /// Arrays in memory, each for the input of its name; those without a name in the order of the inputs.
  package static func arrays(_ arrays: [(input: String?, array: NPYFile)], name: String) -> DataSource {
    DataSource(name: name, storage: .arrays(arrays))
  }

  /// Opens the samples for a model's inputs.
  ///
  /// - Throws: `ArrayError` for a file that cannot be read, `DataSetError` for data that do not fit the model.
  package func open(for slots: [InputSlot]) throws -> DataSet {
    guard case .arrays(let arrays) = storage else { return try DataSet(contentsOf: name, for: slots) }
    guard arrays.count == slots.count else {
      let names = slots.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw DataSetError(
        file: name, message: "there are \(arrays.count) arrays; the model has \(slots.count) inputs: \(names)")
    }
    let chosen = try slots.enumerated().map { place, slot in
      if arrays[place].input == nil { return arrays[place].array }
      guard let found = arrays.first(where: { $0.input == slot.name }) else {
        throw DataSetError(file: name, message: "there is no array for the input \"\(slot.name)\"")
      }
      return found.array
    }
    return try DataSet(arrays: chosen, for: slots, name: name)
  }
}
