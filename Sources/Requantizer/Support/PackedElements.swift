/// The elements of one value for one sample, in a byte each where they fit.
struct PackedElements: Sendable {
  private enum Storage {
    case signed([Int8])
    case unsigned([UInt8])
    case wide([Int32])
  }

  private let storage: Storage

  init(_ elements: [Int32]) {
    var (smallest, largest): (Int32, Int32) = (0, 0)
    for element in elements {
      smallest = min(smallest, element)
      largest = max(largest, element)
    }
    if smallest >= -128 && largest <= 127 {
      storage = .signed(converted(elements))
    } else if smallest >= 0 && largest <= 255 {
      storage = .unsigned(converted(elements))
    } else {
      storage = .wide(elements)
    }
  }

  /// The elements.
  var elements: [Int32] {
    switch storage {
    case .signed(let bytes): converted(bytes)
    case .unsigned(let bytes): converted(bytes)
    case .wide(let elements): elements
    }
  }

  /// Copies a few elements without unpacking the others.
  ///
  /// - Parameters:
  ///   - places: Where they stand.
  ///   - result: What they are written to.
  ///   - first: The place of the first of them there.
  func copy(_ places: Range<Int>, to result: inout [Int32], at first: Int) {
    let shift = first - places.lowerBound
    switch storage {
    case .signed(let bytes): for place in places { result[place + shift] = Int32(bytes[place]) }
    case .unsigned(let bytes): for place in places { result[place + shift] = Int32(bytes[place]) }
    case .wide(let elements): for place in places { result[place + shift] = elements[place] }
    }
  }
}

/// Integers in another type that holds them: a loop over bare memory, which compilers turn into vector instructions.
@inline(__always)
private func converted<From: FixedWidthInteger, To: FixedWidthInteger>(_ elements: [From]) -> [To] {
  unsafe [To](unsafeUninitializedCapacity: elements.count) { result, count in
    unsafe elements.withUnsafeBufferPointer { source in
      for place in 0..<source.count { unsafe result[place] = To(truncatingIfNeeded: source[place]) }
    }
    count = elements.count
  }
}
