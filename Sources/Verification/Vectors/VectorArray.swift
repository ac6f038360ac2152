internal import FixedPoint
package import Simulation

/// How golden vectors stand in files; the raw values are what `--format` takes.
package enum VectorEncoding: String, CaseIterable, Sendable, Encodable {
  /// NumPy arrays.
  case npy
  /// One element a line for `$readmemh`, in two's complement of the stated width.
  case hex
  /// Headers with constant arrays.
  case c
  /// As ``hex``, with testbenches in SystemVerilog.
  case sv

  /// What the names of arrays end with.
  package var fileExtension: String {
    switch self {
    case .npy: "npy"
    case .hex, .sv: "hex"
    case .c: "h"
    }
  }
}

/// One file of golden vectors: an array in row-major order.
package struct VectorArray: Hashable, Sendable {
  /// The path from the folder of all vectors.
  package let file: String
  /// The extents; what depends on the data has the samples in front.
  package let shape: [Int]
  /// What the elements are.
  package let kind: Value.Kind
  /// What the axes count, where the tensor's shape does not say it.
  package let axes: [String]?

  /// Describes a file.
  package init(file: String, shape: [Int], kind: Value.Kind, axes: [String]? = nil) {
    self.file = file
    self.shape = shape
    self.kind = kind
    self.axes = axes
  }

  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// The width of an element.
  package var bits: Int {
    switch kind {
    case .integer(let format): format.bits
    case .float32Bits: 32
    }
  }

  /// Whether elements may be negative.
  package var isSigned: Bool {
    switch kind {
    case .integer(let format): format.isSigned
    case .float32Bits: true
    }
  }

  /// The name of the elements' type.
  package var type: String {
    switch kind {
    case .integer(let format): format.name
    case .float32Bits: "float32"
    }
  }
}

extension VectorArray: Encodable {
  private enum CodingKeys: String, CodingKey { case file, shape, axes, type, bits, signed }

  /// Encodes what a reader of the file needs to know.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(file, forKey: .file)
    try container.encode(shape, forKey: .shape)
    try container.encodeIfPresent(axes, forKey: .axes)
    try container.encode(type, forKey: .type)
    try container.encode(bits, forKey: .bits)
    try container.encode(isSigned, forKey: .signed)
  }
}

/// Why an operator has no vectors.
package struct VectorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  package let description: String

  /// Creates an error.
  package init(_ description: String) { self.description = description }
}
