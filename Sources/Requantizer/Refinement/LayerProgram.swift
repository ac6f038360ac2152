internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// One layer of the target as programs of a single step: for whole images, and for patches of its input.
struct LayerProgram {
  /// The layer's kernel.
  private(set) var kernel: ConvolutionKernel
  private let step: Step
  private let values: [Value]
  private let profile: String
  /// The unit of the accumulator in steps of each output channel.
  let outputSteps: [Double]

  /// Lowers one layer by itself.
  ///
  /// - Returns: `nil` for an operator that is no convolution.
  init?(_ deployment: Deployment, _ network: Network, _ index: Int) throws {
    let node = network.nodes[index]
    var tensors: [Tensor] = []
    func place(_ tensor: Int) -> Int {
      tensors.append(network.tensors[tensor])
      return tensors.count - 1
    }
    let inputs = node.inputs.map { $0.map(place) }
    let outputs = node.outputs.map(place)
    guard let input = inputs.first ?? nil, let output = outputs.first else { return nil }
    // An input that is a constant elsewhere is an input here; nobody reads its elements.
    tensors[input].data = nil
    let alone = Network(
      tensors: tensors,
      nodes: [Node(node.operation, inputs: inputs, outputs: outputs, sourceVersion: node.sourceVersion)],
      inputs: [input], outputs: [output])
    // Alone the layer would be the first one and the last one: what the profile says of its weights is said already.
    var profile = deployment.profile
    if deployment.isDeviceOperator(node) { profile.weights = deployment.machine(of: node).weights }
    let program = try Program.lower(alone, for: profile)
    guard let step = program.steps.first, case .convolution(let kernel) = step.kernel else { return nil }
    self.kernel = kernel
    self.step = Step(
      node: 0, name: step.name, placement: step.placement, inputs: [0], output: 1, kernel: step.kernel)
    values = [program.values[input], program.values[output]]
    self.profile = program.profile
    guard let weights = node.input(1).flatMap({ network.tensors[$0].quantization }),
      let inputScale = tensors[input].quantization?.scale, let outputScale = tensors[output].quantization?.scale
    else { return nil }
    outputSteps = (0..<kernel.output[3]).map {
      Double(inputScale) * Double(weights.scale(at: $0)) / Double(outputScale)
    }
  }

  /// Adds to the biases as far as their format allows.
  mutating func addToBias(_ deltas: [Int64], _ format: IntegerFormat) {
    kernel.bias = zip(kernel.bias, deltas).map { Int64(format.saturate(Int128($0) + Int128($1))) }
  }

  /// The layer over whole images.
  var whole: Program { program(kernel, values[0].shape, values[1].shape) }

  /// The layer over so many patches, each an image of one window.
  func patches(_ count: Int) -> Program {
    var kernel = kernel
    let (rows, columns) = (kernel.window.rows.size, kernel.window.columns.size)
    let (input, output) = (Shape([count, rows, columns, kernel.input[3]]), Shape([count, 1, 1, kernel.output[3]]))
    kernel.input = input
    kernel.output = output
    kernel.window = WindowGeometry(
      rows: Window(size: rows, stride: 1), columns: Window(size: columns, stride: 1), padTop: 0, padLeft: 0)
    return program(kernel, input, output)
  }

  private func program(_ kernel: ConvolutionKernel, _ input: Shape, _ output: Shape) -> Program {
    let values = zip(values, [input, output]).map {
      Value(tensor: $0.tensor, name: $0.name, type: $0.type, shape: $1, kind: $0.kind)
    }
    let step = Step(
      node: 0, name: step.name, placement: step.placement, inputs: [0], output: 1, kernel: .convolution(kernel))
    return Program(profile: profile, values: values, steps: [step], inputs: [0], outputs: [1])
  }

  /// The elements of a patch: rows, columns and channels of a window.
  var patchSize: Int { kernel.window.rows.size * kernel.window.columns.size * kernel.input[3] }

  /// The windows around output positions of one image, as stored integers; the zero point stands for the padding.
  func patches(of elements: PackedElements, at positions: [Int]) -> PackedElements {
    let (height, width, depth) = (kernel.input[1], kernel.input[2], kernel.input[3])
    let (outHeight, outWidth) = (kernel.output[1], kernel.output[2])
    var result = [Int32](repeating: kernel.inputZeroPoint, count: positions.count * patchSize)
    var target = 0
    for position in positions {
      let image = position / (outHeight * outWidth)
      let (row, column) = (position / outWidth % outHeight, position % outWidth)
      for u in 0..<kernel.window.rows.size {
        let y = row * kernel.window.rows.stride + u * kernel.window.rows.dilation - kernel.window.padTop
        for v in 0..<kernel.window.columns.size {
          let x = column * kernel.window.columns.stride + v * kernel.window.columns.dilation - kernel.window.padLeft
          if y >= 0 && y < height && x >= 0 && x < width {
            let start = ((image * height + y) * width + x) * depth
            elements.copy(start..<start + depth, to: &result, at: target)
          }
          target += depth
        }
      }
    }
    return PackedElements(result)
  }
}
