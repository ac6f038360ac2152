internal import CEmbedded

/// The built-in example: a small classifier of handwritten digits, with test images and labels.
///
/// A network in the manner of MobileNetV2, trained on scikit-learn's digits; `Tools/demo-model` made it.
package enum DemoModel {
  /// One of the files that are compiled into the binary.
  package enum File: String, CaseIterable, Sendable {
    /// The model as TensorFlow's converter makes it today: int8, weights per channel.
    case int8Model = "demo_int8.tflite"
    /// The model as the legacy quantization-aware training made it: uint8, asymmetric, per tensor.
    case uint8Model = "demo_uint8.tflite"
    /// The test images, uint8 `[360, 16, 16, 1]`.
    case images = "demo_images.npy"
    /// The digits that the images show, int64 `[360]`.
    case labels = "demo_labels.npy"
  }

  /// The bytes of a file, as they stand in the repository.
  package static func bytes(of wanted: File) -> [UInt8] {
    var row = unsafe bitexact_embedded_demo_files()
    while let file = unsafe row?.pointee, let name = unsafe file.name, let start = unsafe file.bytes {
      if unsafe String(cString: name) == wanted.rawValue {
        return unsafe [UInt8](UnsafeBufferPointer(start: start, count: file.count))
      }
      unsafe row = row?.successor()
    }
    preconditionFailure("\(wanted.rawValue) is not embedded")
  }
}
