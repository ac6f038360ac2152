/// A clamp that an operator applies to its result before it is stored.
///
/// Raw values are TensorFlow Lite's names.
package enum Activation: String, CaseIterable, Sendable, Hashable, Codable {
  case none = "NONE"
  case relu = "RELU"
  case reluN1To1 = "RELU_N1_TO_1"
  case relu6 = "RELU6"
  case tanh = "TANH"
  case signBit = "SIGN_BIT"

  /// The real bounds of the clamp; `nil` where it does not bound that side.
  ///
  /// TANH and SIGN_BIT are no clamps: see ``isClamp``.
  package var bounds: (low: Float?, high: Float?) {
    switch self {
    case .none, .tanh, .signBit: (nil, nil)
    case .relu: (0, nil)
    case .reluN1To1: (-1, 1)
    case .relu6: (0, 6)
    }
  }

  /// Whether the activation is a clamp, or nothing at all.
  package var isClamp: Bool { self != .tanh && self != .signBit }
}

/// How a window is placed at the borders of an image.
package enum Padding: String, CaseIterable, Sendable, Hashable, Codable {
  /// The output has `ceil(input / stride)` elements; what lies outside of the input is the zero point.
  case same = "SAME"
  /// Windows lie wholly inside of the input.
  case valid = "VALID"
}

/// A window that slides over one spatial axis.
package struct Window: Hashable, Sendable, Codable {
  /// The number of taps.
  package var size: Int
  /// The distance between two outputs in input elements.
  package var stride: Int
  /// The distance between two taps in input elements.
  package var dilation: Int

  /// Creates a window.
  package init(size: Int, stride: Int, dilation: Int = 1) {
    self.size = size
    self.stride = stride
    self.dilation = dilation
  }

  /// The input elements that one window spans.
  package var extent: Int { (size - 1) * dilation + 1 }

  /// The number of outputs and the padding before the first element; the odd element of padding goes after the last.
  ///
  /// Source: `ComputeOutSize` and `ComputePaddingWithOffset` in TensorFlow Lite's `kernels/padding.h`.
  ///
  /// - Parameters:
  ///   - input: The number of input elements.
  ///   - padding: How the window is placed at the borders.
  /// - Returns: `nil` when no window fits or a number is out of range.
  package func placement(over input: Int, _ padding: Padding) -> (outputs: Int, before: Int)? {
    guard input > 0, size > 0, stride > 0, dilation > 0, size < 1 << 24, dilation < 1 << 24, stride < 1 << 31 else {
      return nil
    }
    let outputs =
      switch padding {
      case .same: (input + stride - 1) / stride
      case .valid: (input - extent + stride) / stride
      }
    guard outputs > 0, padding == .same || input >= extent else { return nil }
    return (outputs, max(0, (outputs - 1) * stride + extent - input) / 2)
  }
}
