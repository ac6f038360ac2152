/// Why a file cannot be read as a model, or a model cannot be written as a file.
package struct TFLiteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One thing that is wrong.
  package struct Fault: Hashable, Sendable, CustomStringConvertible {
    /// Where: `subgraphs[0].tensors[12].quantization.scale`, or `tensor 12 "conv/weights"`.
    package let place: String
    /// What is wrong, what is allowed and, where there is a way, how to repair it.
    package let message: String

    /// Creates a fault.
    package init(place: String, message: String) {
      self.place = place
      self.message = message
    }

    /// The place, then the message.
    package var description: String { "\(place): \(message)" }
  }

  /// Everything that is wrong, in the order of the file; never empty.
  package let faults: [Fault]

  /// Creates an error.
  ///
  /// - Parameter faults: What is wrong.
  /// - Precondition: There is a fault.
  package init(_ faults: [Fault]) {
    precondition(!faults.isEmpty, "an error states what is wrong")
    self.faults = faults
  }

  /// Creates an error of one fault.
  package init(place: String, message: String) {
    self.init([Fault(place: place, message: message)])
  }

  /// The faults, a line each.
  package var description: String { faults.map(\.description).joined(separator: "\n") }
}
