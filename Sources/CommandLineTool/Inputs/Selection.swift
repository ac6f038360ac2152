internal import Exploration

extension Option {
  /// The options that choose samples and say what they mean.
  static let subset = [skip, every, complement, count] + readers

  private static let skip = Option(name: "--skip", value: .word("N"), help: "leave out the first N samples")
  private static let count = Option(name: "--count", value: .word("N"), help: "use at most N samples")
  private static let every = Option(name: "--every", value: .word("K"), help: "use the samples 0, K, 2K … only")
  private static let complement = Option(name: "--complement", help: "with --every: use the other samples instead")
}

extension Arguments {
  /// The samples that `--skip`, `--every`, `--complement` and `--count` choose.
  func subset() throws(UsageError) -> Subset {
    let every = try integer("--every", in: 1...Int.max)
    if isSet("--complement") && every == nil { throw UsageError("--complement needs --every K") }
    return Subset(
      skip: try integer("--skip", in: 0...Int.max) ?? 0, every: every ?? 1, complement: isSet("--complement"),
      limit: try integer("--count", in: 1...Int.max))
  }
}

extension Option {
  static let engine = Option(
    name: "--engine", value: .word("E"),
    help: "fast (the default) or reference; results do not depend on it, and only reference counts saturated outputs")
}
