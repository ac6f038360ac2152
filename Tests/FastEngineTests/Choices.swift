internal import TestSupport

/// Random choices for test cases, all from one seed.
struct Choices {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func pick<T>(_ choices: [T]) -> T { choices[index(choices.count)] }

  mutating func pick(_ range: ClosedRange<Int>) -> Int { range.lowerBound + index(range.count) }

  /// True once in so many times.
  mutating func once(in count: Int) -> Bool { index(count) == 0 }

  /// A signed integer whose width is random too.
  mutating func signed(bits: Int) -> Int64 { generator.nextSigned(bits: bits) }

  private mutating func index(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }
}
