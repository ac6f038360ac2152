package import Arrays
internal import NetworkModel

/// What the elements of an array stand for.
///
/// It is decided once, by ``InputReaders/meaning(of:)``, for all models that get the array.
package struct InputMeaning: Hashable, Sendable {
  /// What the elements are.
  package enum Kind: String, Hashable, Sendable {
    /// Real numbers, which each model quantizes by its own scale.
    case real
    /// Bytes of images, as a model takes them.
    case images
    /// Integers of a model's input.
    case integers
  }

  /// Integers as a model takes them.
  package struct Reading: Hashable, Sendable {
    /// The model, and what its input takes.
    package let reader: InputReader
    /// What is taken from an element to make it the model's integer: 128, −128 or 0.
    package let shift: Int64

    /// The real size of one step; `nil` where nobody knows it.
    package var scale: Float? { reader.format.quantization?.scale }

    /// The element of the array that stands for 0; `nil` where nobody knows it.
    package var zeroPoint: Int64? { reader.format.quantization.map { $0.zeroPoint + shift } }

    /// Whether both stand for the same real numbers, as far as that is known.
    func isSame(as other: Reading) -> Bool {
      guard let scale, let otherScale = other.scale else { return reader.format.type == other.reader.format.type }
      return scale == otherScale && zeroPoint == other.zeroPoint
    }

    /// The model with its parameters, in words.
    fileprivate var words: String {
      let type = reader.format.type
      let shifted = shift == 0 ? "" : ", whose \(type) is the element \(shift > 0 ? "− 128" : "+ 128")"
      return "\(reader.model)\(shifted)" + (scale.map { " (scale \($0), zero point \(zeroPoint ?? 0))" } ?? "")
    }
  }

  /// What the elements might stand for as well.
  package struct Rival: Hashable, Sendable {
    /// Whose integers they would be.
    package let reading: Reading
    /// What a user says to mean that.
    package let choice: InputReaders.Choice
  }

  /// The type of the array's elements.
  package let given: NPYType
  /// Whose integers they are; `nil` for real numbers.
  package let reading: Reading?
  /// What they might be as well; `nil` where there was nothing to choose.
  package let rival: Rival?

  init(given: NPYType, reading: Reading?, rival: Rival?) {
    self.given = given
    self.reading = reading
    self.rival = rival
  }

  /// What the elements are.
  package var kind: Kind {
    guard let reading else { return .real }
    return given == .uint8 && [.int8, .uint8].contains(reading.reader.format.type) ? .images : .integers
  }

  /// The decision in words.
  package var sentence: String {
    guard let reading else { return "\(given) is taken as real numbers" }
    return "\(given) is taken as \(kind.rawValue) for \(reading.words)"
  }

  /// What else there was to choose, in words without the option that chooses it; `nil` where there was nothing.
  package var alternative: String? { rival.map { "as those of \($0.reading.words)" } }
}
