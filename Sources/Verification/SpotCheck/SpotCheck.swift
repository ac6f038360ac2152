internal import FixedPoint
internal import NetworkModel
package import Simulation

/// Elements of a traced run, computed a second time by code that shares nothing with the engines' arithmetic.
///
/// Each step's chosen output elements are recomputed straight from the program's integers and the step's traced inputs.
/// Small tensors are recomputed whole, of large ones a seeded random choice. A run that agrees everywhere has every step
/// shown right on its own inputs.
package struct SpotCheck: Hashable, Sendable, Codable {
  /// An element on which the two computations differ.
  package struct Mismatch: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The file's index of the operator.
    package var node: Int
    /// The operator's name in TensorFlow Lite.
    package var name: String
    /// The file's index of the tensor.
    package var tensor: Int
    /// The row-major position in the tensor.
    package var element: Int
    /// What the second computation gives.
    package var expected: Int64
    /// What the engine gave.
    package var got: Int64

    /// Where, and both results.
    package var description: String {
      "operator \(node) (\(name)), tensor \(tensor), element \(element): got \(got), expected \(expected)"
    }
  }

  /// How many elements were recomputed.
  package var elementsChecked = 0
  /// How many steps have elements among them, summed over all checked runs.
  package var stepsChecked = 0
  /// The first difference, if there is any.
  package var mismatch: Mismatch?

  /// A check of nothing yet.
  package init() {}

  /// Checks one more traced run; does nothing once there was a mismatch.
  ///
  /// - Parameters:
  ///   - program: The program that was run.
  ///   - trace: Every value that the caller set or a step wrote, by index.
  ///   - elementsPerStep: Tensors of up to so many elements are recomputed whole, of larger ones so many elements.
  ///   - seed: The seed of the choice.
  package mutating func check(
    _ program: Program, trace: [Int: [Int32]], elementsPerStep: Int = 200, seed: UInt64 = 0
  ) {
    var generator = SplitMix(state: seed)
    for step in program.steps where mismatch == nil {
      guard let result = trace[step.output] else { continue }
      let operands = step.inputs.map { program.values[$0].constant ?? trace[$0] ?? [] }
      let shapes = step.inputs.map { program.values[$0].shape }
      let expectedCount = program.values[step.output].shape.count
      guard zip(operands, shapes).allSatisfy({ $0.count == $1.count }), result.count == expectedCount else {
        mismatch = Mismatch(
          node: step.node, name: step.name, tensor: step.output, element: min(result.count, expectedCount),
          expected: Int64(expectedCount), got: Int64(result.count))
        return
      }
      let recomputation = Recomputation(
        step: step, operands: operands, shapes: shapes, output: program.values[step.output].shape)
      stepsChecked += 1
      let isWhole = result.count <= elementsPerStep
      for number in 0..<min(elementsPerStep, result.count) {
        let element = isWhole ? number : Int(generator.next() % UInt64(result.count))
        let expected = recomputation.element(element)
        elementsChecked += 1
        if expected != Int64(result[element]) {
          mismatch = Mismatch(
            node: step.node, name: step.name, tensor: step.output, element: element, expected: expected,
            got: Int64(result[element]))
          return
        }
      }
    }
  }
}
