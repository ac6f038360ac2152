internal import Workflows
internal import HardwareProfile
internal import NetworkModel
internal import Reports
internal import Simulation

/// What a model is made of, as `inspect` tells it.
struct ModelSummary: Encodable {
  /// One operator.
  struct Row: Encodable {
    let index: Int
    let name: String
    let placement: String
    let inputShapes: [[Int]]
    let outputShape: [Int]
    let weights: String?
    let inputScale: Float?
    let outputScale: Float?
    let outputZeroPoint: Int64?
    let activation: String
    let macs: Int
  }

  /// A quantization scheme and how many tensors have it.
  struct Scheme: Encodable {
    let role: String
    let scheme: String
    let tensors: Int
  }

  let operators: [Row]
  /// Operators at the end that are left out, in words.
  let omissions: [String]
  let schemes: [Scheme]
  let macs: Int
  let parameterBytes: Int
  let largestActivationBytes: Int
  let activationBytes: Int

  init(_ network: Network, _ profile: HardwareProfile) {
    operators = profile.placements(in: network).enumerated().map { Row($0, network, $1) }
    omissions = network.omissions.map(network.text(of:))
    schemes = Self.schemes(network)
    macs = operators.reduce(0) { $0 + $1.macs }
    let used = network.usedTensors().map { network.tensors[$0] }
    parameterBytes = used.reduce(0) { $0 + ($1.data?.count ?? 0) }
    let activations = used.filter { !$0.isConstant }.map { $0.type.byteCount(of: $0.shape.count) ?? 0 }
    largestActivationBytes = activations.max() ?? 0
    activationBytes = activations.reduce(0, +)
  }

  private static func schemes(_ network: Network) -> [Scheme] {
    var counts: [[String]: Int] = [:]
    let weights = Set(network.nodes.filter { $0.operation.rescaling == .weighted }.compactMap { $0.input(1) })
    let biases = Set(network.nodes.filter { $0.operation.rescaling == .weighted }.compactMap { $0.input(2) })
    for index in network.usedTensors() {
      let tensor = network.tensors[index]
      let role =
        weights.contains(index)
        ? "weights"
        : biases.contains(index)
          ? "biases"
          : tensor.isConstant ? "constants" : "activations"
      counts[[role, tensor.schemeText], default: 0] += 1
    }
    return counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map { Scheme(role: $0.key[0], scheme: $0.key[1], tensors: $0.value) }
  }
}

extension ModelSummary.Row {
  init(_ index: Int, _ network: Network, _ placement: Placement) {
    let node = network.nodes[index]
    let operands = network.operands(of: node)
    let output = network.tensors[node.outputs[0]]
    let isWeighted = node.operation.rescaling == .weighted
    let weights = isWeighted ? operands[1] : nil
    self.index = index
    name = node.operation.name
    self.placement = placement.rawValue
    inputShapes = operands.compactMap { $0.flatMap { $0.isConstant ? nil : $0.shape.extents } }
    outputShape = output.shape.extents
    self.weights = weights?.schemeText
    inputScale = operands.first.flatMap { $0?.quantization?.scale }
    outputScale = output.quantization?.scale
    outputZeroPoint = output.quantization?.zeroPoint
    activation = node.operation.activation.rawValue
    // Each output element takes the products of one output channel's weights.
    macs = weights.map { output.shape.count * ($0.shape.count / max(1, output.shape.extents.last ?? 1)) } ?? 0
  }
}

extension Tensor {
  /// The scheme in words: `int8 symmetric per channel, powers of two`.
  var schemeText: String {
    guard let quantization else { return type.rawValue }
    let symmetry = quantization.zeroPoints.allSatisfy { $0 == 0 } ? "symmetric" : "asymmetric"
    let granularity = quantization.isPerAxis ? "per channel" : "per tensor"
    let scales = quantization.scales.allSatisfy(\.isPowerOfTwo) ? ", powers of two" : ""
    return "\(type.rawValue) \(symmetry) \(granularity)\(scales)"
  }
}

extension ModelSummary {
  /// Where the accelerator begins and ends, where the host has a part.
  private func accelerator() -> [String] {
    let device = operators.filter { $0.placement == Placement.device.rawValue }
    guard let first = device.first, let last = device.last, device.count < operators.count else { return [] }
    let between = operators[first.index...last.index].count { $0.placement == Placement.host.rawValue }
    // The longest run of operators that need no host.
    var (start, longest, run) = (first.index, first.index..<first.index, 0)
    for row in operators {
      if row.placement == Placement.host.rawValue { (start, run) = (row.index + 1, 0) } else { run += 1 }
      if run > longest.count { longest = start..<row.index + 1 }
    }
    let range = "operators \(first.index) to \(last.index)"
    if between == 0 { return ["the accelerator runs \(range), the host runs the others"] }
    return [
      "the accelerator runs \(range), except \(between) of them that the host runs; the longest part without the host is "
        + "\(longest.lowerBound) to \(longest.upperBound - 1)"
    ]
  }

  /// The operators and totals for people.
  func text() -> String {
    var table = TextTable([
      TextTable.Column("#", .right), TextTable.Column("operator"), TextTable.Column("input"),
      TextTable.Column("output"), TextTable.Column("weights"), TextTable.Column("output scale", .right),
      TextTable.Column("zero", .right), TextTable.Column("fused"), TextTable.Column("MACs", .right),
    ])
    for row in operators {
      table.add([
        "\(row.index)", row.name + (row.placement == "host" ? " (host)" : ""),
        row.inputShapes.map { Shape($0).description }.joined(separator: ", "),
        Shape(row.outputShape).description, row.weights ?? "", row.outputScale.map { "\($0)" } ?? "",
        row.outputZeroPoint.map(String.init) ?? "", row.activation == "NONE" ? "" : row.activation,
        row.macs == 0 ? "" : Format.engineering(Double(row.macs)),
      ])
    }
    table.footnotes = [""] + accelerator() + omissions + schemes.map { "\($0.role): \($0.tensors) × \($0.scheme)" }
    table.footnotes.append(
      "total: \(operators.count) operators, \(Format.engineering(Double(macs), unit: "MAC")), parameters "
        + "\(Format.bytes(parameterBytes)), activations \(Format.bytes(activationBytes)), the largest "
        + Format.bytes(largestActivationBytes))
    return table.render()
  }
}
