package import HardwareProfile

extension HardwareProfile {
  /// The arithmetic of host steps: the CPU beside the accelerator runs TensorFlow Lite's reference kernels.
  package static let host: HardwareProfile = {
    do {
      return try builtIn(named: "tflite")
    } catch {
      // The profile is compiled into the binary and a test decodes it.
      preconditionFailure("the built-in profile tflite is broken: \(error)")
    }
  }()
}
