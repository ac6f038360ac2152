internal import HardwareProfile
internal import NetworkModel

/// What an operator's kernel does not take: another one runs it, or nobody.
extension NodeLowering {
  /// The lowering of the kernel that takes some factors, formed in float32: the operator's own or the other one.
  func taking(factors: [Float]) throws(OperatorFault) -> NodeLowering {
    guard let range = policy?.factors, let beyond = factors.first(where: { !range.contains(Double($0)) }) else {
      return self
    }
    return try otherwise(
      "has the factor \(beyond); the machine's kernel takes factors from 2^\(range.minimum) up to, but not including, "
        + "2^\(range.limit)")
  }

  /// The lowering of the kernel that has a form, if the operator is of that form.
  func taking(_ form: OperatorForm, isMet: Bool) throws(OperatorFault) -> NodeLowering {
    guard isMet, policy?.lacks?.contains(form) == true else { return self }
    return try otherwise("has a form that the machine lacks: \(form.rawValue)")
  }

  /// The same operator in the arithmetic of the other kernel.
  private func otherwise(_ refusal: String) throws(OperatorFault) -> NodeLowering {
    guard var policy, let other = policy.otherwise else { throw OperatorFault(refusal) }
    (policy.requantize, policy.alignment) = (other.requantize, other.alignment)
    policy.fusedBounds = other.fusedBounds
    (policy.factors, policy.lacks, policy.otherwise) = (nil, nil, nil)
    var result = self
    result.machine.operators[node.operation.name] = policy
    return result
  }
}
