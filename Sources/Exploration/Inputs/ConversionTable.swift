internal import Arrays
internal import NetworkModel
internal import Simulation
internal import Verification

/// What each integer of a narrow type becomes in an input.
struct ConversionTable {
  /// The integers of the array that have a result.
  let domain: ClosedRange<Int64>
  /// The type whose range that is.
  let type: ElementType
  /// The real numbers that the input can hold; `nil` where no integer of the array lies outside of them.
  let held: ClosedRange<Double>?
  /// The results, ascending.
  private let entries: [Int32]
  /// The real number of each integer and whether the input cuts it by more than a step; empty where it cuts none.
  private let reals: [(value: Double, isCut: Bool)]

  /// The most integers that get an entry.
  private static let limit = 65536

  /// The result of each byte of the array; `nil` where it has no bytes, or some without a result.
  let byteMap: ByteMap?

  /// Integers with something added, for inputs whose scale does not change.
  init(_ reading: InputMeaning.Reading, _ given: NPYType, offset: Int64) {
    let own = reading.reader.format.type.integerRange ?? 0...0
    domain = own.lowerBound + reading.shift...own.upperBound + reading.shift
    type = reading.reader.format.type
    let added = Int32(clamping: offset - reading.shift)
    entries = domain.map { Int32(clamping: $0) &+ added }
    (reals, held) = ([], nil)
    byteMap = Self.byteMap(entries, domain, given)
  }

  /// The same real numbers in another input's numbers; `nil` for types of more than 16 bits.
  init?(_ reading: InputMeaning.Reading, _ given: NPYType, to target: InputFormat) {
    let source = reading.reader.format
    guard let own = source.type.integerRange, own.upperBound - own.lowerBound < Self.limit,
      target.type == .float32 || target.type.integerRange != nil
    else { return nil }
    let integers = own.map { Int32($0) }
    func tensor(_ format: InputFormat) -> Tensor {
      Tensor(name: "", type: format.type, shape: Shape([integers.count]), quantization: format.quantization)
    }
    domain = own.lowerBound + reading.shift...own.upperBound + reading.shift
    type = source.type
    entries = Dequantizer.convert(integers, from: tensor(source), to: tensor(target))
    byteMap = Self.byteMap(entries, domain, given)
    guard let ends = InputQuantizer(target) else {
      (reals, held) = ([], nil)
      return
    }
    let all = Dequantizer(tensor(source))(integers).map { (value: $0, isCut: !ends.tolerated.contains($0)) }
    let cuts = all.contains(where: \.isCut)
    reals = cuts ? all : []
    held = cuts ? ends.held : nil
  }

  /// The result for an integer of the domain.
  func result(_ value: Int32) -> Int32 { entries[Int(Int64(value) - domain.lowerBound)] }

  private static func byteMap(_ entries: [Int32], _ domain: ClosedRange<Int64>, _ given: NPYType) -> ByteMap? {
    let bytes: ClosedRange<Int64>
    switch given {
    case .int8: bytes = -128...127
    case .uint8: bytes = 0...255
    default: return nil
    }
    guard domain.contains(bytes.lowerBound), domain.contains(bytes.upperBound) else { return nil }
    return ByteMap { byte in
      let value = given == .int8 ? Int64(Int8(bitPattern: byte)) : Int64(byte)
      return UInt8(truncatingIfNeeded: entries[Int(value - domain.lowerBound)])
    }
  }

  /// What of a sample of bytes is cut.
  func count(_ bytes: Span<UInt8>, isSigned: Bool) -> ClipTally.Count {
    guard !reals.isEmpty else { return ClipTally.Count(elements: bytes.count) }
    var histogram = [Int](repeating: 0, count: 256)
    for place in bytes.indices { histogram[Int(bytes[place])] += 1 }
    var result = ClipTally.Count()
    for byte in 0...255 where histogram[byte] > 0 {
      add(isSigned ? Int64(Int8(truncatingIfNeeded: byte)) : Int64(byte), histogram[byte], to: &result)
    }
    return result
  }

  /// What of a sample is cut.
  func count(_ values: [Int32]) -> ClipTally.Count {
    guard !reals.isEmpty else { return ClipTally.Count(elements: values.count) }
    var result = ClipTally.Count()
    for value in values { add(Int64(value), 1, to: &result) }
    return result
  }

  private func add(_ value: Int64, _ times: Int, to result: inout ClipTally.Count) {
    let real = reals[Int(value - domain.lowerBound)]
    result.elements += times
    if real.isCut { result.clipped += times }
    result.see(real.value)
  }
}
