import NetworkModel
import Testing

/// Where windows lie on an axis, against a count of the positions at which they fit.
@Suite struct WindowTests {
  @Test func validWindowsLieInsideOfTheImage() {
    for input in 1...12 {
      for size in 1...5 {
        for stride in 1...4 {
          for dilation in 1...3 {
            let window = Window(size: size, stride: stride, dilation: dilation)
            // Starts at multiples of the stride whose last tap is still inside.
            let starts = (0..<input).filter { $0 % stride == 0 && $0 + (size - 1) * dilation < input }
            let placement = window.placement(over: input, .valid)
            #expect(placement?.outputs ?? 0 == starts.count, "\(window) over \(input)")
            #expect(placement?.before ?? 0 == 0)
          }
        }
      }
    }
  }

  @Test func sameWindowsCoverTheImageWithTheOddElementOfPaddingAtTheEnd() throws {
    for input in 1...12 {
      for size in 1...5 {
        for stride in 1...4 {
          for dilation in 1...3 {
            let window = Window(size: size, stride: stride, dilation: dilation)
            let placement = try #require(window.placement(over: input, .same))
            #expect(placement.outputs == (0..<input).filter { $0 % stride == 0 }.count)
            let end = (placement.outputs - 1) * stride - placement.before + window.extent
            let after = max(end - input, 0)
            #expect(placement.before == after || placement.before + 1 == after || placement.before == 0)
            #expect(placement.before < window.extent)
          }
        }
      }
    }
  }

  @Test(arguments: [0, -1, Int.min]) func numbersThatAreNotPositiveHaveNoPlacement(_ bad: Int) {
    #expect(Window(size: bad, stride: 1).placement(over: 5, .same) == nil)
    #expect(Window(size: 1, stride: bad).placement(over: 5, .same) == nil)
    #expect(Window(size: 1, stride: 1, dilation: bad).placement(over: 5, .same) == nil)
    #expect(Window(size: 1, stride: 1).placement(over: bad, .same) == nil)
  }

  @Test(arguments: Padding.allCases) func hugeNumbersDoNotOverflow(_ padding: Padding) {
    let huge = Window(size: .max, stride: .max, dilation: .max)
    #expect(huge.placement(over: .max, padding) == nil)
    let large = Window(size: 1 << 23, stride: 1, dilation: 1 << 23)
    #expect(large.placement(over: 1 << 27, .valid) == nil)
  }
}
