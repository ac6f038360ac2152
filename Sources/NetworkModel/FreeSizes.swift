/// Sizes that a file leaves open, and what follows from those that a caller chooses.
extension Tensor {
  /// The axes whose extents the file leaves open: −1 in its signature, or no extent at all, −1 or 0.
  package var freeAxes: [Int] {
    shape.extents.indices.filter { axis in
      [-1, 0].contains(shape.extents[axis]) || (shapeSignature.count == shape.rank && shapeSignature[axis] == -1)
    }
  }

  /// The axes with open extents without the batch, which is the first of several.
  package var freeSizes: [Int] { freeAxes.filter { $0 > 0 || shape.rank == 1 } }

  /// The axes, without the batch, where the file holds only a placeholder, an extent of 1 or none, for an open one.
  package var placeholderAxes: [Int] { freeSizes.filter { shape.extents[$0] <= 1 } }

  /// Whether extents agree with those that the file fixes.
  package func allows(_ extents: [Int]) -> Bool {
    let free = Set(freeAxes)
    return extents.count == shape.rank
      && extents.indices.allSatisfy { extents[$0] >= 1 && (free.contains($0) || extents[$0] == shape.extents[$0]) }
  }

  /// The extents with a question mark for each open one: `1×?×?×3`.
  package var openShape: String {
    let free = Set(freeSizes)
    let texts = shape.extents.enumerated().map { free.contains($0) ? "?" : "\(max($1, 1))" }
    return texts.isEmpty ? shape.description : texts.joined(separator: "×")
  }

  /// A signature for other extents: what was open stays open.
  package func signature(for extents: [Int]) -> [Int] {
    guard shapeSignature.count == extents.count else { return [] }
    return zip(shapeSignature, extents).map { $0 == -1 ? -1 : $1 }
  }
}

extension Network {
  /// Whether a caller may choose an extent of an input other than the batch: no operator may then rely on one.
  package var hasFreeSizes: Bool { inputs.contains { tensors.indices.contains($0) && !tensors[$0].freeSizes.isEmpty } }

  /// The network for inputs of other shapes: each operator's rule gives the shapes of what depends on them, as TensorFlow
  /// Lite's `ResizeInputTensor` and `AllocateTensors` do.
  ///
  /// - Parameter shapes: Extents for inputs, by tensor.
  /// - Returns: The network, or the first operator whose output cannot have a shape. A network that is unsound in other
  ///   ways is returned too: ``validate()`` says how.
  package func resized(_ shapes: [Int: Shape]) -> Result<Network, NetworkFault> {
    var result = self
    guard danglingReferences().isEmpty else { return .success(self) }
    var changed: Set<Int> = []
    for (tensor, shape) in shapes where tensors.indices.contains(tensor) {
      result.tensors[tensor].shape = shape
      changed.insert(tensor)
      if let fault = result.tensors[tensor].faults().first {
        return .failure(NetworkFault(place: label(ofTensor: tensor), message: fault))
      }
    }
    let words = shapes.sorted { $0.key < $1.key }.map { "\(label(ofTensor: $0.key)) is \($0.value)" }
    for (index, node) in nodes.enumerated() {
      let inputs = node.inputs.compactMap(\.self)
      guard !changed.isDisjoint(with: inputs) else { continue }
      // A shape rule may rely on operands that are sound by themselves; those that are not are told by validate().
      guard inputs.allSatisfy({ result.tensors[$0].faults().isEmpty }) else { return .success(result) }
      switch node.operation.outputShapes(result.operands(of: node)) {
      case .failure(let fault):
        return .failure(
          NetworkFault(
            place: label(ofNode: index),
            message: "\(fault.description); this follows from the sizes of the inputs: \(words.joined(separator: ", "))"
          ))
      case .success(let found):
        for (output, shape) in zip(node.outputs, found) where !result.tensors[output].isConstant {
          result.tensors[output].shape = shape
          changed.insert(output)
        }
      }
    }
    return .success(result)
  }
}
