internal import Exploration

extension Option {
  static let count = Option(name: "--count", value: "N", help: "use at most N samples")
  static let every = Option(name: "--every", value: "K", help: "use the samples 0, K, 2K … only")
  static let complement = Option(name: "--complement", help: "with --every: use the other samples instead")
}

extension Arguments {
  /// The samples that `--every`, `--complement` and `--count` choose.
  func subset() throws(UsageError) -> Subset {
    let every = try integer("--every", in: 1...Int.max)
    if isSet("--complement") && every == nil { throw UsageError("--complement needs --every K") }
    return Subset(
      every: every ?? 1, complement: isSet("--complement"), limit: try integer("--count", in: 1...Int.max))
  }
}
