import FixedPoint
import HardwareProfile
import Testing

@Suite("Weights that look otherwise in some layers")
struct WeightExceptionTests {
  static func exceptions(_ items: String) -> String {
    whatIf(#""weights": {"granularity": ["channel"], "exceptions": [\#(items)]}"#)
  }

  static let refusals: [Refusal] = [
    Refusal(#"{"formats": ["int4"]}"#, "weights.exceptions[0]", "speaks of every layer"),
    Refusal(#"{"layers": ["first"]}"#, "weights.exceptions[0]", "changes nothing"),
    Refusal(#"{"layers": [], "scale": "real"}"#, "weights.exceptions[0].layers", "non-empty"),
    Refusal(
      #"{"layers": ["frist"], "scale": "real"}"#, "weights.exceptions[0].layers[0]", #"did you mean "first""#),
    Refusal(
      #"{"operators": ["CONV2D"], "scale": "real"}"#, "weights.exceptions[0].operators[0]", #""CONV_2D""#),
    Refusal(
      #"{"operators": ["ADD"], "scale": "real"}"#, "weights.exceptions[0].operators[0]", "unknown word"),
    Refusal(
      #"{"layers": ["last"], "formats": ["int17"]}"#, "weights.exceptions[0].formats[0]", "int1 to int16"),
    Refusal(
      #"{"layers": ["last"], "format": ["int4"]}"#, "weights.exceptions[0].format", #"did you mean "formats""#),
    Refusal(
      #"{"layers": ["last"], "formats": ["uint8"]}"#, "weights.exceptions[0].narrowRange", "no format is signed"),
    Refusal(
      #"{"layers": ["last", "first"], "scale": "real"}, {"layers": ["first"], "operators": ["CONV_2D"], "scale": "real"}"#,
      "weights.exceptions[1]", "never reached: exceptions[0]"),
  ]

  @Test("a broken rule is refused once, at its path, in words that state it", arguments: refusals)
  func refusal(_ refusal: Refusal) {
    let found = faults(Self.exceptions(refusal.members))
    #expect(found.map(\.path) == [refusal.path])
    #expect(found.first?.message.contains(refusal.says) == true, "\(found)")
  }

  static let allowedItems = [
    "", #"{"layers": ["first"], "formats": ["int8"]}, {"layers": ["first", "last"], "formats": ["int4"]}"#,
    #"{"operators": ["DEPTHWISE_CONV_2D"], "layers": ["last"], "narrowRange": false, "formats": ["uint4"]}"#,
  ]

  @Test("what the rules allow is read", arguments: allowedItems)
  func allowed(items: String) { #expect(faults(Self.exceptions(items)) == []) }

  @Test("the first exception that speaks of a layer counts, and changes what it states alone")
  func choice() throws {
    var scheme = try HardwareProfile.builtIn(named: "nna-int8").weights
    scheme.exceptions = [
      WeightException(layers: [.first], operators: ["CONV_2D"], formats: [.int(8)]),
      WeightException(operators: ["CONV_2D", "FULLY_CONNECTED"], formats: [.int(4)], granularity: [.channel]),
      WeightException(layers: [.last], scale: .powerOfTwo),
    ]
    let first = scheme.scheme(at: [.first], of: "CONV_2D")
    #expect(first.formats == [.int(8)] && first.granularity == scheme.granularity && first.exceptions.isEmpty)
    let middle = scheme.scheme(at: [], of: "CONV_2D")
    #expect(middle.formats == [.int(4)] && middle.granularity == [.channel] && middle.scale == .real)
    #expect(scheme.scheme(at: [.last], of: "FULLY_CONNECTED") == scheme.scheme(at: [], of: "FULLY_CONNECTED"))
    let last = scheme.scheme(at: [.first, .last], of: "DEPTHWISE_CONV_2D")
    #expect(last.scale == .powerOfTwo && last.formats == scheme.formats)
  }

  @Test("the profile with 4-bit weights keeps 8 bits in the first and the last layer")
  func builtIn() throws {
    let profile = try HardwareProfile.builtIn(named: "nna-w4a8-pow2")
    #expect(profile.weights.scheme(at: [], of: "CONV_2D").formats == [.int(4)])
    for position in LayerPosition.allCases {
      #expect(profile.weights.scheme(at: [position], of: "CONV_2D").formats == [.int(8)])
    }
    #expect(profile.activations.formats == [.int(8)])
    let differences = profile.differences(from: try .builtIn(named: "nna-int8-pow2")).filter { $0.effect != nil }
    #expect(differences.map(\.path) == ["weights.exceptions", "weights.formats", "weights.granularity"])
    #expect(differences[0].after == #"[{ "formats": ["int8"], "layers": ["first", "last"] }]"#)
  }
}
