internal import NetworkModel
internal import Arrays
internal import DemoModel
internal import Synchronization
internal import Verification
internal import Workflows

/// A quantized model in the format of TensorFlow Lite.
///
/// ```swift
/// let model = try Model(contentsOf: "model.tflite")
/// for input in model.inputs { print(input.name, input.shape, input.elementType) }
/// ```
///
/// A file may hold several graphs that a caller can run. The first one is meant unless a signature says otherwise;
/// ``Requantizer`` rewrites all of them, ``Verifier`` checks all of them unless a signature is named.
public struct Model: Sendable {
  let loaded: LoadedModel
  /// What a user should know of the file: graphs that are not used, operators that are left out, sizes that are open.
  public let notes: [String]

  /// Reads a model from a file.
  ///
  /// - Parameters:
  ///   - path: The file's path.
  ///   - signature: The signature, or else the subgraph, that is meant; `nil` for the first one.
  ///   - inputShapes: The extents of inputs whose sizes the file leaves open, by the input's name.
  /// - Throws: ``BitexactError/file(_:)`` where there is no such file or it is no model, ``BitexactError/model(_:)`` for one
  ///   that cannot be used.
  public init(
    contentsOf path: String, signature: String? = nil, inputShapes: [String: [Int]] = [:]
  ) throws(BitexactError) {
    let bytes = try BitexactError.rethrowing(BitexactError.file) {
      try FileKind.check(path, as: .model)
      return try InputFile.bytes(path)
    }
    try self.init(read: bytes, path, signature, inputShapes)
  }

  /// Reads a model from its bytes.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What messages and the provenance of models made from this one call it.
  ///   - signature: The signature, or else the subgraph, that is meant; `nil` for the first one.
  ///   - inputShapes: The extents of inputs whose sizes the file leaves open, by the input's name.
  /// - Throws: As ``init(contentsOf:signature:inputShapes:)``.
  public init(
    bytes: [UInt8], name: String = "model.tflite", signature: String? = nil, inputShapes: [String: [Int]] = [:]
  ) throws(BitexactError) {
    try BitexactError.rethrowing(BitexactError.file) { try FileKind.check(bytes, name, as: .model) }
    try self.init(read: bytes, name, signature, inputShapes)
  }

  private init(
    read bytes: [UInt8], _ path: String, _ signature: String?, _ inputShapes: [String: [Int]]
  ) throws(BitexactError) {
    let notes = Notes()
    var selection = ModelSelection()
    selection.signature = signature
    selection.shapes = inputShapes.sorted { $0.key < $1.key }.map { (name: $0.key, extents: $0.value) }
    selection.isQuiet = false
    selection.notices = notes.notices
    loaded = try BitexactError.rethrowing(BitexactError.model) {
      try LoadedModel(bytes: bytes, path: path, selection.usingAll())
    }
    self.notes = notes.all
  }

  /// The built-in example: a small classifier of handwritten digits, uint8, as quantization-aware training made it.
  ///
  /// ``Samples/demo`` are images for it.
  public static var demo: Model {
    do {
      let file = DemoModel.File.uint8Model
      return try Model(bytes: DemoModel.bytes(of: file), name: file.rawValue)
    } catch {
      preconditionFailure("the built-in model cannot be read: \(error)")
    }
  }

  /// The file's path, or the name that was given.
  public var name: String { loaded.path }

  /// The file, byte for byte.
  public var bytes: [UInt8] { loaded.bytes }

  /// The SHA-256 of the file in hexadecimal.
  public var sha256: String { loaded.digest() }

  /// The tensors that a caller sets, in order.
  public var inputs: [TensorDescription] { loaded.network.inputs.map { TensorDescription($0, of: loaded.network) } }

  /// The tensors that a caller reads, in order.
  public var outputs: [TensorDescription] { loaded.network.outputs.map { TensorDescription($0, of: loaded.network) } }

  /// The operators, in the order in which they run.
  public var operators: [OperatorDescription] {
    loaded.network.nodes.indices.map { OperatorDescription($0, of: loaded.network) }
  }

  /// The profile that a re-quantized model carries; `nil` for any other model, which runs as TensorFlow Lite's kernels do.
  public var profile: Profile? { loaded.ownProfile.map { Profile($0) } }

  /// The record that a re-quantized model carries, as JSON: its source, profile, passes and program digest; `nil` for any
  /// other model.
  public var provenance: String? {
    loaded.provenance.record.map { $0.json() }
  }

  /// Writes the file; a reader sees the old content or the new, and an error leaves the old.
  ///
  /// - Parameter path: The destination.
  /// - Throws: ``BitexactError/file(_:)``.
  public func write(to path: String) throws(BitexactError) {
    do throws(ArrayError) {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw .file([error.description])
    }
  }
}

/// Collects what is told.
final class Notes: Sendable {
  private let list = Mutex<[String]>([])

  /// Collects notes and warnings alike.
  var notices: Notices { Notices(note: { self.add($0) }, warn: { self.add($0) }) }

  /// What was told so far, each once.
  var all: [String] { list.withLock { $0 } }

  private func add(_ text: String) {
    list.withLock { list in if !list.contains(text) { list.append(text) } }
  }
}
