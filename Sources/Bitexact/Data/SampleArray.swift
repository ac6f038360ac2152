internal import Arrays

/// The samples for one input of a model, in memory.
public struct SampleArray: Sendable {
  /// The input's name; `nil` where the order says it.
  public let input: String?
  private let encode: @Sendable (String) throws -> [UInt8]

  /// Describes an array.
  ///
  /// - Parameters:
  ///   - elements: The elements in row-major order.
  ///   - shape: The extents; the first one counts the samples.
  ///   - input: The input's name; `nil` where the order says it.
  public init<Element: SampleElement>(_ elements: [Element], shape: [Int], input: String? = nil) {
    self.input = input
    encode = { name in
      guard let type = Element.self as? any ArrayElement.Type else {
        throw BitexactError.data(["\(name): samples cannot consist of \(Element.self)"])
      }
      func encoded<Stored: ArrayElement>(_ type: Stored.Type) throws -> [UInt8] {
        try NPYWriter.encoded(elements as? [Stored] ?? [], shape: shape, file: name)
      }
      return try encoded(type)
    }
  }

  /// The array as a file has it.
  ///
  /// - Parameter name: What messages call it.
  /// - Returns: The array.
  /// - Throws: `ArrayError` where the elements do not fill the shape.
  func array(_ name: String) throws -> NPYFile { try NPYFile(bytes: encode(name), name: name) }
}

/// What samples in memory may consist of: the types that conform here; others are refused.
public protocol SampleElement: Sendable {}

extension Float: SampleElement {}
extension Double: SampleElement {}
extension Int8: SampleElement {}
extension UInt8: SampleElement {}
extension Int16: SampleElement {}
extension UInt16: SampleElement {}
extension Int32: SampleElement {}
