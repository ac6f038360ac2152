internal import HardwareProfile
internal import NetworkModel
internal import Simulation

extension Network {
  /// The network with an AVERAGE_POOL_2D over the whole image for each MEAN over height and width, where the machine has the
  /// one and not the other.
  ///
  /// A pool keeps its input's scale, a MEAN has one of its own. Layers that read the mean take the input's scale, their biases
  /// in its steps; any other reader gets a QUANTIZE to the scale that it knows.
  ///
  /// - Parameters:
  ///   - profile: The machine.
  ///   - cut: Means whose own format cuts, so that all of their readers get the QUANTIZE.
  /// - Returns: The network.
  func poolingMeans(for profile: HardwareProfile, cut: Set<Int> = []) -> Network {
    // A window that is the image fits one size of images only.
    guard profile.operators["MEAN"] == nil, profile.operators["AVERAGE_POOL_2D"] != nil, !hasFreeSizes else {
      return self
    }
    var result = self
    // From the last one, so that the places of those before stay.
    for index in nodes.indices.reversed() {
      guard let mean = GlobalMean(nodes[index], self), mean.fits(profile) else { continue }
      var pools = result.pools(for: mean, isCut: cut.contains(mean.output))
      pools[0].origin = nodes[index].origin
      result.nodes.replaceSubrange(index...index, with: pools)
    }
    return result
  }

  /// What computes a mean instead.
  private mutating func pools(for mean: GlobalMean, isCut: Bool) -> [Node] {
    var result: [Node] = []
    var scaled = tensors[mean.output]
    scaled.quantization = tensors[mean.input].quantization
    scaled.shapeSignature = []
    var last = mean.output
    if tensors[mean.output].quantization != scaled.quantization && (isCut || !adopt(scaled, at: mean.output)) {
      scaled.name += "/mean"
      tensors.append(scaled)
      last = tensors.count - 1
    }
    let extents = mean.window
    let pool = Pool2D(padding: .valid, filterHeight: extents.height, filterWidth: extents.width)
    if mean.keepsAxes {
      result.append(Node(.averagePool2D(pool), inputs: [mean.input], outputs: [last]))
    } else {
      let shape = tensors[mean.output].shape
      var pooled = scaled
      pooled.name = tensors[mean.output].name + "/pooled"
      pooled.shape = Shape([tensors[mean.input].shape[0], 1, 1, tensors[mean.input].shape[3]])
      let list = Tensor.bytes(shape.extents.map(Int64.init), as: .int32).map { $0[...] }
      tensors += [
        pooled, Tensor(name: pooled.name + "/shape", type: .int32, shape: Shape([shape.rank]), data: list),
      ]
      let first = tensors.count - 2
      result.append(Node(.averagePool2D(pool), inputs: [mean.input], outputs: [first]))
      result.append(Node(.reshape(Reshape(newShape: shape.extents)), inputs: [first, first + 1], outputs: [last]))
    }
    if last != mean.output { result.append(Node(.quantize(Quantize()), inputs: [last], outputs: [mean.output])) }
    return result
  }

  /// Gives a tensor another scale if only layers with weights read it; their biases are stored anew.
  private mutating func adopt(_ scaled: Tensor, at tensor: Int) -> Bool {
    guard let old = tensors[tensor].quantization, let new = scaled.quantization, !outputs.contains(tensor) else {
      return false
    }
    var biases: [(node: Int, tensor: Tensor)] = []
    for (index, node) in nodes.enumerated() where node.inputs.contains(tensor) {
      guard node.operation.rescaling == .weighted, node.input(0) == tensor,
        node.inputs.dropFirst().allSatisfy({ $0 != tensor })
      else { return false }
      guard let position = node.input(2) else { continue }
      guard let bias = tensors[position].inputRescaled(by: Double(new.scale) / Double(old.scale)) else { return false }
      biases.append((index, bias))
    }
    for (node, bias) in biases {
      tensors.append(bias)
      nodes[node].inputs[2] = tensors.count - 1
    }
    tensors[tensor].quantization = new
    return true
  }
}

/// A MEAN over the height and the width of images of 8 bits.
private struct GlobalMean {
  let input: Int
  let output: Int
  let window: (height: Int, width: Int)
  let keepsAxes: Bool

  init?(_ node: Node, _ network: Network) {
    guard case .mean(let rules) = node.operation, let input = node.input(0), let output = node.outputs.first,
      rules.axes(node.inputs.map { $0.map { network.tensors[$0] } }) == [1, 2]
    else { return nil }
    let tensors = [network.tensors[input], network.tensors[output]]
    guard tensors[0].shape.rank == 4, tensors.allSatisfy({ $0.type == tensors[0].type && $0.type.bits == 8 }),
      tensors.allSatisfy({ $0.quantization?.isPerAxis == false })
    else { return nil }
    self.input = input
    self.output = output
    window = (tensors[0].shape[1], tensors[0].shape[2])
    keepsAxes = rules.keepsAxes
  }

  /// Whether the machine's pool is as large as the image; the host's always is.
  func fits(_ profile: HardwareProfile) -> Bool {
    guard profile.operators["AVERAGE_POOL_2D"]?.run == .device, let limit = profile.limits.kernelSize else {
      return true
    }
    return max(window.height, window.width) <= limit
  }
}

extension Tensor {
  /// A bias whose layer's input has steps so many times as large; `nil` where that does not fit the type.
  fileprivate func inputRescaled(by factor: Double) -> Tensor? {
    guard let values = integers(), let range = type.integerRange, var scales = quantization, factor > 0 else {
      return nil
    }
    let moved = values.map { (Double($0) / factor).rounded(.toNearestOrAwayFromZero) }
    guard moved.allSatisfy({ $0 >= Double(range.lowerBound) && $0 < Double(range.upperBound) }) else { return nil }
    var result = self
    result.data = Tensor.bytes(moved.map { Int64($0) }, as: type).map { $0[...] }
    scales.scales = scales.scales.map { Float(Double($0) * factor) }
    result.quantization = scales
    return result
  }
}
