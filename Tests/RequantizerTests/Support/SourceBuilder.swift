import DemoModel
import HardwareProfile
import NetworkModel
import Requantizer
import Synchronization
import TFLite
import TestSupport

/// How a source stores its numbers.
enum SourceKind: String, CaseIterable, Sendable {
  case uint8PerTensor, int8PerChannel, int8PerTensor, int8Symmetric

  var type: ElementType { self == .uint8PerTensor ? .uint8 : .int8 }
  /// The zero point of activations that hold both signs.
  var middle: Int64 { self == .uint8PerTensor ? 121 : self == .int8Symmetric ? 0 : -9 }
  /// The zero point of activations that hold no negative number.
  var floor: Int64 { self == .uint8PerTensor ? 0 : self == .int8Symmetric ? 0 : -128 }
  /// The zero point of weights.
  var weightZeroPoint: Int64 { self == .uint8PerTensor ? 117 : 0 }
}

/// Builds small networks, operator by operator.
struct SourceBuilder {
  let kind: SourceKind
  private(set) var network: Network
  private var random: SeededGenerator

  init(_ kind: SourceKind, seed: UInt64 = 1) {
    self.kind = kind
    network = Network(name: kind.rawValue, tensors: [], nodes: [], inputs: [], outputs: [])
    random = SeededGenerator(seed: seed)
  }

  mutating func tensor(
    _ name: String, _ shape: [Int], _ type: ElementType, _ quantization: Quantization?, _ values: [Int64]? = nil
  ) -> Int {
    let data = values.flatMap { Tensor.bytes($0, as: type) }.map { $0[...] }
    network.tensors.append(
      Tensor(name: name, type: type, shape: Shape(shape), quantization: quantization, data: data))
    return network.tensors.count - 1
  }

  /// An activation; `zeroPoint` is the middle's if none is given.
  mutating func activation(_ name: String, _ shape: [Int], _ scale: Float, zeroPoint: Int64? = nil) -> Int {
    tensor(name, shape, kind.type, Quantization(scale: scale, zeroPoint: zeroPoint ?? kind.middle))
  }

  mutating func input(_ shape: [Int], _ scale: Float = 0.037, zeroPoint: Int64? = nil) -> Int {
    let index = activation("input", shape, scale, zeroPoint: zeroPoint)
    network.inputs.append(index)
    return index
  }

  /// Weights of the kind's granularity, drawn from about ±60 with a few outliers.
  mutating func weights(_ name: String, _ shape: [Int], axis: Int = 0, scale: Float = 0.011) -> Int {
    var values: [Int64] = []
    for _ in 0..<Shape(shape).count {
      let width: UInt64 = random.next() % 16 == 0 ? 219 : 111
      values.append(Int64(random.next() % width) - Int64(width / 2) + kind.weightZeroPoint)
    }
    var quantization = Quantization(scale: scale, zeroPoint: kind.weightZeroPoint)
    if kind == .int8PerChannel {
      let scales = (0..<shape[axis]).map { scale * (1 + 0.37 * Float($0)) }
      quantization = Quantization(scales: scales, zeroPoints: scales.map { _ in 0 }, axis: axis)
    }
    return tensor(name, shape, kind.type, quantization, values)
  }

  mutating func bias(_ name: String, input: Int, weights: Int, count: Int) -> Int {
    let scale = network.tensors[input].quantization?.scale ?? 1
    let steps = network.tensors[weights].quantization?.scales ?? [1]
    let values = (0..<count).map { _ in Int64(random.next() % 2001) - 1000 }
    let quantization = Quantization(scales: steps.map { scale * $0 }, zeroPoints: steps.map { _ in 0 }, axis: 0)
    return tensor(name, [count], .int32, quantization, values)
  }

  mutating func append(_ operation: Operation, _ inputs: [Int?], _ output: Int) -> Int {
    network.nodes.append(Node(operation, inputs: inputs, outputs: [output]))
    return output
  }

  /// A 3×3 or 1×1 convolution.
  mutating func convolution(
    _ input: Int, channels: Int, size: Int = 3, scale: Float = 0.17, activation: Activation = .none,
    hasBias: Bool = true
  ) -> Int {
    let shape = network.tensors[input].shape
    let weights = weights("conv/w", [channels, size, size, shape[3]])
    let bias = hasBias ? bias("conv/b", input: input, weights: weights, count: channels) : nil
    let zeroPoint = activation == .none || activation == .reluN1To1 ? kind.middle : kind.floor
    let output = self.activation("conv", [shape[0], shape[1], shape[2], channels], scale, zeroPoint: zeroPoint)
    return append(.conv2D(Conv2D(padding: .same, activation: activation)), [input, weights, bias], output)
  }

  mutating func depthwise(_ input: Int, scale: Float = 0.05, activation: Activation = .relu6) -> Int {
    let shape = network.tensors[input].shape
    let weights = weights("dw/w", [1, 3, 3, shape[3]], axis: 3, scale: 0.02)
    let bias = bias("dw/b", input: input, weights: weights, count: shape[3])
    let output = self.activation("dw", shape.extents, scale, zeroPoint: kind.floor)
    return append(
      .depthwiseConv2D(DepthwiseConv2D(padding: .same, depthMultiplier: 1, activation: activation)),
      [input, weights, bias], output)
  }

