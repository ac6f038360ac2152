internal import HardwareProfile
internal import NetworkModel
internal import Simulation
internal import Testing

@Suite struct ConstantOperandTests {
  /// QUANTIZE of a constant, whose result is added to the input.
  static func network(_ type: ElementType, _ data: [UInt8]) -> Network {
    let quantization = Quantization(scale: 0.5)
    return Network(
      tensors: [
        Tensor(name: "x", type: .int8, shape: Shape([1, 2]), quantization: quantization),
        Tensor(name: "constant", type: type, shape: Shape([1, 2]), data: data[...]),
        Tensor(name: "quantized", type: .int8, shape: Shape([1, 2]), quantization: quantization),
        Tensor(name: "sum", type: .int8, shape: Shape([1, 2]), quantization: quantization),
      ],
      nodes: [
        Node(.quantize(Quantize()), inputs: [1], outputs: [2]), Node(.add(Add()), inputs: [0, 2], outputs: [3]),
      ],
      inputs: [0], outputs: [3])
  }

  @Test func aFloatConstantIsQuantizedByTheProgram() throws {
    let bytes = [Float(3), -1.25].flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * $0)) }
    }
    let program = try Program.lower(Self.network(.float32, bytes), for: HardwareProfile.builtIn(named: "tflite"))
    // 3 / 0.5 = 6 and −1.25 / 0.5 = −2.5, ties away from zero.
    #expect(try ReferenceEngine(program).run([[10, 10]]).outputs == [[16, 7]])
  }

  @Test func aConstantWithoutReadableElementsIsRefusedByName() throws {
    let network = Self.network(.float16, [0, 0, 0, 0])
    #expect {
      try Program.lower(network, for: HardwareProfile.builtIn(named: "tflite"))
    } throws: { error in
      "\(error)".contains("\"constant\"") || "\(error)".contains("float16")
    }
  }
}
