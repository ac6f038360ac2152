@testable internal import Requantizer
import Testing

/// Elements in as few bytes as they fit.
@Suite struct PackedElementsTests {
  static let cases: [[Int32]] = [
    [], [-128, 0, 127, 5], [0, 255, 128, 1], [-129, 3], [-1, 128, 7], [256, 0, 1], [.min, .max, 0],
    (0..<100).map { $0 * 2 },
  ]

  @Test(arguments: cases)
  func whatWasPackedComesBack(_ elements: [Int32]) {
    let packed = PackedElements(elements)
    #expect(packed.elements == elements)
    for first in elements.indices {
      var result = [Int32](repeating: 77, count: elements.count + 4)
      packed.copy(first..<elements.count, to: &result, at: 2)
      let length = elements.count - first
      #expect(Array(result[2..<2 + length]) == Array(elements[first...]))
      #expect(result[..<2] == [77, 77] && result[(2 + length)...].allSatisfy { $0 == 77 })
    }
  }
}
