internal import HardwareProfile

/// What a machine that has an operator may lack of it.
extension NodeLowering {
  /// A factor, formed in float32, that the operator's kernel takes.
  func requireReach(_ factor: Float) throws(OperatorFault) {
    guard let range = policy?.factors, !range.contains(Double(factor)) else { return }
    throw OperatorFault(
      "has the factor \(factor); the machine's kernel takes factors from 2^\(range.minimum) up to, but not including, "
        + "2^\(range.limit)")
  }

  /// A form of the operator that the machine may lack, if the operator has that form.
  func requireForm(_ form: OperatorForm, isMet: Bool) throws(OperatorFault) {
    if isMet && policy?.lacks?.contains(form) == true {
      throw OperatorFault("has a form that the machine lacks: \(form.rawValue)")
    }
  }
}
