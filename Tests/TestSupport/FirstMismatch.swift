/// The first input on which two computations differ, in words; `nil` when they agree on all.
///
/// Written for long loops: one expectation at the end, `#expect(firstMismatch(…) == nil)`, still reports the input.
///
/// - Parameters:
///   - inputs: The inputs.
///   - actual: The computation under test.
///   - expected: The computation that is trusted.
/// - Returns: The input and both results, or `nil`.
@inlinable
package func firstMismatch<Inputs: Sequence, Result: Equatable>(
  _ inputs: Inputs, _ actual: (Inputs.Element) -> Result, _ expected: (Inputs.Element) -> Result
) -> String? {
  for input in inputs {
    let result = actual(input)
    let wanted = expected(input)
    if result != wanted { return "input \(input): got \(result), expected \(wanted)" }
  }
  return nil
}

/// The first pair of inputs on which two computations differ, in words; `nil` when they agree on all.
///
/// - Parameters:
///   - first: The first inputs.
///   - second: The second inputs, all of which are paired with each first one.
///   - actual: The computation under test.
///   - expected: The computation that is trusted.
/// - Returns: The pair and both results, or `nil`.
@inlinable
package func firstMismatch<First: Sequence, Second: Sequence, Result: Equatable>(
  _ first: First, _ second: Second, _ actual: (First.Element, Second.Element) -> Result,
  _ expected: (First.Element, Second.Element) -> Result
) -> String? {
  for left in first {
    for right in second {
      let result = actual(left, right)
      let wanted = expected(left, right)
      if result != wanted { return "inputs \(left), \(right): got \(result), expected \(wanted)" }
    }
  }
  return nil
}
