/// One thing that is wrong with a network.
package struct NetworkFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The tensor or operator: `tensor 12 "conv/weights"`, `operator 3 (CONV_2D)`.
  package let place: String
  /// What is wrong and what is allowed.
  package let message: String

  /// Creates a fault.
  package init(place: String, message: String) {
    self.place = place
    self.message = message
  }

  /// The place, then the message.
  package var description: String { "\(place): \(message)" }
}

extension Network {
  /// How a message names a tensor.
  package func label(ofTensor index: Int) -> String {
    guard tensors.indices.contains(index) else { return "tensor \(index)" }
    let name = tensors[index].name.unicodeScalars
    if name.isEmpty { return "tensor \(index)" }
    // Counted by scalars: one character may be a letter with a million accents.
    let isLong = name.dropFirst(80).first != nil
    return "tensor \(index) \"\(isLong ? "\(String(name.prefix(77)))…" : String(name))\""
  }

  /// How a message names an operator: by its place in the file that it was read from.
  package func label(ofNode index: Int) -> String {
    let name = nodes[index].operation.name
    return switch nodes[index].origin {
    case nil: "operator \(index) (\(name))"
    case .source(let place): "operator \(place) (\(name))"
    case .addedBefore(let place): "the \(name) added before operator \(place)"
    }
  }

  /// The operands of a node, by position.
  package func operands(of node: Node) -> [Tensor?] { node.inputs.map { $0.map { tensors[$0] } } }

  /// Everything that is wrong with the network, in the order of the file; empty when it is sound.
  ///
  /// Only tensors that an operator, an input or an output names are looked at: files carry unused ones.
  package func validate() -> [NetworkFault] {
    let dangling = danglingReferences()
    if !dangling.isEmpty { return dangling }
    let faults = tensorFaults() + orderFaults() + shapeFaults()
    return faults.isEmpty ? resourceFaults() : faults
  }

  /// References to tensors that do not exist; nothing else can be checked while there are some.
  func danglingReferences() -> [NetworkFault] {
    var faults: [NetworkFault] = []
    func check(_ index: Int, _ place: @autoclosure () -> String, _ role: String) {
      if !tensors.indices.contains(index) {
        faults.append(
          NetworkFault(place: place(), message: "\(role) is tensor \(index), and the file has \(tensors.count) tensors")
        )
      }
    }
    for (index, node) in nodes.enumerated() {
      for input in node.inputs.compactMap(\.self) { check(input, label(ofNode: index), "an input") }
      for output in node.outputs { check(output, label(ofNode: index), "an output") }
      for tensor in node.intermediates { check(tensor, label(ofNode: index), "an intermediate") }
      if node.outputs.isEmpty { faults.append(NetworkFault(place: label(ofNode: index), message: "has no output")) }
    }
    for input in inputs { check(input, "the graph", "an input") }
    for output in outputs { check(output, "the graph", "an output") }
    if inputs.isEmpty { faults.append(NetworkFault(place: "the graph", message: "has no input")) }
    if outputs.isEmpty { faults.append(NetworkFault(place: "the graph", message: "has no output")) }
    if nodes.isEmpty { faults.append(NetworkFault(place: "the graph", message: "has no operator")) }
    return faults
  }

  /// The tensors that anything names, in ascending order.
  package func usedTensors() -> [Int] {
    var used = Set(inputs).union(outputs)
    for node in nodes { used.formUnion(node.inputs.compactMap(\.self) + node.outputs) }
    return used.sorted()
  }

  private func tensorFaults() -> [NetworkFault] {
    let faults = usedTensors().map { ($0, tensors[$0].faults()) }
    // Of intermediates only the parameters mean something; they often have no shape.
    let stated = Set(nodes.flatMap(\.intermediates)).sorted().map { index in
      let tensor = tensors[index]
      return (
        index, tensor.quantization.map { $0.faults(of: tensor.type, shape: tensor.shape) } ?? []
      )
    }
    return (faults + stated).flatMap { index, messages in
      messages.map { NetworkFault(place: label(ofTensor: index), message: $0) }
    }
  }

