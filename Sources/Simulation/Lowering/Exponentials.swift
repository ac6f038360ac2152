internal import Foundation

/// Tables of real functions, which lowering turns into integers or bit patterns.
enum Exponentials {
  /// The exponentials of multiples of a float32 number, each formed in double precision and rounded.
  ///
  /// - Parameters:
  ///   - step: The number, not above 0; its products are rounded to float32.
  ///   - count: How many multiples, from 0 on.
  /// - Returns: The exponentials.
  static func multiples(of step: Float, count: Int) -> [Float] {
    (0..<count).map { Float(exp(Double(step * Float($0)))) }
  }
}
