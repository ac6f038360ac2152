import Reports
import Testing

@Suite struct DidYouMeanTests {
  static let commands = ["demo", "inspect", "requantize", "run", "verify", "evaluate", "compare", "explore", "profile"]

  @Test(arguments: [
    ("inspct", "inspect"), ("requantise", "requantize"), ("rnu", "run"), ("verfiy", "verify"), ("Evaluate", "evaluate"),
    ("eval", "evaluate"), ("prof", "profile"), ("dem", "demo"), ("explroe", "explore"), ("comprae", "compare"),
  ]) func aSlipIsUnderstood(word: String, meant: String) {
    #expect(didYouMean(word, among: Self.commands) == meant)
  }

  @Test(arguments: ["", "x", "quantum", "help", "zzzzzzz", String(repeating: "a", count: 1000)])
  func otherWordsMeanNothing(word: String) {
    #expect(didYouMean(word, among: Self.commands) == nil)
  }

  @Test func theNearestWinsAndTheFirstOfEquals() {
    #expect(didYouMean("bitz", among: ["bite", "bits", "bitz"]) == "bitz")
    #expect(didYouMean("bit", among: ["bite", "bits"]) == "bite")
    #expect(didYouMean("acc", among: ["accumulatorBits", "accumulatorOverflow"]) == nil)
    #expect(didYouMean("a", among: ["b"]) == nil)
    #expect(didYouMean("a", among: ["", "ab"]) == "ab")
    #expect(didYouMean("a", among: []) == nil)
  }

  /// One swap is nearer than a replacement of two letters.
  @Test func neighboursThatAreSwappedCountOnce() {
    #expect(didYouMean("tset", among: ["teat", "test"]) == "test")
  }
}