  /// Tensors that are read before they are written, written twice, or written though constant.
  private func orderFaults() -> [NetworkFault] {
    var faults: [NetworkFault] = []
    var available = Set<Int>()
    for input in inputs {
      if tensors[input].isConstant {
        faults.append(NetworkFault(place: label(ofTensor: input), message: "is an input of the graph, yet constant"))
      }
      if !available.insert(input).inserted {
        faults.append(NetworkFault(place: label(ofTensor: input), message: "is an input of the graph twice"))
      }
    }
    for (index, node) in nodes.enumerated() {
      for input in node.inputs.compactMap(\.self) where !tensors[input].isConstant && !available.contains(input) {
        // Variables hold what the operator itself left there, and nothing at first.
        if node.operation.keepsVariables, tensors[input].isVariable { continue }
        faults.append(
          NetworkFault(place: label(ofNode: index), message: "reads \(label(ofTensor: input)) before it is written"))
      }
      for output in node.outputs {
        if tensors[output].isConstant {
          faults.append(
            NetworkFault(place: label(ofNode: index), message: "writes \(label(ofTensor: output)), a constant"))
        } else if !available.insert(output).inserted {
          faults.append(
            NetworkFault(place: label(ofNode: index), message: "writes \(label(ofTensor: output)) a second time"))
        }
      }
    }
    for output in outputs where !tensors[output].isConstant && !available.contains(output) {
      faults.append(NetworkFault(place: label(ofTensor: output), message: "is an output that nothing writes"))
    }
    return faults
  }

  /// Operands that do not fit their operator, and outputs whose declared shape is not what the operator gives.
  private func shapeFaults() -> [NetworkFault] {
    var faults: [NetworkFault] = []
    // A shape rule may rely on operands that are sound by themselves.
    let unsound = Set(usedTensors().filter { !tensors[$0].faults().isEmpty })
    for (index, node) in nodes.enumerated() where unsound.isDisjoint(with: node.inputs.compactMap(\.self)) {
      // A number that the options state is compared before there are as many shapes.
      if let stated = node.operation.statedOutputs, stated != node.outputs.count {
        faults.append(
          NetworkFault(
            place: label(ofNode: index), message: "has \(node.outputs.count) outputs; its options say \(stated)"))
        continue
      }
      switch node.operation.outputShapes(operands(of: node)) {
      case .failure(let fault): faults.append(NetworkFault(place: label(ofNode: index), message: fault.description))
      case .success(let shapes) where shapes.count != node.outputs.count:
        faults.append(
          NetworkFault(
            place: label(ofNode: index), message: "has \(node.outputs.count) outputs; its operands give \(shapes.count)"
          ))
      case .success(let shapes):
        for (output, shape) in zip(node.outputs, shapes) where shape != tensors[output].shape {
          let place = "\(label(ofNode: index)), output \(label(ofTensor: output))"
          faults.append(
            NetworkFault(place: place, message: "is declared \(tensors[output].shape); its operands give \(shape)"))
        }
      }
    }
    return faults
  }
}

extension Tensor {
  /// What is wrong with the tensor by itself.
  func faults() -> [String] {
    guard shape.rank <= Network.rankLimit else {
      return ["has \(shape.rank) axes; supported are up to \(Network.rankLimit)"]
    }
    if let extent = shape.extents.first(where: { $0 < 1 }) {
      return ["has the extent \(extent) in its shape \(shape); extents are one or more"]
    }
    guard let count = shape.checkedCount, count <= Network.elementLimit else {
      return ["has the shape \(shape): more than \(Network.elementLimit) elements"]
    }
    var faults: [String] = []
    if let data {
      if let expected = type.byteCount(of: count) {
        if expected != data.count {
          faults.append("is \(shape) of \(type): \(expected) bytes; its buffer holds \(data.count)")
        }
      } else {
        faults.append("is a constant of type \(type), which has no fixed size")
      }
    }
    if let quantization { faults += quantization.faults(of: type, shape: shape) }
    return faults
  }
}

extension Float {
  /// The number in words; Swift would write the sign and the payload of a NaN.
  var text: String { isNaN ? "nan" : "\(self)" }
}

extension Quantization {
  /// What is wrong with the parameters for a tensor of a type and shape.
  func faults(of type: ElementType, shape: Shape) -> [String] {
    guard !scales.isEmpty, scales.count == zeroPoints.count else {
      return ["has \(scales.count) scales and \(zeroPoints.count) zero points; both counts must be equal and not zero"]
    }
    var faults: [String] = []
    if let index = scales.firstIndex(where: { !($0.isFinite && $0 > 0) }) {
      faults.append("has the scale \(scales[index].text) at \(index); scales are finite and positive")
    }
    // Whatever the type, a runtime holds zero points in 32 bits.
    let range = (type.integerRange ?? Int64.min...Int64.max).clamped(to: Int64(Int32.min)...Int64(Int32.max))
    if let index = zeroPoints.firstIndex(where: { !range.contains($0) }) {
      faults.append("has the zero point \(zeroPoints[index]) at \(index), which \(type) cannot hold")
    }
    if isPerAxis {
      if !shape.extents.indices.contains(axis) {
        faults.append("is quantized along the axis \(axis), which its shape \(shape) does not have")
      } else if shape[axis] != scales.count {
        faults.append("has \(scales.count) scales along the axis \(axis), whose extent is \(shape[axis])")
      }
    }
    return faults
  }
}
