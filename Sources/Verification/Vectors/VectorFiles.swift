internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// Collects the files of one operator while it is described.
struct VectorFiles {
  let folder: String
  let encoding: VectorEncoding
  let samples: Int
  private(set) var constants: [OperatorVectors.Constant] = []
  private(set) var recordings: [OperatorVectors.Recording] = []

  init(folder: String, encoding: VectorEncoding, samples: Int) {
    self.folder = folder
    self.encoding = encoding
    self.samples = samples
  }

  private func path(_ name: String) -> String { "\(folder)/\(name).\(encoding.fileExtension)" }

  /// A file whose content is known.
  mutating func constant(
    _ name: String, _ values: [Int64], _ shape: [Int], _ format: IntegerFormat, axes: [String]? = nil
  ) -> VectorArray {
    let array = VectorArray(file: path(name), shape: shape, kind: .integer(format), axes: axes)
    constants.append(OperatorVectors.Constant(array: array, values: values))
    return array
  }

  /// A file of float32 constants, one for each channel.
  private mutating func patterns(_ name: String, _ values: [Int64]) -> VectorArray {
    let array = VectorArray(file: path(name), shape: [values.count], kind: .float32Bits)
    constants.append(OperatorVectors.Constant(array: array, values: values))
    return array
  }

  /// A file that a run fills.
  mutating func record(
    _ name: String, _ shape: [Int], _ kind: Value.Kind, _ source: OperatorVectors.Source
  ) -> VectorArray {
    let array = VectorArray(file: path(name), shape: shape, kind: kind)
    recordings.append(OperatorVectors.Recording(array: array, source: source))
    return array
  }

  /// What an operator reads or writes: a constant's elements, or one more axis for the samples.
  mutating func operand(_ name: String, _ value: Value, _ network: Network) -> VectorManifest.Operand {
    let array: VectorArray
    if let elements = value.constant {
      array = VectorArray(file: path(name), shape: value.shape.extents, kind: value.kind)
      constants.append(OperatorVectors.Constant(array: array, values: elements.map(Int64.init)))
    } else {
      array = record(name, [samples] + value.shape.extents, value.kind, .value(value.tensor))
    }
    let quantization = value.kind == .float32Bits ? nil : network.tensors[value.tensor].quantization
    return VectorManifest.Operand(
      tensor: value.tensor, name: value.name, array: array, zeroPoint: quantization?.zeroPoint,
      scales: quantization?.scales ?? [], isConstant: value.constant != nil)
  }

  /// The stages of some requantizations, with a file for the numbers of each.
  mutating func stages(
    _ requantizations: [Requantization], _ prefix: String
  ) throws(VectorError) -> [VectorManifest.Stage] {
    try StageColumns(requantizations).columns.enumerated().map { position, column in
      func name(_ word: String) -> String { "\(prefix)_\(position)_\(word)" }
      let count = requantizations.count
      switch column.operation {
      case .multiply:
        return .init(
          operation: "multiply", numbers: constant(name("multiplier"), column.numbers, [count], column.format))
      case .shiftLeft:
        return .init(
          operation: "shiftLeft", numbers: constant(name("shift_left"), column.numbers, [count], column.format))
      case .shiftRight(let rounding):
        return .init(
          operation: "shiftRight", rounding: rounding.rawValue,
          numbers: constant(name("shift_right"), column.numbers, [count], column.format))
      case .scaleAsFloat(let precision, let rounding):
        return .init(
          operation: "scaleAsFloat", rounding: rounding.rawValue, precision: precision,
          numbers: constant(name("significand"), column.numbers, [count], .int(64)),
          exponents: constant(name("exponent"), column.seconds, [count], .int(16)))
      case .lineInFloat(let rounding):
        return .init(
          operation: "lineInFloat", rounding: rounding.rawValue, numbers: patterns(name("factor"), column.numbers),
          offsets: patterns(name("offset"), column.seconds))
      case .thresholds(let steps):
        return .init(
          operation: "thresholds",
          numbers: constant(
            name("thresholds"), column.numbers, [count, steps], column.format, axes: ["channel", "threshold"]),
          offsets: constant(name("first"), column.seconds, [count], .holding(column.seconds)))
      case .saturate(let format): return .init(operation: "saturate", format: format.name)
      case .wrap(let format): return .init(operation: "wrap", format: format.name)
      }
    }
  }

