/// Which samples of a data set are used.
package struct Subset: Sendable, Hashable {
  /// Leave out so many samples at the beginning.
  package var skip: Int
  /// Of the others, use each sample whose index is a multiple of this.
  package var every: Int
  /// Use the other samples instead.
  package var complement: Bool
  /// Use at most so many.
  package var limit: Int?

  /// Chooses samples; by default all.
  ///
  /// - Precondition: `every` is positive, `skip` and `limit` are not negative.
  package init(skip: Int = 0, every: Int = 1, complement: Bool = false, limit: Int? = nil) {
    precondition(every > 0 && skip >= 0 && limit ?? 0 >= 0, "a subset takes each 1st, 2nd … sample")
    self.skip = skip
    self.every = every
    self.complement = complement
    self.limit = limit
  }

  /// The indices of the chosen samples, ascending, as a list; ``chosen(of:)`` has them without one.
  ///
  /// - Parameter count: The size of the data set.
  /// - Returns: Indices below `count`.
  package func indices(of count: Int) -> [Int] { Array(chosen(of: count)) }

  /// The indices of the chosen samples, ascending, which are computed as they are asked for.
  ///
  /// - Parameter count: The size of the data set.
  /// - Returns: Indices below `count`.
  package func chosen(of count: Int) -> SampleIndices { SampleIndices(self, of: count) }
}

/// The indices of chosen samples, ascending, however many there are: they take no memory.
package struct SampleIndices: RandomAccessCollection, Sendable, Hashable {
  private let every: Int
  private let complement: Bool
  /// How many indices of the kind lie before the first one.
  private let first: Int
  /// The place of the first index.
  package let startIndex = 0
  /// How many indices there are.
  package let endIndex: Int

  fileprivate init(_ subset: Subset, of count: Int) {
    every = subset.every
    complement = subset.complement
    first = Self.count(below: Swift.min(subset.skip, count), subset)
    let all = Self.count(below: count, subset) - first
    endIndex = Swift.min(all, subset.limit ?? all)
  }

  /// How many indices below a number are of the kind.
  private static func count(below number: Int, _ subset: Subset) -> Int {
    let multiples = number / subset.every + (number % subset.every == 0 ? 0 : 1)
    return subset.complement ? number - multiples : multiples
  }

  /// The numbers below another one.
  init(below count: Int) { self.init(Subset(), of: count) }

  /// The place at which a sample stands that is one of these.
  func place(of sample: Int) -> Int {
    let multiples = sample / every + (sample % every == 0 ? 0 : 1)
    return (complement ? sample - multiples : multiples) - first
  }

  /// The index of a sample.
  package subscript(position: Int) -> Int {
    precondition(indices.contains(position), "there are not so many samples")
    let number = first + position
    // Between two multiples lie `every` − 1 others.
    return complement ? number + number / (every - 1) + 1 : number * every
  }
}
