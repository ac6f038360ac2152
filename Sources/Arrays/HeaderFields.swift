/// The entries of an .npy header's dictionary, checked for their types when they are asked for.
struct HeaderFields {
  enum Value {
    case string(String)
    case bool(Bool)
    case tuple([Int])
  }

  var values: [String: Value] = [:]

  func shape(file: String) throws(ArrayError) -> [Int] {
    guard case .tuple(let shape) = values["shape"] else {
      throw .header(file, "has no 'shape' that is a tuple of integers")
    }
    return shape
  }

  func fortranOrder(file: String) throws(ArrayError) -> Bool {
    guard case .bool(let order) = values["fortran_order"] else {
      throw .header(file, "has no 'fortran_order' that is True or False")
    }
    return order
  }

  func elementType(file: String) throws(ArrayError) -> (NPYType, ByteOrder) {
    switch values["descr"] {
    case .string(let text):
      guard let type = Self.elementType(text) else { throw Self.refusal(text, file: file) }
      return type
    default: throw .header(file, "has no 'descr' that is a string")
    }
  }

  static let allowed = NPYType.allCases.map(\.rawValue).joined(separator: ", ")

  private static func elementType(_ text: String) -> (NPYType, ByteOrder)? {
    guard let first = text.first else { return nil }
    let hasOrder = "<>|=".contains(first)
    let code = hasOrder ? String(text.dropFirst()) : text
    guard let type = NPYType.allCases.first(where: { $0.code == code }) else { return nil }
    return (type, ByteOrder(rawValue: first) ?? .native)
  }

  private static func refusal(_ text: String, file: String) -> ArrayError {
    let kind = text.first(where: { $0.isLetter })
    let (what, repair) =
      switch kind {
      case "O": ("Python objects", "convert them with array.astype before saving")
      case "S", "a", "U": ("strings", "convert them with array.astype before saving")
      case "V": ("a structured or void type", "save each field as an array of its own")
      case "c": ("complex numbers", "save array.real and array.imag")
      case "M", "m": ("dates or durations", "convert them with array.astype(numpy.int64)")
      case "f": ("floating-point numbers of another size", "convert them with array.astype(numpy.float64)")
      default: ("an unknown type", "convert them with array.astype")
      }
    return ArrayError(
      .elementType, file: file, problem: "the elements ('\(text.prefix(40))') are \(what)", allowed: allowed,
      repair: repair)
  }
}
