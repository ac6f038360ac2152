internal import Arrays
package import NetworkModel
package import TFLite

/// The sizes of a graph's inputs: the file's, or where it leaves them open those that the user or the data give.
package struct InputShapes: Sendable {
  /// Other extents than the file's, by tensor.
  package private(set) var chosen: [Int: [Int]] = [:]
  /// For each input whose sizes nobody gives what to do about it: the file has only placeholders.
  package private(set) var open: [String] = []

  /// The inputs of a graph.
  package typealias Inputs = [(index: Int, tensor: Tensor, aliases: [String])]

  /// Finds the sizes of all inputs of a subgraph.
  ///
  /// - Parameters:
  ///   - selection: What the user says.
  ///   - file: The model.
  ///   - subgraph: The subgraph.
  ///   - path: The model's path.
  /// - Throws: ``InputError`` for a shape or an array that does not fit.
  package init(_ selection: ModelSelection, _ file: TFLiteFile, _ subgraph: Int, _ path: String) throws(InputError) {
    let inputs = file.inputs(of: subgraph)
    for (name, extents) in selection.shapes { try take(extents, name, inputs, selection, path) }
    for (place, input) in inputs.enumerated() where chosen[input.index] == nil && !input.tensor.freeSizes.isEmpty {
      if let leader = selection.leader, leader.indices.contains(place), input.tensor.allows(leader[place]) {
        chosen[input.index] = leader[place]
      } else if let data = selection.data {
        try take(data, place, inputs, path)
      }
      if chosen[input.index] == nil && !input.tensor.placeholderAxes.isEmpty { open.append(Self.advice(input, inputs)) }
    }
  }

  /// Takes a shape that the user gives.
  private mutating func take(
    _ extents: [Int], _ name: String?, _ inputs: Inputs, _ selection: ModelSelection, _ path: String
  ) throws(InputError) {
    let list = inputs.map { "\"\($0.tensor.name)\"" }.joined(separator: ", ")
    let found: Inputs.Element?
    if let name {
      found = inputs.first { $0.tensor.name == name } ?? inputs.first { $0.aliases.contains(name) }
      if found == nil && selection.isShared { return }
    } else {
      found = inputs.count == 1 ? inputs[0] : nil
    }
    guard let (index, tensor, _) = found else {
      throw InputError(
        "\(path): --input-shape \(name.map { "names \"\($0)\", and the inputs are \(list)" } ?? "needs a name: the inputs are \(list)")"
      )
    }
    guard tensor.allows(extents) else {
      // Beside another model's, a shape that cannot be this one's is the other's.
      if selection.isShared && tensor.freeAxes.isEmpty { return }
      let words = extents.map(String.init).joined(separator: ",")
      throw InputError(
        "\(path): --input-shape \(words) does not fit the input \"\(tensor.name)\", which is \(Self.open(tensor))"
          + (tensor.freeAxes.isEmpty ? " and has no free sizes" : "; only what is free can be chosen"))
    }
    chosen[index] = extents
  }

  /// Takes the shape of one sample of the data.
  private mutating func take(_ data: String, _ place: Int, _ inputs: Inputs, _ path: String) throws(InputError) {
    let (index, tensor, _) = inputs[place]
    // What cannot be read is told by who reads the data.
    guard let array = Self.array(data, place, inputs), array.shape.count > 0 else { return }
    let sample = array.sampleShape
    let single = [1] + sample
    if sample.count + 1 == tensor.shape.rank, tensor.allows(single) {
      chosen[index] = single
    } else if sample.count == tensor.shape.rank, tensor.allows(sample) {
      chosen[index] = sample
    } else {
      let wanted = tensor.openShape.split(separator: "×").map(String.init)
      let axes = ["N"] + (wanted.first == "1" ? wanted.dropFirst() : wanted[...])
      throw InputError(
        "\(array.name): the array is [\(array.shape.map(String.init).joined(separator: ", "))]; the input "
          + "\"\(tensor.name)\" of \(path) takes [\(axes.joined(separator: ", "))] with N samples and any sizes for the "
          + "question marks")
    }
  }

  /// The array for an input, if it can be told.
  private static func array(_ path: String, _ place: Int, _ inputs: Inputs) -> NPYFile? {
    guard path.hasSuffix(".npz") else { return inputs.count == 1 ? try? NPYFile.open(path) : nil }
    guard let archive = try? NPZFile(contentsOf: path) else { return nil }
    if inputs.count == 1 && archive.arrayNames.count == 1 { return try? archive.array(archive.arrayNames[0]) }
    let names = [inputs[place].tensor.name, "arr_\(place)"]
    return names.first(where: archive.arrayNames.contains).flatMap { try? archive.array($0) }
  }

  private static func open(_ tensor: Tensor) -> String {
    tensor.shape.extents.enumerated().map { tensor.freeAxes.contains($0) ? "?" : "\($1)" }.joined(separator: "×")
  }

  private static func advice(_ input: Inputs.Element, _ inputs: Inputs) -> String {
    let tensor = input.tensor
    let example = tensor.shape.extents.enumerated().map { axis, extent in
      tensor.placeholderAxes.contains(axis) ? (axis > 0 && tensor.shape.rank == 4 ? "224" : "64") : "\(max(extent, 1))"
    }
    let name = inputs.count == 1 ? "" : "\(tensor.name)="
    return
      "the input \"\(tensor.name)\" is \(tensor.openShape), its sizes are free, and \(tensor.shape) in the file is only "
      + "a placeholder; give sizes, such as --input-shape \(name)\(example.joined(separator: ",")), or data"
  }
}
