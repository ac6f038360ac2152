internal import NetworkModel

extension Operation {
  /// The windows of a convolution with such weights; `nil` for every other operator.
  func windows(_ weights: Shape) -> (rows: Window, columns: Window)? {
    switch self {
    case .conv2D(let rules): (rules.rows(weights), rules.columns(weights))
    case .depthwiseConv2D(let rules): (rules.rows(weights), rules.columns(weights))
    default: nil
    }
  }

  /// Where a convolution places its windows; `nil` for every other operator.
  var padding: Padding? {
    switch self {
    case .conv2D(let rules): rules.padding
    case .depthwiseConv2D(let rules): rules.padding
    default: nil
    }
  }

  /// The same convolution with its windows placed otherwise; any other operator as it is.
  func with(_ padding: Padding) -> Operation {
    switch self {
    case .conv2D(var rules):
      rules.padding = padding
      return .conv2D(rules)
    case .depthwiseConv2D(var rules):
      rules.padding = padding
      return .depthwiseConv2D(rules)
    default: return self
    }
  }

  /// The same operator with another clamp.
  func with(_ activation: Activation) -> Operation {
    switch self {
    case .conv2D(var rules):
      rules.activation = activation
      return .conv2D(rules)
    case .depthwiseConv2D(var rules):
      rules.activation = activation
      return .depthwiseConv2D(rules)
    case .fullyConnected(var rules):
      rules.activation = activation
      return .fullyConnected(rules)
    case .add(var rules):
      rules.activation = activation
      return .add(rules)
    case .binary(var rules):
      rules.activation = activation
      return .binary(rules)
    case .transposeConv(var rules):
      rules.activation = activation
      return .transposeConv(rules)
    case .relu where activation != .none: return .relu(Relu(activation))
    default: return self
    }
  }
}

extension Tensor {
  /// The integers at which a clamp or the type itself cuts a tensor.
  ///
  /// - Parameter activation: The clamp of the operator that makes it.
  /// - Returns: The lowest and the highest integer; `nil` for a type that is none of integers.
  func ends(of activation: Activation) -> ClosedRange<Int64>? {
    guard let range = type.integerRange else { return nil }
    guard let quantization else { return range }
    func stored(_ bound: Float) -> Int64 {
      // Cut before it becomes an integer: a scale may be as small as a float can be.
      let value = (Double(bound) / Double(quantization.scale)).rounded() + Double(quantization.zeroPoint)
      return Int64(min(max(value, Double(range.lowerBound)), Double(range.upperBound)))
    }
    let low = activation.bounds.low.map(stored) ?? range.lowerBound
    return low...max(low, activation.bounds.high.map(stored) ?? range.upperBound)
  }
}
