import TFLite

/// Damage to operators: their operands, their options, their codes.
extension HostileModel {
  static let operators: [HostileModel] = operands + codes + windows + lists

  private static let operands: [HostileModel] = [
    HostileModel("an operand beyond the tensors", "is tensor 70", .convolution) {
      $0.node(0) { $0.set("inputs", [0, 70, 2]) }
    },
    HostileModel("an operand −2", "reads tensor -2", .convolution) { $0.node(0) { $0.set("inputs", [-2, 1, 2]) } },
    HostileModel("an absent input", "needs an input and weights", .convolution) {
      $0.node(0) { $0.set("inputs", [-1, 1, 2]) }
    },
    HostileModel("absent weights", "needs an input and weights", .convolution) {
      $0.node(1) { $0.set("inputs", [3, -1, -1]) }
    },
    HostileModel("no operands", "needs one input", .convolution) { $0.node(2) { $0.set("inputs", [Int64]()) } },
    HostileModel("a result beyond the tensors", "is tensor 7,", .convolution) { $0.node(0) { $0.set("outputs", [7]) } },
    HostileModel("an absent result", "is tensor -1", .convolution) { $0.node(0) { $0.set("outputs", [-1]) } },
    HostileModel("no result", "has no output", .convolution) { $0.node(0) { $0.set("outputs", [Int64]()) } },
    HostileModel("two results", "has 2 outputs", .convolution) { file in
      file.graph { $0.set("tensors", $0.tables("tensors") + [$0.tables("tensors")[6]]) }
      file.node(2) { $0.set("outputs", [6, 7]) }
    },
    HostileModel("operators in the wrong order", "before it is written", .convolution) {
      $0.graph { $0.set("operators", $0.tables("operators").reversed()) }
    },
    HostileModel("the demo's operators in the wrong order", "before it is written", .demo) {
      $0.graph { $0.set("operators", $0.tables("operators").reversed()) }
    },
    HostileModel("a cycle: an operator that reads what it writes", "before it is written", .convolution) {
      $0.node(2) { $0.set("inputs", [6]) }
    },
    HostileModel("two operators that write one tensor", "a second time", .convolution) {
      $0.graph { $0.set("operators", $0.tables("operators") + [$0.tables("operators")[2]]) }
    },
    HostileModel("an operator that writes a constant", "a constant", .convolution) {
      $0.node(0) { $0.set("outputs", [4]) }
    },
    HostileModel("an operator that writes the input", "a second time", .convolution) {
      $0.node(2) { $0.set("outputs", [0]) }
    },
    HostileModel("weights that an operator writes", "no constant of an integer type", .convolution, at: .lowering) {
      // FULLY_CONNECTED takes the input as its weights too.
      $0.tensor(0) { $0.set("shape", [3, 8]) }
      $0.node(1) { $0.set("inputs", [4, 0, -1]) }
      $0.graph { graph in
        graph.set("operators", [graph.tables("operators")[1]])
        graph.set("outputs", [5])
      }
      $0.tensor(5) { $0.set("shape", [3, 3]) }
    },
  ]

  private static let codes: [HostileModel] = [
    HostileModel("an operator code that is not there", "has the operator code 4294967295", .convolution) {
      $0.node(0) { $0.set("opcodeIndex", Int64(UInt32.max)) }
    },
    HostileModel("an operator that nobody knows", "number 9999 (1)", .convolution) {
      $0.model.change("operatorCodes", 0) { $0.set("builtinCode", 9999) }
    },
    HostileModel("an operator of negative code", "number -1 (1)", .convolution) {
      $0.model.change("operatorCodes", 0) { code in
        code.set("builtinCode", -1)
        code.set("deprecatedBuiltinCode", -1)
      }
    },
    HostileModel("a custom operator", #"CUSTOM "Mystery\u{1B}\u{7}" (1)"#, .convolution) {
      $0.model.change("operatorCodes", 0) { code in
        code.set("builtinCode", 32)
        code.set("deprecatedBuiltinCode", 32)
        code.set("customCode", "Mystery\u{1B}\u{7}")
      }
    },
    HostileModel("5000 kinds of custom operators", #"CUSTOM "Mystery0" (1)"#, .convolution) { file in
      var code = Table(.operatorCode)
      code.set("builtinCode", 32)
      code.set("deprecatedBuiltinCode", 32)
      let codes = (0..<5000).map { index in
        code.set("customCode", "Mystery\(index)")
        return code
      }
      file.model.set("operatorCodes", codes)
      file.graph { graph in
        let node = graph.tables("operators")[0]
        graph.set(
          "operators",
          codes.indices.map { index in
            var copy = node
            copy.set("opcodeIndex", Int64(index))
            return copy
          })
      }
    },
    HostileModel("options of another operator", "Pool2DOptions instead of Conv2DOptions", .convolution) {
      $0.node(0) { $0.set("builtinOptions", Table(.pool2DOptions)) }
    },
    HostileModel("a convolution without options", "window does not fit", .convolution) {
      $0.node(0) { $0.set("builtinOptions", nil) }
    },
    HostileModel("a pool without options", "0×0 window", .averagePool) { $0.node(0) { $0.set("builtinOptions", nil) } },
    HostileModel("a softmax without options", "beta is 0.0", .convolution) {
      $0.node(2) { $0.set("builtinOptions", nil) }
    },
    HostileModel("a fused activation of 6", "fused activation is 6", .convolution) {
      $0.options(0) { $0.set("fusedActivationFunction", 6) }
    },
    HostileModel("a fused activation of −128", "fused activation is -128", .convolution) {
      $0.options(0) { $0.set("fusedActivationFunction", -128) }
    },
    HostileModel("a fused TANH", "TANH", .convolution, at: .lowering) {
      $0.options(0) { $0.set("fusedActivationFunction", 4) }
    },
    HostileModel("a padding of 2", "its padding is 2", .convolution) { $0.options(0) { $0.set("padding", 2) } },
    HostileModel("shuffled weights", "weightsFormat is 1", .convolution) {
      $0.options(1) { $0.set("weightsFormat", 1) }
    },
  ]

