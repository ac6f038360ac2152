/// The elements of one value for one sample, in a byte each where they fit.
struct PackedElements: Sendable {
  private enum Storage {
    case signed([Int8])
    case unsigned([UInt8])
    case wide([Int32])
  }

  private let storage: Storage

  init(_ elements: [Int32]) {
    let smallest = elements.min() ?? 0
    let largest = elements.max() ?? 0
    if smallest >= -128 && largest <= 127 {
      storage = .signed(elements.map { Int8(truncatingIfNeeded: $0) })
    } else if smallest >= 0 && largest <= 255 {
      storage = .unsigned(elements.map { UInt8(truncatingIfNeeded: $0) })
    } else {
      storage = .wide(elements)
    }
  }

  /// The elements.
  var elements: [Int32] {
    switch storage {
    case .signed(let bytes): bytes.map(Int32.init)
    case .unsigned(let bytes): bytes.map(Int32.init)
    case .wide(let elements): elements
    }
  }
}
