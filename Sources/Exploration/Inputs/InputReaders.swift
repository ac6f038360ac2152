package import Arrays
package import NetworkModel

/// The numbers that an input takes: their type, and how they stand for real numbers.
package struct InputFormat: Hashable, Sendable {
  /// The type of the stored elements.
  package var type: ElementType
  /// The scale and the zero point; `nil` where nobody knows them, or where they differ along an axis.
  package var quantization: Quantization?

  /// Describes an input's numbers; parameters that differ along an axis are not kept.
  package init(type: ElementType, quantization: Quantization?) {
    self.type = type
    self.quantization = quantization?.isPerAxis == true ? nil : quantization
  }
}

extension InputFormat {
  /// The real numbers that the input holds; `nil` where nobody knows its scale.
  var held: ClosedRange<Double>? { InputQuantizer(self)?.held }
}

/// A model for which data may have been made, at one of its inputs.
package struct InputReader: Hashable, Sendable {
  /// What messages call the model: its file.
  package var model: String
  /// What its input takes.
  package var format: InputFormat

  /// Describes a model's input.
  package init(model: String, format: InputFormat) {
    self.model = model
    self.format = format
  }

  /// How well a model takes the integers of an array, from the best.
  enum Fit: Int, Comparable {
    /// They have the type of its input.
    case exact
    /// They are bytes of the other signedness, shifted by 128.
    case shifted
    /// They may be integers of its input in another type.
    case loose

    static func < (a: Fit, b: Fit) -> Bool { a.rawValue < b.rawValue }
  }

  /// How well the model takes integers of a type; `nil` where it does not.
  func fit(_ given: NPYType) -> Fit? {
    if given.isFloatingPoint { return nil }
    switch (format.type, given) {
    case (.int8, .int8), (.uint8, .uint8), (.int16, .int16), (.uint16, .uint16), (.int32, .int32): return .exact
    case (.int8, .uint8), (.uint8, .int8): return .shifted
    case (.int16, _), (.uint16, _), (.int32, _), (.int4, _), (.uint4, _): return .loose
    default: return nil
    }
  }

  /// The model's integers as an array of a type holds them; `nil` where it does not take them.
  func reading(of given: NPYType) -> InputMeaning.Reading? {
    fit(given).map { fit in
      InputMeaning.Reading(reader: self, shift: fit == .shifted ? (given == .uint8 ? 128 : -128) : 0)
    }
  }
}

/// The models for which an array may have been made, and what the user says of it: all that decides what it means.
package struct InputReaders: Hashable, Sendable {
  /// Whose integers an array holds.
  package enum Choice: String, Hashable, Sendable {
    /// As ``InputReaders/meaning(of:)`` decides.
    case automatic
    /// Those of the model from which the others were made.
    case source
    /// Those of the model that was made last.
    case own
  }

  /// Families of models: in each the first source, then what was made of it, and what was made of that.
  ///
  /// The first family is that of the model against which others are measured.
  package var lineages: [[InputReader]]
  /// What the user says.
  package var choice: Choice

  /// Names the models.
  package init(_ lineages: [[InputReader]], choice: Choice = .automatic) {
    self.lineages = lineages
    self.choice = choice
  }

  /// Decides what an array means, for all models that get it: they get the same real numbers.
  ///
  /// - Real numbers are real numbers.
  /// - Bytes of `uint8` are images: of the first model of the family that takes bytes, where int8 is uint8 − 128.
  /// - Other integers are those of the first model whose input has their type: of the source where both a model and its
  ///   source have it, of the one that has it where only one does.
  /// - Bytes of `int8` that no model takes are those of the first model that takes `uint8`, shifted by 128.
  /// - Integers of a type that no input has are those of a wider input where every model could take them, and refused
  ///   otherwise.
  /// - Of two families that have nothing to do with each other, the one counts that has an input of the array's type; where
  ///   both have, the first one.
  ///
  /// - Parameter given: The type of the array's elements.
  /// - Returns: The decision; `nil` where no model takes integers of that type.
  package func meaning(of given: NPYType) -> InputMeaning? {
    if given.isFloatingPoint { return InputMeaning(given: given, reading: nil, rival: nil) }
    guard let reader = reader(of: given, choice), let reading = reader.reading(of: given) else { return nil }
    return InputMeaning(given: given, reading: reading, rival: rival(of: reading, reader.fit(given), given))
  }

  private func reader(of given: NPYType, _ choice: Choice) -> InputReader? {
    func takes(_ reader: InputReader) -> Bool { reader.fit(given) != nil }
    switch choice {
    case .source: return lineages.lazy.compactMap { $0.first(where: takes) }.first
    case .own: return lineages.reversed().lazy.compactMap { $0.last(where: takes) }.first
    case .automatic: break
    }
    // A type that no input has may be integers of one model only where every model takes it.
    let isTakenByAll = lineages.allSatisfy { $0.allSatisfy(takes) }
    let fits = isTakenByAll ? [InputReader.Fit.exact, .shifted, .loose] : [.exact, .shifted]
    let families = fits.lazy.compactMap { fit in lineages.first { $0.contains { $0.fit(given) == fit } } }
    guard let family = families.first else { return nil }
    if given == .uint8, let images = family.first(where: { $0.fit(given).map { $0 < .loose } == true }) {
      return images
    }
    return fits.lazy.compactMap { fit in family.first { $0.fit(given) == fit } }.first
  }

  /// What else the array might mean as well.
  private func rival(
    of reading: InputMeaning.Reading, _ fit: InputReader.Fit?, _ given: NPYType
  ) -> InputMeaning.Rival? {
    guard choice == .automatic, let fit else { return nil }
    for other in [Choice.own, .source] {
      guard let reader = reader(of: given, other), let otherFit = reader.fit(given), otherFit <= fit, otherFit < .loose,
        let otherReading = reader.reading(of: given), !otherReading.isSame(as: reading)
      else { continue }
      return InputMeaning.Rival(reading: otherReading, choice: other)
    }
    return nil
  }
}
