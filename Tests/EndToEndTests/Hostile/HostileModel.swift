import NetworkModel
import TFLite
import TestSupport
import Testing

/// A model that was damaged by hand, and how the tool must refuse it.
struct HostileModel: Sendable, CustomTestStringConvertible {
  /// When a fault can be seen.
  enum Moment {
    /// When the file is read: `inspect` and `run` refuse it.
    case reading
    /// When the model is turned into what a machine does: `inspect` shows the model, `run` refuses it.
    case lowering
  }

  /// What was done to the model.
  let name: String
  /// When the fault shows.
  let moment: Moment
  /// A part of the line that the tool must print, so that the file is refused for the reason that is meant.
  let says: String
  /// The sound model, whose input fits the damaged one too.
  let base: HostileBase
  /// The damaged file.
  let bytes: @Sendable () throws -> [UInt8]

  var testDescription: String { name }

  /// A model whose tables are changed.
  init(
    _ name: String, _ says: String, _ base: HostileBase, at moment: Moment = .reading,
    _ damage: @escaping @Sendable (inout TFLiteFile) throws -> Void
  ) {
    self.init(made: name, says, base, at: moment) {
      var file = try base.file()
      try damage(&file)
      return try file.bytes()
    }
  }

  /// A model whose bytes are changed.
  init(raw name: String, _ says: String, _ damage: @escaping @Sendable (inout RawFlatBuffer) -> Void) {
    self.init(made: name, says, .convolution) {
      var raw = RawFlatBuffer(bytes: try HostileBase.convolution.file().bytes())
      damage(&raw)
      return raw.bytes
    }
  }

  /// A model that is made from nothing and takes the base's input.
  init(
    made name: String, _ says: String, _ base: HostileBase, at moment: Moment = .reading,
    _ bytes: @escaping @Sendable () throws -> [UInt8]
  ) {
    (self.name, self.moment, self.says, self.base, self.bytes) = (name, moment, says, base, bytes)
  }
}

/// Changes to the first subgraph.
extension TFLiteFile {
  mutating func graph(_ change: (inout Table) -> Void) {
    var graphs = model.tables("subgraphs")
    change(&graphs[0])
    model.set("subgraphs", graphs)
  }

  mutating func tensor(_ index: Int, _ change: (inout Table) -> Void) {
    graph { $0.change("tensors", index, change) }
  }

  mutating func node(_ index: Int, _ change: (inout Table) -> Void) {
    graph { $0.change("operators", index, change) }
  }

  /// Changes an operator's options.
  mutating func options(_ index: Int, _ change: (inout Table) -> Void) {
    node(index) { node in
      guard var options = node.table("builtinOptions") else { return }
      change(&options)
      node.set("builtinOptions", options)
    }
  }

  /// Changes a tensor's quantization.
  mutating func quantization(_ index: Int, _ change: (inout Table) -> Void) {
    tensor(index) { tensor in
      guard var quantization = tensor.table("quantization") else { return }
      change(&quantization)
      tensor.set("quantization", quantization)
    }
  }

  /// Replaces a tensor's one scale.
  mutating func scale(_ index: Int, _ scale: Float) { quantization(index) { $0.set("scale", floats: [scale]) } }

  /// Replaces the bytes of a constant.
  mutating func data(_ index: Int, _ change: (ArraySlice<UInt8>) -> [UInt8]) {
    let buffer = Int(model.tables("subgraphs")[0].tables("tensors")[index].integer("buffer"))
    model.change("buffers", buffer) { table in
      table.set("data", bytes: change(table.vector("data")?.bytes ?? [])[...])
    }
  }

  /// Replaces an int32 constant's numbers.
  mutating func numbers(_ index: Int, _ values: [Int64]) {
    data(index) { _ in Tensor.bytes(values, as: .int32) ?? [] }
  }
}

extension HostileModel {
  /// Those that are refused.
  static let all = flatBuffer + tensors + operators + arithmetic + graphs

  /// All of them, or some of every kind in the quick suite.
  static let chosen =
    TestScope.some(12, of: flatBuffer) + TestScope.some(12, of: tensors) + TestScope.some(12, of: operators)
    + TestScope.some(8, of: arithmetic) + TestScope.some(8, of: graphs)

  /// The undamaged models and those whose faults are none.
  static let strange = strangeModels
}

extension Table {
  /// Changes one table of a list.
  mutating func change(_ list: String, _ index: Int, _ change: (inout Table) -> Void) {
    var entries = tables(list)
    change(&entries[index])
    set(list, entries)
  }
}
