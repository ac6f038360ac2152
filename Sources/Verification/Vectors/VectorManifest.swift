internal import FixedPoint
internal import HardwareProfile
internal import Simulation

/// What `manifest.json` says: which machine, which data, and each file with all that is needed to read it.
package struct VectorManifest: Encodable, Sendable {
  /// What the first member of a manifest says.
  package static let formatName = "bitexact-vectors"

  /// ``formatName``.
  package let format = VectorManifest.formatName
  /// The version of this description.
  package let version = 1
  /// How the elements stand in the files.
  package let encoding: VectorEncoding
  /// The model.
  package let model: Model
  /// The machine.
  package let profile: String
  /// The digest of the program whose steps these are.
  package let programDigest: String
  /// Which samples of the data, in the order of the leading axis.
  package let samples: [Int]
  /// Each file beside the manifest, sorted.
  package let files: [String]
  /// The operators, in the order in which they run.
  package let operators: [Operator]
  /// The files of elements.
  let arrays: [String]

  /// The file that includes all others where they are C headers.
  package static let headerName = "vectors.h"

  private enum CodingKeys: String, CodingKey {
    case format, version, encoding, model, profile, programDigest, samples, files, operators
  }

  /// The content of ``headerName``; `nil` for vectors that are no headers.
  package var header: String? {
    guard encoding == .c else { return nil }
    let includes = arrays.map { "#include \"\($0)\"\n" }.joined()
    return "#ifndef BITEXACT_VECTORS_H\n#define BITEXACT_VECTORS_H\n\n\(includes)\n#endif\n"
  }

  /// Where the vectors come from.
  package struct Model: Encodable, Sendable {
    /// The file's name.
    package let file: String
    /// The SHA-256 of the file in hexadecimal.
    package let sha256: String

    /// Names a model.
    package init(file: String, sha256: String) {
      self.file = file
      self.sha256 = sha256
    }
  }

  /// One operator.
  package struct Operator: Encodable, Sendable {
    /// The file's index.
    let index: Int
    /// Which of the operator's steps, where there is one for each of several outputs.
    let part: Int?
    let name: String
    let placement: String
    let inputs: [Operand]
    var convolution: ConvolutionParameters?
    var weights: Operand?
    var bias: VectorArray?
    var addition: [Alignment]?
    var pooling: PoolingParameters?
    var table: Table?
    var register: Register?
    var accumulators: VectorArray?
    /// Why there are no accumulators, where the operator has a register.
    var accumulatorsOmitted: String?
    var requantization: OutputParameters?
    let outputs: Operand
    var testbenches: [String]?
  }

  /// What an operator reads or writes.
  struct Operand: Encodable {
    /// The tensor's index and name in the model.
    let tensor: Int
    let name: String
    let array: VectorArray
    /// The integer that stands for zero; absent for float32.
    let zeroPoint: Int64?
    let scales: [Float]
    let isConstant: Bool

    private enum CodingKeys: String, CodingKey { case tensor, name, zeroPoint, scales, isConstant }

    /// Encodes the array's members beside its own.
    func encode(to encoder: any Encoder) throws {
      try array.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(tensor, forKey: .tensor)
      try container.encode(name, forKey: .name)
      try container.encodeIfPresent(zeroPoint, forKey: .zeroPoint)
      try container.encode(scales, forKey: .scales)
      try container.encode(isConstant, forKey: .isConstant)
    }
  }

  /// A function of one integer.
  struct Table: Encodable {
    /// The input that the first entry belongs to.
    let first: Int32
    /// The results; those of a table to float32 are bit patterns.
    let entries: VectorArray
  }

  /// The register that adds.
  struct Register: Encodable {
    let bits: Int
    let overflow: String
    /// After how many products the register checks; absent where it does at the end only.
    let productsPerCheck: Int?
    let startsFromBias: Bool

    init(_ rule: AccumulatorRule) {
      bits = rule.format.bits
      overflow = rule.overflow.rawValue
      productsPerCheck = rule.productsPerCheck
      startsFromBias = rule.startsFromBias
    }
  }

  /// One operand of an addition on its way to the common scale.
  struct Alignment: Encodable {
    /// Subtracted first.
    let zeroPoint: Int64
    let stages: [Stage]
  }

  /// From the register to the output.
  struct OutputParameters: Encodable {
    /// How many entries the files of numbers have: one for each channel (the last axis), or one for all.
    let channels: Int
    let stages: [Stage]
    /// Added after the last stage.
    let zeroPoint: Int64
    /// The clamp, after the zero point.
    let low: Int64
    let high: Int64
  }

  /// One stage of a requantization.
  struct Stage: Encodable {
    let operation: String
    var rounding: String?
    var format: String?
    /// The significand's width of a floating-point factor.
    var precision: Int?
    var numbers: VectorArray?
    var exponents: VectorArray?
    /// What a line in floating point adds; the result below all thresholds.
    var offsets: VectorArray?
  }
}
