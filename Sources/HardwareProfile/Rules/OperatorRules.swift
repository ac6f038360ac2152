/// What the policy of an operator must fulfil.
enum OperatorRules {
  typealias Violation = (path: [PathStep], message: String)

  /// The operators that bring two scales together.
  static let aligning = ["ADD", "SUB"]
  /// The operators that divide a sum by its number of terms.
  static let dividing = ["AVERAGE_POOL_2D", "MEAN"]
  /// The operator whose sum is not divided, but may come to the output's scale as a mean does.
  static let summing = "SUM"
  /// The operators whose kernels may take a range of factors only.
  static let limited = ["ADD", "SUB", "MUL", "LEAKY_RELU", "QUANTIZE"]
  /// The operators that blend elements.
  static let blending = ["RESIZE_BILINEAR"]
  /// The operators that put tensors side by side.
  static let joining = ["CONCATENATION", "PACK"]
  /// The operators that normalize exponentials.
  static let normalizing = ["SOFTMAX"]
  /// The operators that are functions of one number.
  static let tabulating = ["LOGISTIC", "TANH", "HARD_SWISH"]

  /// The rules that a policy breaks.
  static func violations(of policy: OperatorPolicy, name: String) -> [Violation] {
    let keys: [(key: String, isThere: Bool, isOptional: Bool, owners: [String], purpose: String)] = [
      ("alignment", policy.alignment != nil, false, aligning, "brings its inputs to one scale"),
      (
        "division", policy.division != nil, false,
        dividing + (policy.division?.isFloat ?? false && name == summing ? [summing] : []),
        "divides a sum by its number of terms"
      ),
      ("inputScales", policy.inputScales != nil, false, joining, "treats inputs whose scales differ"),
      ("softmax", policy.softmax != nil, true, normalizing, "computes"),
      ("table", policy.table != nil, true, tabulating, "is tabulated"),
      ("factors", policy.factors != nil, true, limited, "multiplies"),
      ("blend", policy.blend != nil, true, blending, "weights its elements"),
      ("factor", policy.factor != nil, true, ["MUL"], "forms its factor"),
    ]
    return thresholdViolations(policy.alignment, []) + thresholdViolations(policy.otherwise?.alignment, ["otherwise"])
      + formViolations(policy, name) + otherwiseViolations(policy, name)
      + keys.compactMap { key in
        let isOwner = key.owners.contains(name)
        if isOwner && !key.isThere && !key.isOptional && policy.run == .device {
          return ([.member(key.key)], "missing; \(name) on the device needs it to say how it \(key.purpose)")
        }
        if !isOwner && key.isThere {
          return ([.member(key.key)], "has no meaning for \(name); only for \(key.owners.joined(separator: " and "))")
        }
        return nil
      }
  }

  /// A form belongs to one operator.
  private static func formViolations(_ policy: OperatorPolicy, _ name: String) -> [Violation] {
    (policy.lacks ?? []).enumerated().filter { $1.operatorName != name }.map { index, form in
      (["lacks", .element(index)], "\(form.rawValue) is a form of \(form.operatorName), not of \(name)")
    }
  }

  /// Another kernel is for what the operator's own one does not take.
  private static func otherwiseViolations(_ policy: OperatorPolicy, _ name: String) -> [Violation] {
    guard let other = policy.otherwise else { return [] }
    if policy.factors == nil && policy.lacks == nil {
      // The fault is what is missing beside it.
      return [([], "\"otherwise\" is for what the kernel does not take; add \"factors\" or \"lacks\", or remove it")]
    }
    if aligning.contains(name) != (other.alignment != nil) {
      let message =
        other.alignment == nil ? "missing; \(name) needs it" : "has no meaning for \(name); only for ADD and SUB"
      return [(["otherwise", "alignment"], message)]
    }
    return []
  }

  /// Thresholds give what an output can hold, so nothing that is only on its way to the output's scale can come from them.
  private static func thresholdViolations(_ alignment: AdditionAlignment?, _ path: [PathStep]) -> [Violation] {
    guard case .rescaleInputs(_, let input, _) = alignment else { return [] }
    return input.indices.filter { input[$0] == .thresholds }.map { index in
      let message =
        "\"thresholds\" count what an output holds; an input on its way to a common scale needs a multiplication or a shift"
      return (path + ["alignment", "input", .element(index)], message)
    }
  }

  /// The operators whose division needs a multiplier that no requantization of theirs has.
  static func foldingViolations(in profile: HardwareProfile) -> [Violation] {
    profile.operators.sorted { $0.key < $1.key }.compactMap { name, policy in
      guard policy.run == .device, policy.division == .foldedMultiplier else { return nil }
      let stages = policy.requantize ?? profile.requantize
      let hasMultiplier = stages.contains { if case .multiply = $0 { true } else { false } }
      if hasMultiplier { return nil }
      let message = "folds the division into a multiplier, but the operator's requantization has no \"multiply\""
      return (["operators", .member(name), "division"], message)
    }
  }
}
