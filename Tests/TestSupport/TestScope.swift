#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// How much of the tests runs.
///
/// `swift test` runs the quick suite: every statement, on chosen cases. With `BITEXACT_TESTS=exhaustive` in the environment
/// each test takes all its cases. What the quick suite takes is always a part of them.
public enum TestScope {
  /// Whether every test takes all its cases; `.enabled(if: TestScope.isExhaustive)` makes a test run only then.
  public static let isExhaustive = ProcessInfo.processInfo.environment["BITEXACT_TESTS"] == "exhaustive"

  /// How many cases of a seeded sequence to take, from its beginning.
  ///
  /// - Parameters:
  ///   - all: The number in the exhaustive suite.
  ///   - quick: The number in the quick suite.
  /// - Returns: The number now.
  public static func count(_ all: Int, quick: Int) -> Int { isExhaustive ? all : min(quick, all) }

  /// Some cases of a list: the first one, the last one and others at equal distances.
  ///
  /// - Parameters:
  ///   - quick: How many the quick suite takes, 2 or more.
  ///   - all: All cases, which the exhaustive suite takes.
  /// - Returns: The cases in their order.
  public static func some<Case>(_ quick: Int, of all: [Case]) -> [Case] {
    if isExhaustive || all.count <= quick { return all }
    return (0..<quick).map { all[$0 * (all.count - 1) / (quick - 1)] }
  }

  /// The cases of a list that the quick suite has to have, or all.
  ///
  /// - Parameters:
  ///   - all: All cases, which the exhaustive suite takes.
  ///   - isQuick: Whether the quick suite takes a case.
  /// - Returns: The cases in their order.
  public static func those<Case>(of all: [Case], where isQuick: (Case) -> Bool) -> [Case] {
    isExhaustive ? all : all.filter(isQuick)
  }

  /// Pairs of two lists: all of them, or in the quick suite so many that each case of both lists occurs.
  ///
  /// - Parameters:
  ///   - first: The first list.
  ///   - second: The second list.
  /// - Returns: The pairs; none where a list is empty.
  public static func pairs<First, Second>(_ first: [First], _ second: [Second]) -> [(First, Second)] {
    if isExhaustive { return first.flatMap { left in second.map { (left, $0) } } }
    if first.isEmpty || second.isEmpty { return [] }
    return (0..<max(first.count, second.count)).map { (first[$0 % first.count], second[$0 % second.count]) }
  }
}
