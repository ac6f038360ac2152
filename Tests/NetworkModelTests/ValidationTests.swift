import NetworkModel
import TestSupport
import Testing

/// What makes a network unsound, each by itself, with its place and text.
@Suite struct ValidationTests {
  /// Input 0, weights 1, middle 2, output 3: a fully connected layer and a RELU.
  static func network() -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([2, 4])
    let w = builder.constant([Int64](repeating: 1, count: 12), [3, 4], .int8, Quantization(scale: 1))
    let middle = builder.activation([2, 3])
    let y = builder.activation([2, 3])
    builder.node(.fullyConnected(FullyConnected()), [x, w, nil], middle)
    builder.node(.relu(Relu(.relu)), [middle], y)
    return builder.finish(y)
  }

  /// The faults after a change of the sound network.
  static func faults(_ change: (inout Network) -> Void) -> [String] {
    var network = network()
    change(&network)
    return network.validate().map(\.description)
  }

  @Test func aSoundNetworkHasNoFaults() { #expect(Self.faults { _ in }.isEmpty) }

  @Test func danglingReferences() {
    #expect(
      Self.faults { $0.nodes[0].inputs[1] = 9 } == [
        "operator 0 (FULLY_CONNECTED): an input is tensor 9, and the file has 4 tensors"
      ])
    #expect(
      Self.faults { $0.nodes[1].outputs = [-1] }.first?.hasPrefix("operator 1 (RELU): an output is tensor -1") == true)
    #expect(Self.faults { $0.inputs = [4] } == ["the graph: an input is tensor 4, and the file has 4 tensors"])
    #expect(Self.faults { $0.outputs = [4] } == ["the graph: an output is tensor 4, and the file has 4 tensors"])
  }

  @Test func emptyGraphs() {
    #expect(Self.faults { $0.inputs = [] } == ["the graph: has no input"])
    #expect(Self.faults { $0.outputs = [] } == ["the graph: has no output"])
    #expect(Self.faults { $0.nodes = [] } == ["the graph: has no operator"])
    #expect(Self.faults { $0.nodes[1].outputs = [] } == ["operator 1 (RELU): has no output"])
  }

  @Test func theOrderOfOperators() {
    #expect(
      Self.faults { $0.nodes.swapAt(0, 1) } == ["operator 0 (RELU): reads tensor 2 \"t2\" before it is written"])
    #expect(
      Self.faults { $0.nodes[1].outputs = [2] }.contains(
        "operator 1 (RELU): writes tensor 2 \"t2\" a second time"))
    #expect(Self.faults { $0.nodes[1].outputs = [1] }.contains { $0.contains("writes tensor 1 \"c1\", a constant") })
    #expect(Self.faults { $0.nodes.removeLast() } == ["tensor 3 \"t3\": is an output that nothing writes"])
    #expect(Self.faults { $0.inputs = [0, 0] } == ["tensor 0 \"t0\": is an input of the graph twice"])
    #expect(Self.faults { $0.inputs = [0, 1] } == ["tensor 1 \"c1\": is an input of the graph, yet constant"])
  }

  @Test func shapesThatAreNotWhatOperandsGive() {
    #expect(
      Self.faults { $0.tensors[3].shape = Shape([3, 2]) } == [
        "operator 1 (RELU), output tensor 3 \"t3\": is declared 3×2; its operands give 2×3"
      ])
    #expect(Self.faults { $0.tensors[0].shape = Shape([2, 5]) }.first?.contains("do not fit an input of 2×5") == true)
    #expect(
      Self.faults { $0.nodes[1].outputs = [3, 3] }.contains { $0.contains("has 2 outputs; its operands give 1") })
  }

  @Test(arguments: [0, -1]) func extentsBelowOne(_ extent: Int) {
    let faults = Self.faults { $0.tensors[0].shape = Shape([2, extent]) }
    #expect(faults.count == 1)
    #expect(faults.first?.contains("has the extent \(extent)") == true)
  }

  /// A shape rule divides by an extent; a fault of the tensor itself must not let it come so far.
  @Test func anExtentOfZeroDoesNotReachAShapeRule() {
    var builder = NetworkBuilder()
    let x = builder.input([1, 4, 4, 0])
    let w = builder.constant([1], [1, 1, 1, 1], .int8, Quantization(scale: 1))
    let y = builder.activation([1, 4, 4, 1])
    builder.node(.conv2D(Conv2D(padding: .same)), [x, w], y)
    #expect(builder.finish(y).validate().map(\.place) == ["tensor 0 \"t0\""])
  }

  @Test func sizesBeyondTheLimit() {
    #expect(Self.faults { $0.tensors[0].shape = Shape([1 << 14, 1 << 14]) }.first?.contains("more than") == true)
    #expect(Self.faults { $0.tensors[0].shape = Shape([.max, .max]) }.first?.contains("more than") == true)
  }

  @Test func buffersOfTheWrongSize() {
    #expect(
      Self.faults { $0.tensors[1].data = [1, 2, 3] }.first
        == "tensor 1 \"c1\": is 3×4 of int8: 12 bytes; its buffer holds 3")
    #expect(Self.faults { $0.tensors[1].type = .string }.contains { $0.contains("has no fixed size") })
  }

  @Test func quantizationParameters() {
    func fault(_ quantization: Quantization) -> String? {
      Self.faults { $0.tensors[1].quantization = quantization }.first
    }
    for bad: Float in [0, -1, .infinity, .nan] { #expect(fault(.init(scale: bad))?.contains("has the scale") == true) }
    #expect(fault(.init(scale: 1, zeroPoint: 128))?.contains("the zero point 128 at 0, which int8 cannot hold") == true)
    #expect(fault(.init(scales: [], zeroPoints: [], axis: 0))?.contains("0 scales and 0 zero points") == true)
    #expect(fault(.init(scales: [1, 1], zeroPoints: [0], axis: 0))?.contains("2 scales and 1 zero points") == true)
    #expect(fault(.init(scales: [1, 1], zeroPoints: [0, 0], axis: 0))?.contains("extent is 3") == true)
    #expect(fault(.init(scales: [1, 1], zeroPoints: [0, 0], axis: 2))?.contains("the axis 2") == true)
    #expect(fault(.init(scales: [1, 1, 1], zeroPoints: [0, 0, 0], axis: 0)) == nil)
  }

  @Test(arguments: [ElementType.float32, .int64, .int32]) func zeroPointsHave32Bits(_ type: ElementType) {
    func fault(_ zeroPoint: Int64) -> Bool {
      let tensor = Tensor(
        name: "", type: type, shape: Shape([1]), quantization: Quantization(scale: 1, zeroPoint: zeroPoint))
      return Self.faults { network in
        network.tensors.append(tensor)
        network.inputs.append(network.tensors.count - 1)
      }.contains { $0.contains("the zero point") }
    }
    #expect([Int64.min, -1 << 31 - 1, 1 << 31, .max].allSatisfy(fault))
    #expect(![-1 << 31, 0, 1 << 31 - 1].contains(where: fault))
  }

  /// A kernel takes an intermediate's scale as it is.
  @Test func parametersOfIntermediatesAreLookedAt() {
    let bad = [
      Quantization(scales: [1], zeroPoints: [], axis: 0), Quantization(scale: .nan),
      Quantization(scale: 1, zeroPoint: 1 << 40),
    ]
    for quantization in bad + [Quantization(scale: 1)] {
      let faults = Self.faults { network in
        network.tensors.append(Tensor(name: "i", type: .int16, shape: Shape([0]), quantization: quantization))
        network.nodes[0].intermediates = [4]
      }
      #expect(faults.isEmpty == (quantization == Quantization(scale: 1)), "\(faults)")
      #expect(faults.allSatisfy { $0.hasPrefix("tensor 4 \"i\": has ") && !$0.contains("nan(") })
    }
  }

  @Test func unusedTensorsAreNotLookedAt() {
    #expect(Self.faults { $0.tensors.append(Tensor(name: "", type: .int8, shape: Shape([0]))) }.isEmpty)
  }

  @Test func allFaultsAreListed() {
    let faults = Self.faults {
      $0.tensors[0].quantization = Quantization(scale: 0)
      $0.tensors[3].shape = Shape([7])
      $0.outputs = [3, 1]
    }
    #expect(faults.count == 2)
  }

  @Test func longNamesAreCutInMessages() {
    var network = Self.network()
    network.tensors[0].name = String(repeating: "x", count: 500)
    #expect(network.label(ofTensor: 0).count < 100)
    #expect(network.label(ofTensor: 77) == "tensor 77")
  }
}
