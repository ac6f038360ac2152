/// The elements of one tensor as a machine stores them.
public struct IntegerTensor: Hashable, Sendable {
  /// The tensor's name; only what a simulator gives has always one.
  public var name: String
  /// The extents, outermost first.
  public var shape: [Int]
  /// The stored integers in row-major order; those of a float32 tensor are IEEE 754 bit patterns.
  public var elements: [Int32]
  /// What the integers are: float32 where they are bit patterns.
  public var elementType: ElementType
  /// The real number between two neighbouring integers; `nil` where nobody knows it.
  public var scale: Float?
  /// The integer that stands for 0.
  public var zeroPoint: Int
  /// The file's index of the tensor; `nil` for one that no simulator gave.
  public let index: Int?

  /// Describes a tensor.
  ///
  /// - Parameters:
  ///   - elements: The stored integers in row-major order.
  ///   - shape: The extents, outermost first.
  ///   - name: The tensor's name.
  ///   - elementType: What the integers are.
  ///   - scale: The real number between two neighbouring integers.
  ///   - zeroPoint: The integer that stands for 0.
  public init(
    _ elements: [Int32], shape: [Int], name: String = "", elementType: ElementType = .int32, scale: Float? = nil,
    zeroPoint: Int = 0
  ) {
    (self.elements, self.shape, self.name, self.elementType) = (elements, shape, name, elementType)
    (self.scale, self.zeroPoint, index) = (scale, zeroPoint, nil)
  }

  init(_ elements: [Int32], _ description: TensorDescription) {
    (self.elements, shape, name) = (elements, description.shape, description.name)
    (elementType, scale, zeroPoint) = (description.elementType, description.scale, description.zeroPoint ?? 0)
    index = description.index
  }

  /// The real numbers by the tensor's own scale, `scale · (stored − zeroPoint)`; the integers themselves without a scale.
  ///
  /// Inner tensors of a re-quantized model may stand for other numbers than their scale says;
  /// ``Simulator/dequantize(_:)`` knows them.
  public var realValues: [Float] {
    if elementType == .float32 { return elements.map { Float(bitPattern: UInt32(bitPattern: $0)) } }
    guard let scale else { return elements.map(Float.init) }
    return elements.map { Float(Int($0) - zeroPoint) * scale }
  }

  /// The place of the largest element, the first of equal ones; `nil` where there is none.
  public var largestElement: Int? {
    let values = elementType == .float32 ? realValues.map(Double.init) : elements.map(Double.init)
    return values.indices.max { (values[$0], $1) < (values[$1], $0) }
  }
}