  /// What is particular to the kind of operator.
  mutating func describe(
    _ step: Step, _ network: Network, _ manifest: inout VectorManifest.Operator
  ) throws(VectorError) {
    switch step.kernel {
    case .convolution(let kernel):
      manifest.convolution = ConvolutionParameters(kernel)
      manifest.weights = try weights(kernel, step, network)
      manifest.bias = constant("bias", kernel.bias, [kernel.bias.count], .holding(kernel.bias), axes: ["outputChannel"])
    case .add(let kernel):
      var alignments: [VectorManifest.Alignment] = []
      for (position, operand) in kernel.operands.enumerated() {
        alignments.append(
          .init(zeroPoint: operand.zeroPoint, stages: try stages([operand.alignment], "align_\(position)")))
      }
      manifest.addition = alignments
    case .averagePool(let kernel):
      switch kernel.division {
      case .divide(let rounding):
        manifest.pooling = PoolingParameters(
          window: WindowParameters(kernel.window), method: "divide", rounding: rounding.rawValue,
          low: kernel.outputStage.low, high: kernel.outputStage.high)
      case .reciprocals(let reciprocals):
        // Some machines divide by powers of two and by other numbers in different ways; then each is said in words.
        let isEven = (try? StageColumns(reciprocals)) != nil
        manifest.pooling = PoolingParameters(
          window: WindowParameters(kernel.window), method: "reciprocal", inputZeroPoint: kernel.inputZeroPoint,
          reciprocals: isEven ? try stages(reciprocals, "reciprocal") : nil,
          reciprocalsInWords: isEven ? nil : reciprocals.map { $0.stages.map { $0.words } },
          zeroPoint: kernel.outputStage.zeroPoint, low: kernel.outputStage.low, high: kernel.outputStage.high)
      }
    case .maxPool(let kernel):
      manifest.pooling = PoolingParameters(
        window: WindowParameters(kernel.window), method: "maximum", low: kernel.low, high: kernel.high)
    case .table(let kernel):
      manifest.table = VectorManifest.Table(
        first: kernel.first,
        entries: constant("table", kernel.entries.map(Int64.init), [kernel.entries.count], .int(32)))
    default: break
    }
  }

  /// The weights as the model stores them, in the machine's order.
  private mutating func weights(
    _ kernel: ConvolutionKernel, _ step: Step, _ network: Network
  ) throws(VectorError) -> VectorManifest.Operand {
    guard let index = network.nodes[step.node].input(1), let quantization = network.tensors[index].quantization,
      let range = network.tensors[index].type.integerRange, let bits = network.tensors[index].type.bits
    else { throw VectorError("has no quantized weights") }
    let format = IntegerFormat(bits: bits, isSigned: range.lowerBound < 0)
    let stored = kernel.weights.map { Int64($0) + quantization.zeroPoint }
    guard stored.allSatisfy(range.contains) else { throw VectorError("has weights beyond \(format.name)") }
    let (rows, columns) = (kernel.window.rows.size, kernel.window.columns.size)
    let depth = kernel.input[3] / kernel.groups
    let outputs = kernel.output[3]
    let (shape, axes) =
      switch kernel.order {
      case .heightWidthChannel: ([outputs, rows, columns, depth], ["outputChannel", "row", "column", "inputChannel"])
      case .channelHeightWidth: ([outputs, depth, rows, columns], ["outputChannel", "inputChannel", "row", "column"])
      }
    return VectorManifest.Operand(
      tensor: index, name: network.tensors[index].name,
      array: constant("weights", stored, shape, format, axes: axes),
      zeroPoint: quantization.zeroPoint, scales: quantization.scales, isConstant: true)
  }
}