  /// A window whose option is changed.
  private static func window(_ base: HostileBase, _ option: String, _ value: Int64, padding: Int64 = 1) -> HostileModel
  {
    HostileModel("\(base.rawValue) with \(option) \(value), padding \(padding)", "does not fit", base) {
      $0.options(0) { options in
        options.set("padding", padding)
        options.set(option, value)
      }
    }
  }

  private static let windows: [HostileModel] = [
    window(.convolution, "strideH", 0), window(.convolution, "strideW", -1),
    window(.convolution, "strideH", Int64(Int32.min), padding: 0), window(.convolution, "dilationHFactor", 0),
    window(.convolution, "dilationWFactor", -3, padding: 0), window(.convolution, "dilationHFactor", Int64(Int32.max)),
    window(.convolution, "dilationHFactor", Int64(Int32.max), padding: 0), window(.depthwise, "strideW", 0, padding: 0),
    window(.depthwise, "dilationHFactor", Int64(Int32.min), padding: 0),
    window(.averagePool, "filterHeight", 0), window(.averagePool, "filterWidth", -2, padding: 0),
    window(.averagePool, "filterHeight", 1 << 30, padding: 0), window(.maxPool, "filterWidth", Int64(Int32.max)),
    window(.maxPool, "strideH", 0), window(.maxPool, "strideW", Int64(Int32.min), padding: 0),
    HostileModel("a stride of 2^31 − 1", "its operands give 1×1×2×2", .convolution) {
      $0.options(0) { $0.set("strideH", Int64(Int32.max)) }
    },
    HostileModel("filters of no fitting depth", "do not fit an input of 1 channels", .convolution) {
      $0.tensor(1) { $0.set("shape", [2, 3, 1, 3]) }
    },
  ]

  private static let lists: [HostileModel] = [
    HostileModel("paddings of 2^31 − 1", "its operands give", .pad) {
      $0.numbers(1, [0, 0, Int64(Int32.max), Int64(Int32.max), Int64(Int32.max), 1, 0, 0])
    },
    HostileModel("a negative padding", "zero or more", .pad) { $0.numbers(1, [0, 0, -1, 1, 1, 1, 0, 0]) },
    HostileModel("paddings for three axes", "zero or more, for each", .pad) {
      $0.tensor(1) { $0.set("shape", [3, 2]) }
      $0.numbers(1, [0, 0, 1, 1, 1, 1])
    },
    HostileModel("paddings that are no constant", "constant list", .pad) { $0.node(0) { $0.set("inputs", [0, 0]) } },
    HostileModel("a mean over the axis 4", "list of its axes", .mean) { $0.numbers(1, [1, 4]) },
    HostileModel("a mean over the axis −2^31", "list of its axes", .mean) { $0.numbers(1, [1, Int64(Int32.min)]) },
    HostileModel("a mean over another axis", "its operands give 4×4×2", .mean) {
      $0.tensor(1) { $0.set("shape", [1]) }
      $0.numbers(1, [0])
    },
    HostileModel("a mean over float32 axes", "list of its axes", .mean) { $0.tensor(1) { $0.set("type", 0) } },
    HostileModel("a shape of more elements", "cannot take the shape", .reshape) { $0.numbers(1, [1, 17]) },
    HostileModel("a shape with two unknown extents", "cannot take the shape", .reshape) { $0.numbers(1, [-1, -1]) },
    HostileModel("a shape with an extent of 0", "cannot take the shape", .reshape) { $0.numbers(1, [0, -1]) },
    HostileModel("a shape whose product wraps to 16", "cannot take the shape", .reshape) {
      $0.tensor(1) { $0.set("type", 4) }
      $0.data(1) { _ in [16, 0, 0, 0, 0, 0, 0, 0x10] + [1, 0, 0, 0, 0, 0, 0, 0x10] }
    },
    HostileModel("a concatenation along the axis 4", "have the axis 4", .concatenation) {
      $0.options(0) { $0.set("axis", 4) }
    },
    HostileModel("a concatenation along the axis −5", "have the axis -5", .concatenation) {
      $0.options(0) { $0.set("axis", -5) }
    },
    HostileModel("a concatenation along the axis −2^31", "have the axis -2147483648", .concatenation) {
      $0.options(0) { $0.set("axis", Int64(Int32.min)) }
    },
    HostileModel("a concatenation of nothing", "needs one or more inputs", .concatenation) {
      $0.node(0) { $0.set("inputs", [Int64]()) }
    },
    HostileModel("shapes that do not broadcast", "do not broadcast", .add) {
      $0.tensor(1) { $0.set("shape", [1, 1, 2, 2]) }
    },
  ]
}
