internal import HardwareProfile
internal import Network
internal import Simulation

extension Network {
  /// The network with a QUANTIZE wherever an operator of the device reads what a host step made with parameters of its
  /// own that the device does not have.
  ///
  /// SOFTMAX prescribes 1/256 and the smallest integer as zero point, which no choice of scales makes symmetric. The added
  /// operator changes no integer here; what it makes is planned as any other activation of the device.
  func withDeviceEntrances(for profile: HardwareProfile) -> Network {
    var result = self
    result.nodes = []
    // What a host step made, and the copies that the device reads instead.
    var hostData: Set<Int> = []
    var entrances: [Int: Int] = [:]
    for var node in nodes {
      let isDevice = profile.operators[node.operation.name]?.run == .device
      let followsHost = node.operation.rescaling == .shared && node.input(0).map(hostData.contains) ?? false
      if isDevice && !followsHost && !node.operation.isConversion && node.operation.rescaling != .fixedOutput {
        let read = Set(node.activationOperands).intersection(hostData)
        for tensor in read.sorted() where entrances[tensor] == nil {
          var copy = tensors[tensor]
          copy.name += "/device"
          result.tensors.append(copy)
          result.nodes.append(
            Node(.quantize(Quantize()), inputs: [tensor], outputs: [result.tensors.count - 1]))
          entrances[tensor] = result.tensors.count - 1
        }
        node.inputs = node.inputs.map { input in input.map { read.contains($0) ? entrances[$0] ?? $0 : $0 } }
      }
      let makesHostData = node.operation.rescaling == .fixedOutput || followsHost
      // Positions and counts are no quantized numbers: no QUANTIZE gives them others.
      let isQuantized = node.outputs.allSatisfy { tensors[$0].type.bits == 8 && tensors[$0].quantization != nil }
      for output in node.outputs where makesHostData && isQuantized && !profile.activations.accepts(tensors[output]) {
        hostData.insert(output)
      }
      result.nodes.append(node)
    }
    return result
  }
}
