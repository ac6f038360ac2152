internal import Arrays
internal import FixedPoint
internal import Simulation

/// The bytes of files with golden vectors: an opening, the elements in any number of pieces, a closing.
extension VectorEncoding {
  /// What stands before the elements.
  package func opening(_ array: VectorArray) -> [UInt8] {
    switch self {
    case .npy: return NPYWriter.header(of: array.arrayType, shape: array.shape)
    case .hex, .sv: return []
    case .c:
      let shape = array.shape.map(String.init).joined(separator: ", ")
      let text = """
        #ifndef \(array.guardName)
        #define \(array.guardName)

        #include <stdint.h>

        /* \(array.type), [\(shape)]\(array.kind == .float32Bits ? ", bit patterns" : "") */
        static const \(array.cType) \(array.symbol)[\(array.count)] = {

        """
      return Array(text.utf8)
    }
  }

  /// Some of the elements.
  ///
  /// - Parameters:
  ///   - values: The elements, float32 as bit patterns.
  ///   - array: What they belong to.
  /// - Returns: The bytes.
  package func body(_ values: [Int64], of array: VectorArray) -> [UInt8] {
    switch self {
    case .npy: array.native(values)
    case .hex, .sv: hexadecimal(values, bits: array.bits)
    case .c: initializers(values, isPattern: array.kind == .float32Bits)
    }
  }

  /// What stands behind the elements.
  package func closing(_ array: VectorArray) -> [UInt8] {
    self == .c ? Array("};\n\n#endif\n".utf8) : []
  }

  /// One element a line: its low bits, in as many digits as they need.
  private func hexadecimal(_ values: [Int64], bits: Int) -> [UInt8] {
    let digits = (bits + 3) / 4
    let mask = bits == 64 ? UInt64.max : (1 << UInt64(bits)) - 1
    let alphabet = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(values.count * (digits + 1))
    for value in values {
      let pattern = UInt64(bitPattern: value) & mask
      for digit in (0..<digits).reversed() { text.append(alphabet[Int(pattern >> UInt64(4 * digit) & 15)]) }
      text.append(UInt8(ascii: "\n"))
    }
    return text
  }

  /// Eight elements a line.
  private func initializers(_ values: [Int64], isPattern: Bool) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(values.count * 6)
    for (position, value) in values.enumerated() {
      text += Array((position % 8 == 0 ? "  " : " ").utf8)
      // The smallest 64-bit integer has no literal in C; and a pattern has no sign.
      let literal = value == .min ? "-INT64_MAX - 1" : isPattern ? "\(UInt32(truncatingIfNeeded: value))u" : "\(value)"
      text += Array("\(literal),".utf8)
      if position % 8 == 7 || position == values.count - 1 { text.append(UInt8(ascii: "\n")) }
    }
    return text
  }
}

extension VectorArray {
  /// The type in .npy files: the narrowest that holds the elements.
  var arrayType: NPYType {
    switch (kind, containerBits) {
    case (.float32Bits, _): .float32
    case (_, 8): isSigned ? .int8 : .uint8
    case (_, 16): isSigned ? .int16 : .uint16
    case (_, 32): isSigned ? .int32 : .uint32
    default: isSigned ? .int64 : .uint64
    }
  }

  /// The type in C.
  var cType: String { kind == .float32Bits ? "uint32_t" : "\(isSigned ? "" : "u")int\(containerBits)_t" }

  /// The name in C: the path without what a name must not hold.
  package var symbol: String { "vectors_" + (file.split(separator: ".").first ?? "").map(Self.letter).joined() }

  /// The name that keeps a header from being included twice.
  var guardName: String { "BITEXACT_\(symbol.uppercased())_H" }

  /// The width of the machine type that holds an element.
  private var containerBits: Int { [8, 16, 32].first { $0 >= bits } ?? 64 }

  private static func letter(_ character: Character) -> String {
    character.isASCII && (character.isLetter || character.isNumber) ? character.lowercased() : "_"
  }

  /// The elements' low bytes, in this machine's order as the opening says.
  fileprivate func native(_ values: [Int64]) -> [UInt8] {
    let places = Array(0..<containerBits / 8)
    let order = 1.littleEndian == 1 ? places : places.reversed()
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * order.count)
    for value in values {
      for place in order { bytes.append(UInt8(truncatingIfNeeded: value >> Int64(8 * place))) }
    }
    return bytes
  }
}
