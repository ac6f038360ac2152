/// Phrases that testbenches share.
enum Testbench {
  /// A memory of a file's elements.
  static func memory(_ name: String, _ array: VectorArray, _ count: String) -> String {
    "reg \(array.isSigned ? "signed " : "")[\(array.bits - 1):0] \(name) [0:\(count) - 1];"
  }

  /// The statement that fills a memory.
  static func read(_ name: String, _ array: VectorArray) -> String {
    let file = array.file.split(separator: "/").last.map(String.init) ?? array.file
    return "$readmemh({folder, \"/\(file)\"}, \(name));"
  }

  /// An integer of 64 bits.
  static func literal(_ value: Int64) -> String { value < 0 ? "-64'sd\(value.magnitude)" : "64'sd\(value)" }

  /// Statements, one a line.
  static func lines(_ statements: [String], indent: Int) -> String {
    statements.map { String(repeating: " ", count: indent) + $0 }.joined(separator: "\n")
  }
}
