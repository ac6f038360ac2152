import HardwareProfile
import Testing

/// Members of a what-if profile, and the one fault that they make.
struct Refusal: CustomTestStringConvertible {
  let members: String
  let path: String
  let says: String

  init(_ members: String, _ path: String, _ says: String) {
    self.members = members
    self.path = path
    self.says = says
  }

  var testDescription: String { "\(path): \(says)" }
}

@Suite("Rules of a profile")
struct ProfileRuleTests {
  static let shift = #"{"shift": {"rounding": "floor", "minimum": 0, "maximum": 31}}"#
  static let multiply = #"{"multiply": {"bits": 16}}"#
  static let float = #"{"float": {"bits": 32, "rounding": "tiesToEven"}}"#

  static let fixed = #"{"fixedPoint": {"bits": 16, "fractionBits": 8, "rounding": "floor"}}"#

  static let stages: [Refusal] = [
    Refusal(#""requantize": []"#, "requantize", "non-empty list"),
    Refusal(
      #""requantize": [{"saturate": {"format": "int8"}}]"#, "requantize",
      #"has no "multiply", "float", "fixedPoint", "thresholds" or "shift""#),
    Refusal("\"requantize\": [\(multiply), \(multiply), \(shift)]", "requantize[1]", "second multiplication"),
    Refusal("\"requantize\": [\(multiply)]", "requantize[0].multiply", "a \"shift\" must follow"),
    Refusal("\"requantize\": [\(shift), \(multiply)]", "requantize[1].multiply", "a \"shift\" must follow"),
    Refusal(
      #""requantize": [{"multiply": {"bits": 32}}, {"shift": {"rounding": "floor", "minimum": 0, "maximum": 30}}]"#,
      "requantize[0].multiply", "31 fraction bits"),
    Refusal("\"requantize\": [\(float), \(shift)]", "requantize[1]", "beside \"float\""),
    Refusal(#""requantize": [{"shiftLeft": {}}, {"thresholds": {}}]"#, "requantize[0]", "beside \"thresholds\""),
    Refusal(
      #""operators": {"ADD": {"alignment": {"method": "rescaleInputs", "leftShift": 1, "input": [{"thresholds": {}}], "#
        + #""output": [\#(shift)]}}}"#, "operators.ADD.alignment.input[0]", "count what an output holds"),
    Refusal(#""operators": {"PAD": {"softmax": "floatTable"}}"#, "operators.PAD.softmax", "only for SOFTMAX"),
    Refusal("\"requantize\": [{\"shiftLeft\": {}}, \(float)]", "requantize[0]", "beside \"float\""),
    Refusal("\"requantize\": [\(fixed), \(shift)]", "requantize[1]", "beside \"fixedPoint\""),
    Refusal("\"requantize\": [\(fixed), \(float)]", "requantize[1]", "second multiplication"),
    Refusal("\"requantize\": [\(shift), {\"shiftLeft\": {}}]", "requantize[1]", "before \"multiply\" and \"shift\""),
    Refusal("\"requantize\": [{\"shiftLeft\": {}}, {\"shiftLeft\": {}}, \(shift)]", "requantize[1]", "second"),
    Refusal(
      #""requantize": [{"shift": {"rounding": "floor", "minimum": 9, "maximum": 8}}]"#, "requantize[0].shift.minimum",
      "above"),
    Refusal(
      #""requantize": [{"shift": {"rounding": "floor", "minimum": -1, "maximum": 8}}]"#,
      "requantize[0].shift.minimum", "0 to 127"),
    Refusal(#""requantize": [{"multiply": {"bits": 33}}]"#, "requantize[0].multiply.bits", "2 to 32"),
    Refusal(
      #""requantize": [{"float": {"bits": 16, "rounding": "floor"}}]"#, "requantize[0].float.bits", "one of 32, 64"),
    Refusal(#""requantize": [{"saturate": {"format": "int65"}}]"#, "requantize[0].saturate.format", "int1 to int64"),
    Refusal(#""requantize": [{"shfit": {}}]"#, "requantize[0].shfit", #"did you mean "shift""#),
    Refusal(#""requantize": [{"shift": {}, "wrap": {}}]"#, "requantize[0]", "2 keys"),
    Refusal(#""requantize": [{}]"#, "requantize[0]", "one key"),
    Refusal(
      #""operators": {"CONV_2D": {"requantize": [\#(multiply)]}}"#, "operators.CONV_2D.requantize[0].multiply",
      "must follow"),
    Refusal(
      #""operators": {"ADD": {"alignment": {"method": "rescaleInputs", "leftShift": 1, "input": [\#(multiply)], "#
        + #""output": [\#(shift)]}}}"#, "operators.ADD.alignment.input[0].multiply", "must follow"),
  ]

  static let operators: [Refusal] = [
    Refusal(#""operators": {"ADD": {"alignment": null}}"#, "operators.ADD.alignment", "needs it"),
    Refusal(#""operators": {"AVERAGE_POOL_2D": {"division": null}}"#, "operators.AVERAGE_POOL_2D.division", "needs"),
    Refusal(#""operators": {"MEAN": {"division": null}}"#, "operators.MEAN.division", "needs it"),
    Refusal(#""operators": {"CONCATENATION": {"inputScales": null}}"#, "operators.CONCATENATION.inputScales", "needs"),
    Refusal(
      #""operators": {"PAD": {"inputScales": "equal"}}"#, "operators.PAD.inputScales", "only for CONCATENATION"),
    Refusal(
      #""operators": {"ADD": {"division": {"method": "divide", "rounding": "floor"}}}"#, "operators.ADD.division",
      "only for AVERAGE_POOL_2D and MEAN"),
    Refusal(#""operators": {"CONV2D": {"run": "device"}}"#, "operators.CONV2D", #"did you mean "CONV_2D""#),
    Refusal(#""operators": {"ADD": {"alignment": {"bits": 33}}}"#, "operators.ADD.alignment.bits", "2 to 32"),
    Refusal(
      #""operators": {"ADD": {"alignment": {"method": "shfit"}}}"#, "operators.ADD.alignment.method",
      #"did you mean "shift""#),
    Refusal(
      #""operators": {"ADD": {"alignment": {"method": "shift", "rounding": "floor"}}}"#,
      "operators.ADD.alignment.maximumLeftShift", "missing"),
    Refusal(
      #""requantize": [\#(shift)], "operators": {"MEAN": {"division": {"method": "foldedMultiplier"}}}"#,
      "operators.MEAN.division", #"has no "multiply""#),
    Refusal(
      #""operators": {"SUM": {"run": "device", "division": {"method": "foldedFactor"}}}"#, "operators.SUM.division",
      "only for AVERAGE_POOL_2D and MEAN"),
    Refusal(
      #""operators": {"CONV_2D": {"factors": {"minimum": 0, "limit": 1}}}"#, "operators.CONV_2D.factors",
      "only for ADD and SUB and MUL and LEAKY_RELU"),
    Refusal(
      #""operators": {"ADD": {"factors": {"minimum": 8, "limit": 8}}}"#, "operators.ADD.factors.minimum",
      #"8 is not below "limit", 8"#),
    Refusal(#""operators": {"ADD": {"factor": "float64"}}"#, "operators.ADD.factor", "only for MUL"),
    Refusal(
      #""operators": {"PAD": {"blend": {"fractionBits": 11, "rounding": "floor"}}}"#, "operators.PAD.blend",
      "only for RESIZE_BILINEAR"),
    Refusal(
      #""operators": {"RESIZE_BILINEAR": {"run": "device", "blend": {"fractionBits": 12, "rounding": "floor"}}}"#,
      "operators.RESIZE_BILINEAR.blend.fractionBits", "1 to 11"),
    Refusal(
      #""operators": {"MUL": {"otherwise": {"requantize": [\#(shift)]}}}"#, "operators.MUL", "add \"factors\""
    ),
    Refusal(
      #""operators": {"ADD": {"factors": {"minimum": 0, "limit": 1}, "otherwise": {"requantize": [\#(shift)]}}}"#,
      "operators.ADD.otherwise.alignment", "ADD needs it"),
    Refusal(
      #""operators": {"MUL": {"lacks": ["secondZeroPoint"]}}"#, "operators.MUL.lacks[0]",
      "is a form of BATCH_MATMUL, not of MUL"),
    Refusal(
      #""operators": {"TANH": {"run": "device", "table": {"entries": 3, "interpolation": "none", "balanced": true, "#
        + #""arithmetic": "float32"}}}"#, "operators.TANH.table.balanced", "in double precision"),
  ]

  static let schemes: [Refusal] = [
    Refusal(#""accumulator": {"bits": 7}"#, "accumulator.bits", "8 to 64"),
    Refusal(#""accumulator": {"bits": 65}"#, "accumulator.bits", "8 to 64"),
    Refusal(#""accumulator": {"bits": 24.5}"#, "accumulator.bits", "8 to 64"),
    Refusal(#""accumulator": {"check": "group"}"#, "accumulator.groupSize", "needs the number"),
    Refusal(#""accumulator": {"check": "group", "groupSize": 0}"#, "accumulator.groupSize", "at least 1"),
    Refusal(#""accumulator": {"overflow": "saturat"}"#, "accumulator.overflow", #"did you mean "saturate""#),
    Refusal(#""accumulator": {"overfolw": "wrap"}"#, "accumulator.overfolw", #"did you mean "overflow""#),
    Refusal(#""bias": {"bits": 7}"#, "bias.bits", "8 to 64"),
    Refusal(#""activations": {"formats": []}"#, "activations.formats", "non-empty"),
    Refusal(#""activations": {"formats": ["int17"]}"#, "activations.formats[0]", "int2 to int16"),
    Refusal(#""activations": {"formats": ["int08"]}"#, "activations.formats[0]", "int2 to int16"),
    Refusal(#""activations": {"formats": ["int8", "int8"]}"#, "activations.formats[1]", "twice"),
    Refusal(#""weights": {"formats": ["int17"]}"#, "weights.formats[0]", "int1 to int16"),
    Refusal(#""weights": {"formats": ["uint8"]}"#, "weights.narrowRange", "no format is signed"),
    Refusal(#""weights": {"granularity": []}"#, "weights.granularity", "non-empty"),
    Refusal(#""weights": {"granularity": ["chanel"]}"#, "weights.granularity[0]", #"did you mean "channel""#),
    Refusal(#""fusedActivations": ["RELUN1_TO_1"]"#, "fusedActivations[0]", #"did you mean "RELU_N1_TO_1""#),
    Refusal(#""limits": {"stride": 0}"#, "limits.stride", "at least 1"),
    Refusal(#""limits": {"strides": 2}"#, "limits.strides", #"did you mean "stride""#),
    Refusal(#""acumulator": {"bits": 24}"#, "acumulator", #"did you mean "accumulator""#),
  ]

  @Test("a broken rule is refused once, at its path, in words that state it", arguments: stages + operators + schemes)
  func refusal(_ refusal: Refusal) {
    let found = faults(whatIf(refusal.members))
    #expect(found.map(\.path) == [refusal.path])
    #expect(found.first?.message.contains(refusal.says) == true, "\(found)")
    #expect(found.first?.file == "test.json" && found.first?.line == 1)
  }

  /// Members of what-if profiles that break no rule.
  static let allowedMembers = [
    #""requantize": [\#(shift)]"#,
    #""requantize": [\#(float)]"#, #""requantize": [\#(fixed)]"#,
    #""operators": {"SUM": {"run": "device", "division": {"method": "float", "rounding": "floor"}}}"#,
    #""operators": {"BATCH_MATMUL": {"run": "device", "lacks": ["secondZeroPoint"]}}"#,
    #""requantize": [{"shiftLeft": {}}, {"multiply": {"bits": 32, "rounding": "floor"}}]"#,
    #""requantize": [\#(shift), {"multiply": {"bits": 8}}, \#(shift)]"#,
    #""accumulator": {"bits": 8}"#, #""accumulator": {"bits": 64}"#, #""accumulator": {"bits": 2.4e1}"#,
    #""accumulator": {"check": "group", "groupSize": 1}"#,
    #""weights": {"formats": ["uint4", "int1"]}"#, #""weights": {"formats": ["uint8"], "narrowRange": false}"#,
    #""operators": {"ADD": {"run": "host"}}"#, #""operators": {"ADD": null}"#,
    #""operators": {"ADD": {"run": "host", "alignment": null}}"#,
    #""fusedActivations": []"#, #""limits": {"channels": 9223372036854775807}"#,
  ]

  @Test("what the rules allow is read", arguments: allowedMembers)
  func allowed(members: String) { #expect(faults(whatIf(members)) == []) }

  @Test("all faults are listed, not only the first")
  func collection() {
    let found = faults(
      whatIf(
        #""accumulator": {"bits": 1, "overflow": "x"}, "bias": {"bits": "y"}, "requantize": [{"wrap": {"format": 1}}], "#
          + #""operators": {"ADD": {"run": "devcie"}, "X": {}}, "z": 1"#))
    let expected = [
      "accumulator.bits", "accumulator.overflow", "bias.bits", "operators.ADD.run", "operators.X",
      "requantize[0].wrap.format", "z",
    ]
    #expect(found.map(\.path).sorted() == expected)
    #expect(ProfileError(faults: found).description.split(separator: "\n").count == expected.count)
  }

  /// Each of these took the square of its length: minutes for what a file of a few hundred kilobytes holds.
  @Test("long lists take time in proportion to their length", .timeLimit(.minutes(1)))
  func longLists() {
    let sources = (0..<60_000).map { "\"s\($0)\"" }.joined(separator: ",")
    #expect(HardwareProfileTests.faults(whatIf("\"sources\": [\(sources)]")) == [])
    let twice = HardwareProfileTests.faults(whatIf("\"sources\": [\(sources), \"s17\"]"))
    #expect(twice.map(\.path) == ["sources[60000]"])
    let stages = [String](repeating: Self.multiply, count: 20_000).joined(separator: ",")
    // 39,999 faults, of which the first 500 are told.
    let faults = HardwareProfileTests.faults(whatIf("\"requantize\": [\(stages)]"))
    #expect(faults.count == 501 && faults.last?.message == "and 39499 more faults, which are not listed")
  }

  @Test("a profile of more than 4 MiB is refused")
  func size() {
    let text = whatIf("\"vendor\": \"\(String(repeating: "x", count: HardwareProfile.byteLimit))\"")
    #expect(
      HardwareProfileTests.faults(text).map(\.message) == [
        "has more than 4194304 bytes; a profile is a text of a few thousand"
      ])
  }
}
