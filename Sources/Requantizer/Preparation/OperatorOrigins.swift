internal import NetworkModel

/// Messages name the operators of the file that was read, also where operators were added or replaced since.
extension Network {
  /// The network with each operator's place noted in it.
  func notingOrigins() -> Network {
    var result = self
    for index in nodes.indices { result.nodes[index].origin = .source(index) }
    return result
  }

  /// The network with places for operators that were added since ``notingOrigins()``.
  func notingAddedOperators() -> Network {
    var result = self
    var next = nodes.count
    for index in nodes.indices.reversed() {
      switch nodes[index].origin {
      case .source(let place): next = place
      case .addedBefore: break
      case nil: result.nodes[index].origin = .addedBefore(next)
      }
    }
    return result
  }

  /// The network as a file has it, whose operators are numbered by their order alone.
  func withoutOrigins() -> Network {
    var result = self
    for index in nodes.indices { result.nodes[index].origin = nil }
    return result
  }
}

extension Requantized {
  /// The result without notes in its operators; what was decided for layers names the source's.
  func withoutOrigins() -> Requantized {
    let layers = layers.map { layer in
      var result = layer
      if case .source(let place)? = network.nodes[layer.node].origin { result.sourceNode = place }
      return result
    }
    return Requantized(
      network: network.withoutOrigins(), passes: passes, layers: layers, meanings: meanings, warnings: warnings,
      plan: plan,
      isUnchanged: isUnchanged)
  }
}
