import HardwareProfile
import Testing

@Suite("Words that others use")
struct OtherNameTests {
  @Test(
    "other names of words and keys are answered with this schema's",
    arguments: [
      (#""accumulator": {"overflow": "clamp"}"#, #"did you mean "saturate"?"#),
      (#""accumulator": {"overflow": "modulo"}"#, #"did you mean "wrap"?"#),
      (#""mac": {"bits": 20}"#, #"did you mean "accumulator"?"#),
      (#""bias": {"rounding": "nearest"}"#, #""tiesAwayFromZero" or "tiesToEven" or "tiesTowardPositive"?"#),
      (#""bias": {"rounding": "ROUND_HALF_EVEN"}"#, #"did you mean "tiesToEven"?"#),
      (#""bias": {"rounding": "half-up"}"#, #""tiesTowardPositive" or "tiesAwayFromZero"?"#),
      (#""bias": {"rounding": "truncate"}"#, #""towardZero" or "floor"?"#),
      (#""fusedBounds": "nearest""#, #""awayFromZeroThenZeroPoint" or "zeroPointThenToEven"?"#),
      (#""weights": {"granularity": ["per-channel"]}"#, #"did you mean "channel"?"#),
      (#""activations": {"zeroPoint": "symmetric"}"#, #"did you mean "none"?"#),
      (#""activations": {"scale": "pow2"}"#, #"did you mean "powerOfTwo"?"#),
      (#""operators": {"Gemm": {}}"#, #"did you mean "FULLY_CONNECTED"?"#),
      (#""operators": {"ADD": {"run": "NPU"}}"#, #"did you mean "device"?"#),
    ])
  func words(members: String, words: String) {
    let found = faults(whatIf(members)).map(\.description)
    #expect(found.contains { $0.contains(words) }, "\(found)")
  }

  @Test(
    "a mistyped key is answered with the whole key",
    arguments: [
      ("acumulator.bits", "accumulator.bits"), ("accumulator.bitz", "accumulator.bits"),
      ("mac.width", "accumulator.bits"), ("acc.overflow", "accumulator.overflow"), ("wieghts.bits", "weights.bits"),
      ("requantise.rounding", "requantize.rounding"), ("overflow", "accumulator.overflow"),
      ("operators.ADD.aligment.rounding", "operators.ADD.alignment.rounding"),
    ])
  func keys(key: String, meant: String) throws {
    let base = try HardwareProfile.resolve("nna-int8-shift")
    let error = try #require(throws: ProfileError.self) { try base.setting(key, to: "1") }
    #expect(error.description.contains("\"\(key)\", did you mean \"\(meant)\"?"), "\(error.description)")
  }

  @Test("a key like none gets no guess")
  func noGuess() throws {
    let base = try HardwareProfile.resolve("nna-int8-shift")
    let error = try #require(throws: ProfileError.self) { try base.setting("zzz.qqq", to: "1") }
    #expect(!error.description.contains("did you mean") && error.description.contains("allowed: accumulator"))
  }
}
