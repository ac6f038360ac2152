internal import Arrays
internal import DemoModel
internal import Exploration
internal import Workflows

/// Samples for a model: of files or arrays, all or some of them.
///
/// What the elements mean is decided when a model gets them, by one rule for all that this module does. Real numbers are
/// quantized by the input's scale and zero point. `UInt8` are images. Other integers are those of the model's input; for a
/// model that was made from another one, those of the model whose input has their type. ``Reading`` decides otherwise.
public struct Samples: Sendable {
  let source: DataSource
  let subset: Subset
  let reading: Reading

  /// Whose integers the elements are, where a model and its source might both be meant.
  public enum Reading: Sendable, Hashable, CaseIterable {
    /// As the rule decides.
    case automatic
    /// Those of the model from which the others were made.
    case source
    /// Those of the model that was made last.
    case own

    var choice: InputReaders.Choice {
      switch self {
      case .automatic: .automatic
      case .source: .source
      case .own: .own
      }
    }
  }

  /// Takes samples from a file; it is opened when a model gets them.
  ///
  /// - Parameters:
  ///   - path: An .npy file whose first axis counts the samples; or an .npz file with an array for each input, by the
  ///     input's name or by `arr_0`, `arr_1` …
  ///   - reading: Whose integers they are.
  /// - Throws: ``BitexactError/file(_:)`` for a file that is plainly something else.
  public init(contentsOf path: String, reading: Reading = .automatic) throws(BitexactError) {
    try BitexactError.rethrowing(BitexactError.file) { try FileKind.check(path, as: .array) }
    self.init(.file(path), Subset(), reading)
  }

  /// Takes samples from an array, for a model with one input.
  ///
  /// - Parameters:
  ///   - elements: The elements in row-major order.
  ///   - shape: The extents; the first one counts the samples.
  ///   - name: What messages and provenance call the samples.
  ///   - reading: Whose integers they are.
  /// - Throws: ``BitexactError/data(_:)`` where the elements do not fill the shape.
  public init<Element: SampleElement>(
    _ elements: [Element], shape: [Int], name: String = "samples in memory", reading: Reading = .automatic
  ) throws(BitexactError) {
    try self.init([SampleArray(elements, shape: shape)], name: name, reading: reading)
  }

  /// Takes samples from arrays, one for each input.
  ///
  /// - Parameters:
  ///   - arrays: The arrays, each with its input's name, or all without and in the order of the inputs.
  ///   - name: What messages and provenance call the samples.
  ///   - reading: Whose integers they are.
  /// - Throws: ``BitexactError/data(_:)`` where elements do not fill a shape.
  public init(
    _ arrays: [SampleArray], name: String = "samples in memory", reading: Reading = .automatic
  ) throws(BitexactError) {
    let files = try BitexactError.rethrowing(BitexactError.data) {
      try arrays.map { array in
        (input: array.input, array: try array.array(name))
      }
    }
    self.init(.arrays(files, name: name), Subset(), reading)
  }

  private init(_ source: DataSource, _ subset: Subset, _ reading: Reading) {
    (self.source, self.subset, self.reading) = (source, subset, reading)
  }

  /// The 360 images of the built-in example, which go with ``Model/demo``.
  public static var demo: Samples {
    do {
      let file = DemoModel.File.images
      let array = try NPYFile(bytes: DemoModel.bytes(of: file), name: file.rawValue)
      return Samples(.arrays([(input: nil, array: array)], name: file.rawValue), Subset(), .automatic)
    } catch {
      preconditionFailure("the built-in images cannot be read: \(error)")
    }
  }

  /// The digits that the images of ``demo`` show.
  public static var demoLabels: [Int] {
    do {
      return try Labels(bytes: DemoModel.bytes(of: .labels), name: DemoModel.File.labels.rawValue).classes
    } catch {
      preconditionFailure("the built-in labels cannot be read: \(error)")
    }
  }

  /// Some of the samples, chosen in this order.
  ///
  /// - Parameters:
  ///   - skip: Leaves out so many at the beginning.
  ///   - every: Of the others takes those whose index is a multiple of this.
  ///   - complement: Takes the others instead.
  ///   - count: Takes at most so many.
  /// - Returns: The samples; what was chosen before does not count.
  /// - Precondition: `every` and `count` are positive, `skip` is not negative.
  public func choosing(skip: Int = 0, every: Int = 1, complement: Bool = false, count: Int? = nil) -> Samples {
    Samples(source, Subset(skip: skip, every: every, complement: complement, limit: count), reading)
  }

  /// How many samples are chosen.
  ///
  /// - Parameter model: The model that gets them.
  /// - Returns: The number, at least one.
  /// - Throws: ``BitexactError/data(_:)`` where the samples do not fit the model.
  public func count(for model: Model) throws(BitexactError) -> Int {
    try BitexactError.rethrowing(BitexactError.data) { try opened(for: model.loaded).set.indices(of: subset).count }
  }

  /// One of the chosen samples in a model's own integers.
  ///
  /// - Parameters:
  ///   - position: Which of them, from 0.
  ///   - model: The model.
  /// - Returns: A tensor for each input.
  /// - Throws: ``BitexactError/data(_:)`` where there is no such sample, or the samples do not fit the model.
  public func tensors(_ position: Int, for model: Model) throws(BitexactError) -> [IntegerTensor] {
    try BitexactError.rethrowing(BitexactError.data) {
      let set = try opened(for: model.loaded).set
      let indices = try set.indices(of: subset)
      guard indices.indices.contains(position) else {
        throw BitexactError.data(["\(set.name): there is no sample \(position) of the \(indices.count) that are chosen"]
        )
      }
      return zip(try set.sample(indices[position]), model.inputs).map { IntegerTensor($0, $1) }
    }
  }

  /// The samples for a model alone.
  func opened(for model: LoadedModel, _ notices: Notices = .none) throws -> ModelData {
    try ModelData(source, for: model, reading.choice, notices)
  }
}
