internal import Arrays
internal import NetworkModel
internal import Verification

/// How the elements of an array become the integers that a program takes.
enum InputConversion {
  /// Integers that the type can hold, unchanged.
  case unchanged
  /// Integers of up to 16 bits, each with its result.
  case table(ConversionTable)
  /// Real numbers, as the input's scale quantizes them.
  case quantize(InputQuantizer)
  /// Real numbers as float32 bit patterns.
  case bits

  /// The conversion to an input of an array that means something, or the reason why there is none.
  init(_ meaning: InputMeaning, to slot: InputSlot) throws(ConversionFault) {
    guard let reading = meaning.reading else {
      self = try .fromReal(slot)
      return
    }
    let (source, target) = (reading.reader.format, slot.format)
    if source == target {
      self = reading.shift == 0 ? .unchanged : .table(ConversionTable(reading, meaning.given, offset: 0))
    } else if source.quantization != nil, target.type == .float32 || target.quantization != nil {
      guard let table = ConversionTable(reading, meaning.given, to: target) else {
        throw ConversionFault(
          "holds integers of \(reading.reader.model), whose \(source.type) does not convert to the model's "
            + "\(target.type) input; give float32")
      }
      self = .table(table)
    } else {
      // Nobody knows a scale: integers are what they are, and bytes of the other signedness are shifted.
      let offset: Int64
      switch (source.type, target.type) {
      case (.uint8, .int8): offset = -128
      case (.int8, .uint8): offset = 128
      case (_, .int8) where source.type != .int8, (_, .uint8) where source.type != .uint8, (_, .float32):
        throw .refusal(meaning.given, slot)
      default: offset = 0
      }
      self = reading.shift == offset ? .unchanged : .table(ConversionTable(reading, meaning.given, offset: offset))
    }
  }

  private static func fromReal(_ slot: InputSlot) throws(ConversionFault) -> InputConversion {
    if slot.format.type == .float32 { return .bits }
    guard let quantizer = InputQuantizer(slot.format) else {
      throw ConversionFault(
        "holds real numbers, and the model's \(slot.format.type) input has no scale to quantize them by; give integers")
    }
    return .quantize(quantizer)
  }

  /// The real numbers that the input can hold, where some elements may lie outside of them; `nil` where none can.
  var clippingRange: ClosedRange<Double>? {
    switch self {
    case .unchanged, .bits: nil
    case .table(let table): table.held
    case .quantize(let quantizer): quantizer.held
    }
  }
}

/// Why an element type cannot be converted.
struct ConversionFault: Error {
  let message: String

  init(_ message: String) { self.message = message }

  /// The refusal of integers that an input does not take.
  static func refusal(_ given: NPYType, _ slot: InputSlot) -> ConversionFault {
    let readers = slot.readers.lineages.joined()
    let types = Set(readers.map { "\($0.format.type)" } + ["\(slot.format.type)"]).sorted()
    guard types.count > 1 || slot.format.type == .int8 || slot.format.type == .uint8 else {
      return ConversionFault("holds \(given), which the model's \(slot.format.type) input does not take; give float32")
    }
    if types.count > 1 {
      return ConversionFault(
        "holds \(given), which may be integers of none of the models: their inputs are \(types.joined(separator: " and ")); "
          + "save it as one of these types, array.astype(numpy.\(types[0])), or as float32")
    }
    return ConversionFault(
      "holds \(given); an input of type \(slot.format.type) takes int8, uint8 or floats: save array.astype(numpy.uint8) for "
        + "images of 0 to 255")
  }
}

extension InputConversion {
  /// One sample of an array as integers.
  ///
  /// - Parameters:
  ///   - array: The array.
  ///   - sample: Which sample.
  ///   - type: The type of the input.
  ///   - tally: Counts what is cut; `nil` where nothing can be.
  /// - Returns: The integers in row-major order; float32 as bit patterns.
  /// - Throws: ``DataSetError`` for NaN and for integers out of range, `ArrayError` for damaged files.
  func apply(_ array: NPYFile, sample: Int, _ type: ElementType, _ tally: ClipTally?) throws -> [Int32] {
    switch self {
    case .unchanged:
      let values = try array.sample(sample, as: Int32.self)
      if let range = type.integerRange { try InputConversion.check(values, range, type, array, sample) }
      return values
    case .table(let table):
      let values = try array.sample(sample, as: Int32.self)
      try InputConversion.check(values, table.domain, table.type, array, sample)
      tally?.count(sample) { _ in table.count(values) }
      return values.map(table.result)
    case .bits: return try array.sample(sample, as: Float.self).map { Int32(bitPattern: $0.bitPattern) }
    case .quantize(let quantizer):
      let values = try array.sample(sample, as: Float.self)
      if let element = values.firstIndex(where: \.isNaN) { throw InputConversion.nan(array, sample, element) }
      tally?.count(sample) { quantizer.count(values, seesRange: $0) }
      return values.map(quantizer.quantized)
    }
  }

  static func nan(_ array: NPYFile, _ sample: Int, _ element: Int) -> DataSetError {
    DataSetError(
      file: array.name,
      message: "sample \(sample), element \(element) is NaN, which no integer stands for; replace it")
  }

  private static func check(
    _ values: [Int32], _ range: ClosedRange<Int64>, _ type: ElementType, _ array: NPYFile, _ sample: Int
  ) throws(DataSetError) {
    guard let element = values.firstIndex(where: { !range.contains(Int64($0)) }) else { return }
    throw DataSetError(
      file: array.name,
      message: "sample \(sample), element \(element) is \(values[element]), which \(type) cannot hold "
        + "(\(range.lowerBound) to \(range.upperBound))")
  }
}