  mutating func add(_ a: Int, _ b: Int, scale: Float = 0.21) -> Int {
    let output = activation("add", network.tensors[a].shape.extents, scale)
    return append(.add(Add()), [a, b], output)
  }

  mutating func reshape(_ input: Int, _ shape: [Int]) -> Int {
    var tensor = network.tensors[input]
    tensor.name += "/reshaped"
    tensor.shape = Shape(shape)
    network.tensors.append(tensor)
    return append(.reshape(Reshape(newShape: shape)), [input], network.tensors.count - 1)
  }

  mutating func fullyConnected(_ input: Int, channels: Int, scale: Float = 0.6, hasBias: Bool = true) -> Int {
    let shape = network.tensors[input].shape
    let depth = shape.count / shape[0]
    let weights = weights("fc/w", [channels, depth])
    let bias = hasBias ? bias("fc/b", input: input, weights: weights, count: channels) : nil
    let output = activation("fc", [shape[0], channels], scale)
    return append(.fullyConnected(FullyConnected()), [input, weights, bias], output)
  }

  mutating func softmax(_ input: Int) -> Int {
    let output = activation(
      "softmax", network.tensors[input].shape.extents, 1 / 256, zeroPoint: kind == .uint8PerTensor ? 0 : -128)
    return append(.softmax(Softmax(beta: 1)), [input], output)
  }

  mutating func finish(_ outputs: Int...) -> Network {
    network.outputs = outputs
    return network
  }
}

extension SourceBuilder {
  /// Convolution, depthwise, two residual sums, pad, pools, concatenation, mean, fully connected, softmax.
  static func everything(_ kind: SourceKind, batch: Int = 1) -> Network {
    var net = SourceBuilder(kind)
    let input = net.input([batch, 6, 6, 3])
    let stem = net.convolution(input, channels: 4, activation: .relu6)
    let wide = net.depthwise(stem)
    let linear = net.convolution(wide, channels: 4, size: 1)
    let sum = net.add(linear, stem)
    let second = net.add(net.convolution(sum, channels: 4), sum, scale: 0.4)
    let pooled = net.pool(second, isAverage: true)
    let maximum = net.pool(second, isAverage: false)
    let joined = net.concatenate(pooled, maximum)
    let mean = net.mean(net.pad(joined))
    return net.finish(net.softmax(net.fullyConnected(mean, channels: 5)))
  }

  mutating func pool(_ input: Int, isAverage: Bool) -> Int {
    var tensor = network.tensors[input]
    tensor.name = "pool"
    tensor.shape.extents[1] /= 2
    tensor.shape.extents[2] /= 2
    network.tensors.append(tensor)
    let window = Pool2D(padding: .valid, filterHeight: 2, filterWidth: 2, strideHeight: 2, strideWidth: 2)
    return append(
      isAverage ? .averagePool2D(window) : .maxPool2D(window), [input], network.tensors.count - 1)
  }

  mutating func concatenate(_ a: Int, _ b: Int) -> Int {
    var tensor = network.tensors[a]
    tensor.name = "joined"
    tensor.shape.extents[3] += network.tensors[b].shape[3]
    network.tensors.append(tensor)
    return append(.concatenation(Concatenation(axis: 3)), [a, b], network.tensors.count - 1)
  }

  mutating func pad(_ input: Int) -> Int {
    let amounts = self.tensor("amounts", [4, 2], .int32, nil, [0, 0, 1, 0, 0, 1, 0, 0])
    var padded = network.tensors[input]
    padded.name = "padded"
    padded.shape.extents[1] += 1
    padded.shape.extents[2] += 1
    network.tensors.append(padded)
    return append(.pad(Pad()), [input, amounts], network.tensors.count - 1)
  }

  mutating func mean(_ input: Int, scale: Float = 0.03) -> Int {
    let axes = tensor("axes", [2], .int32, nil, [1, 2])
    let shape = network.tensors[input].shape
    let output = activation("mean", [shape[0], shape[3]], scale)
    return append(.mean(Mean(keepsAxes: false)), [input, axes], output)
  }
}

/// The embedded models.
enum Demo {
  private static let made = Mutex<[String: Task<Requantized, any Error>]>([:])

  /// A model rewritten for a built-in profile with the samples of `AccuracyTests`; made once, since it takes long.
  static func requantized(_ file: DemoModel.File, for profile: String) async throws -> Requantized {
    let task = made.withLock { tasks in
      let key = "\(file.rawValue) \(profile)"
      let task =
        tasks[key]
        ?? Task {
          let source = try network(file)
          return try await Requantizer(profile: .builtIn(named: profile), threads: 2).requantize(
            source, calibration: Calibration.demo(source, count: AccuracyTests.sizes.calibration))
        }
      tasks[key] = task
      return task
    }
    return try await task.value
  }

  static func network(_ file: DemoModel.File) throws -> Network {
    try TFLiteFile(bytes: DemoModel.bytes(of: file)).network()
  }
}
