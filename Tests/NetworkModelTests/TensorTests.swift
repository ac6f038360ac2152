import NetworkModel
import Testing

/// Stored bytes and the integers that they hold.
@Suite struct TensorTests {
  @Test(arguments: [ElementType.int4, .int8, .uint8, .int16, .uint16, .int32, .uint32, .int64])
  func integersSurviveTheirStoredForm(_ type: ElementType) throws {
    let range = try #require(type.integerRange)
    let values = [range.lowerBound, -1, 0, 1, 5, range.upperBound, range.upperBound - 1].filter(range.contains)
    let bytes = try #require(Tensor.bytes(values, as: type))
    // A slice that does not start at 0, as from a file.
    let slice = ([7, 7, 7] + bytes)[3...]
    let tensor = Tensor(name: "", type: type, shape: Shape([values.count]), data: slice)
    #expect(tensor.integers() == values)
    #expect(type.byteCount(of: values.count) == bytes.count)
  }

  @Test func whatATypeCannotHoldHasNoStoredForm() {
    #expect(Tensor.bytes([128], as: .int8) == nil)
    #expect(Tensor.bytes([-1], as: .uint8) == nil)
    #expect(Tensor.bytes([8], as: .int4) == nil)
    #expect(Tensor.bytes([0], as: .float32) == nil)
  }

  @Test func bytesAreLittleEndian() { #expect(Tensor.bytes([0x0102_0304], as: .int32) == [4, 3, 2, 1]) }

  @Test func aBufferOfTheWrongSizeHoldsNothing() {
    #expect(Tensor(name: "", type: .int32, shape: Shape([2]), data: [1, 2, 3, 4]).integers() == nil)
    #expect(Tensor(name: "", type: .int8, shape: Shape([2])).integers() == nil)
    #expect(Tensor(name: "", type: .float32, shape: Shape([1]), data: [0, 0, 0, 0]).integers() == nil)
  }

  @Test func shapesBroadcastAsInNumPy() {
    #expect(Shape([2, 1, 4]).broadcast(with: Shape([3, 1])) == Shape([2, 3, 4]))
    #expect(Shape([]).broadcast(with: Shape([3])) == Shape([3]))
    #expect(Shape([2]).broadcast(with: Shape([3])) == nil)
  }

  @Test func axesCountFromTheEndWhenNegative() {
    #expect(Shape([2, 3]).axis(-1) == 1)
    #expect(Shape([2, 3]).axis(1) == 1)
    #expect(Shape([2, 3]).axis(2) == nil)
    #expect(Shape([2, 3]).axis(-3) == nil)
    #expect(Shape([2, 3]).axis(.min) == nil)
  }
}
