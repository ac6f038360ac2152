internal import HardwareProfile
internal import NetworkModel
internal import Simulation

extension Network {
  /// The network with a QUANTIZE wherever an operator of the device reads what a host step made with parameters of its
  /// own that the device does not have.
  ///
  /// SOFTMAX prescribes 1/256 and the smallest integer as zero point, which no choice of scales makes symmetric, and a
  /// recurrent operator of the host keeps all of its parameters, since its state has them too. What it reads from the device
  /// is turned back by a QUANTIZE as well. The added operators change no integer here; what they make for the device is
  /// planned as any other activation of it.
  func withDeviceEntrances(for profile: HardwareProfile) -> Network {
    var result = self
    result.nodes = []
    // What a host step made, and the copies that the device reads instead.
    var hostData: Set<Int> = []
    var entrances: [Int: Int] = [:]
    let touchedByDevice = Set(
      nodes.filter { profile.operators[$0.operation.name]?.run == .device && !$0.operation.isConversion }
        .flatMap { $0.activationOperands + $0.outputs })
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
      let isRecurrent = node.isRecurrentOnHost(of: profile)
      if isRecurrent, let input = node.input(0), !hostData.contains(input), touchedByDevice.contains(input) {
        var copy = tensors[input]
        copy.name += "/host"
        result.tensors.append(copy)
        node.inputs[0] = result.tensors.count - 1
        result.nodes.append(Node(.quantize(Quantize()), inputs: [input], outputs: [result.tensors.count - 1]))
      }
      // Positions and counts are no quantized numbers: no QUANTIZE gives them others.
      let isQuantized = node.outputs.allSatisfy { tensors[$0].type.bits == 8 && tensors[$0].quantization != nil }
      let makesHostData = node.operation.rescaling == .fixedOutput || followsHost
      for output in node.outputs where isQuantized {
        if isRecurrent || (makesHostData && !profile.activations.accepts(tensors[output])) { hostData.insert(output) }
      }
      result.nodes.append(node)
    }
    return result
  }
}

extension Node {
  /// Whether the host runs an operator that holds something from call to call.
  func isRecurrentOnHost(of profile: HardwareProfile) -> Bool {
    operation.keepsVariables && profile.operators[operation.name]?.run == .host
  }
}
