/// Which samples of a data set are used.
public struct Subset: Sendable, Hashable {
  /// Leave out so many samples at the beginning.
  public var skip: Int
  /// Of the others, use each sample whose index is a multiple of this.
  public var every: Int
  /// Use the other samples instead.
  public var complement: Bool
  /// Use at most so many.
  public var limit: Int?

  /// Chooses samples; by default all.
  ///
  /// - Precondition: `every` is positive, `skip` and `limit` are not negative.
  public init(skip: Int = 0, every: Int = 1, complement: Bool = false, limit: Int? = nil) {
    precondition(every > 0 && skip >= 0 && limit ?? 0 >= 0, "a subset takes each 1st, 2nd … sample")
    self.skip = skip
    self.every = every
    self.complement = complement
    self.limit = limit
  }

  /// The indices of the chosen samples, ascending.
  ///
  /// - Parameter count: The size of the data set.
  /// - Returns: Indices below `count`.
  public func indices(of count: Int) -> [Int] {
    let chosen = (min(skip, count)..<count).lazy.filter { ($0 % every == 0) != complement }
    return Array(chosen.prefix(limit ?? count))
  }
}
