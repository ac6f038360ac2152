internal import Arrays
internal import NetworkModel
internal import Reports
internal import Simulation
internal import Workflows

/// Writes what tensors held, sample by sample: `DIR/<sample>/<tensor>.npy`, and `DIR/tensors.json` to explain them.
struct TraceWriter: Sendable {
  /// Which values an engine has to keep.
  let selection: TraceSelection
  private let folder: String
  private let tensors: [Int: StoredValue]

  /// Checks that the trace can be written, and begins it.
  ///
  /// - Parameters:
  ///   - folder: The destination: new, empty, or with a former trace.
  ///   - wanted: The tensors to keep, as the user wrote them; none keeps all.
  ///   - program: What is run.
  ///   - network: Where the program came from.
  /// - Throws: ``UsageError`` for no index of a tensor, ``InputError`` for tensors and folders that cannot be used.
  init(_ folder: String, tensors wanted: [String], program: Program, network: Network) throws {
    let traced = Set(program.inputs + program.steps.map(\.output))
    var chosen: Set<Int> = []
    for text in wanted {
      guard let index = Int(text), network.tensors.indices.contains(index) else {
        throw UsageError("--tensor is \"\(text)\"; allowed are the indices 0 to \(network.tensors.count - 1)")
      }
      guard traced.contains(index) else {
        throw InputError("\(network.label(ofTensor: index)) is a constant or unused; a trace holds what a run computes")
      }
      chosen.insert(index)
    }
    let contents = Folder.contents(folder) ?? []
    guard contents.isEmpty || contents.contains("tensors.json") else {
      throw InputError(
        "\(folder): the folder holds other files; name a new one, an empty one or that of a former trace")
    }
    try OutputFolder.create(folder)
    Self.removeSamples(folder, contents)
    self.folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    selection = chosen.isEmpty ? .all : .only(chosen)
    let kept = chosen.isEmpty ? traced : chosen
    tensors = Dictionary(uniqueKeysWithValues: kept.map { ($0, StoredValue(program.values[$0])) })
    let rows = kept.sorted().map { TensorRow($0, program, network) }
    try AtomicFile.write(JSONText.encode(rows) + "\n", to: "\(self.folder)/tensors.json")
  }

  /// Deletes the samples of a trace: a former one would mix with a new one.
  private static func removeSamples(_ folder: String, _ contents: [String]) {
    let isNumber = { (name: Substring) in name.count >= 5 && name.allSatisfy { ("0"..."9").contains($0) } }
    for sample in contents where isNumber(sample[...]) {
      for file in Folder.contents("\(folder)/\(sample)") ?? []
      where file.hasSuffix(".npy") && isNumber(file.dropLast(4)) {
        Folder.remove("\(folder)/\(sample)/\(file)")
      }
      if Folder.contents("\(folder)/\(sample)")?.isEmpty == true { Folder.remove("\(folder)/\(sample)") }
    }
  }

  /// Writes what one run kept.
  func write(_ trace: [Int: [Int32]], sample: Int) throws {
    let place = "\(folder)/\(Self.fiveDigits(sample))"
    try OutputFolder.create(place)
    for (index, elements) in trace {
      try tensors[index]?.write(elements, to: "\(place)/\(Self.fiveDigits(index)).npy")
    }
  }

  /// Deletes what was written, after a run that failed.
  func discard() {
    Self.removeSamples(folder, Folder.contents(folder) ?? [])
    Folder.remove("\(folder)/tensors.json")
  }

  private static func fiveDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}

/// One row of `tensors.json`.
private struct TensorRow: Encodable {
  let index: Int
  let name: String
  /// The operator that writes the tensor; `null` for an input.
  let `operator`: String?
  let operatorIndex: Int?
  let type: String
  let shape: [Int]
  let scales: [Float]
  let zeroPoints: [Int64]

  init(_ index: Int, _ program: Program, _ network: Network) {
    let tensor = network.tensors[index]
    let step = program.steps.first { $0.output == index }
    self.index = index
    name = tensor.name
    self.operator = step?.name
    operatorIndex = step?.node
    type = tensor.type.rawValue
    shape = tensor.shape.extents
    scales = tensor.quantization?.scales ?? []
    zeroPoints = tensor.quantization?.zeroPoints ?? []
  }

  private enum CodingKeys: String, CodingKey {
    case index, name, `operator`, operatorIndex, type, shape, scales, zeroPoints
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(index, forKey: .index)
    try container.encode(name, forKey: .name)
    // An absent key would surprise whoever reads the file; null is said.
    try container.encode(self.operator, forKey: .operator)
    try container.encode(operatorIndex, forKey: .operatorIndex)
    try container.encode(type, forKey: .type)
    try container.encode(shape, forKey: .shape)
    try container.encode(scales, forKey: .scales)
    try container.encode(zeroPoints, forKey: .zeroPoints)
  }
}
