/// A softmax of 8-bit integers in float32: a table of exponentials, a sum in the order of the row, one reciprocal.
///
/// The table is made where a program is made and held as bit patterns; what follows is IEEE 754 arithmetic whose every
/// operation rounds to float32.
///
/// Source: `optimized_ops::Softmax` and `QuantizeSoftmaxOutput` in TensorFlow Lite's
/// `kernels/internal/optimized/optimized_ops.h`, as compiled for x86-64.
public struct FloatSoftmax: Hashable, Sendable, Codable {
  /// The bit patterns of the exponentials of 0, −1, … −255 steps of the input.
  public let exponentialBits: [UInt32]
  /// The bit pattern of the output's scale.
  public let outputScaleBits: UInt32

  /// Creates a softmax.
  ///
  /// - Parameters:
  ///   - exponentials: The exponentials of 0, −1, … −255 steps of the input, the first of which is 1.
  ///   - outputScale: The output's scale.
  /// - Precondition: There are 256 exponentials from 0 to 1, the first is 1, and the scale is a positive number.
  public init(exponentials: [Float], outputScale: Float) {
    precondition(FloatSoftmax.isSound(exponentials, outputScale), "a softmax has 256 exponentials of at most 1")
    exponentialBits = exponentials.map(\.bitPattern)
    outputScaleBits = outputScale.bitPattern
  }

  private static func isSound(_ exponentials: [Float], _ outputScale: Float) -> Bool {
    exponentials.count == 256 && exponentials[0] == 1 && exponentials.allSatisfy { $0 >= 0 && $0 <= 1 }
      && outputScale.isNormal && outputScale > 0
  }

  /// The softmax of one row.
  ///
  /// - Parameters:
  ///   - row: Stored integers of 8 bits.
  ///   - format: The 8-bit output format; its minimum is the zero point.
  /// - Returns: As many stored integers.
  public func callAsFunction(_ row: ArraySlice<Int32>, format: IntegerFormat) -> [Int32] {
    guard let largest = row.max() else { return [] }
    var sum: Float = 0
    for x in row { sum += exponential(largest - x) }
    let reciprocal = reciprocal(ofSum: sum)
    return row.map { FloatSoftmax.result(exponential(largest - $0) * reciprocal, format) }
  }

  /// The exponential of an element that lies so many steps below the largest one of its row.
  public func exponential(_ difference: Int32) -> Float { Float(bitPattern: exponentialBits[Int(difference)]) }

  /// What exponentials are multiplied by to give steps of the output.
  public func reciprocal(ofSum sum: Float) -> Float { 1 / (sum * Float(bitPattern: outputScaleBits)) }

  /// The stored integer for a number of steps of the output, which is not negative.
  ///
  /// Signed results round ties away from zero; to unsigned ones a half is added in float32 and the fraction dropped.
  @inlinable
  public static func result(_ steps: Float, _ format: IntegerFormat) -> Int32 {
    let rounded = format.isSigned ? steps.rounded(.toNearestOrAwayFromZero) : (steps + 0.5).rounded(.towardZero)
    // A row's largest quotient is about 256; a scale other than 1/256 moves it by a tenth of a percent.
    return min(Int32(min(rounded, 1024)) + Int32(format.minimum), Int32(format.maximum))
  }
}

extension FloatSoftmax {
  private enum CodingKeys: String, CodingKey { case exponentialBits, outputScaleBits }

  /// Decodes a softmax and refuses a table that is none.
  ///
  /// - Parameter decoder: The decoder to read from.
  /// - Throws: `DecodingError` for a missing or malformed part or a table without 256 exponentials from 1 down.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let exponentials = try container.decode([UInt32].self, forKey: .exponentialBits).map { Float(bitPattern: $0) }
    let scale = Float(bitPattern: try container.decode(UInt32.self, forKey: .outputScaleBits))
    guard FloatSoftmax.isSound(exponentials, scale) else {
      throw DecodingError.dataCorruptedError(
        forKey: .exponentialBits, in: container, debugDescription: "a softmax has 256 exponentials of at most 1")
    }
    self.init(exponentials: exponentials, outputScale: scale)
  }
}
