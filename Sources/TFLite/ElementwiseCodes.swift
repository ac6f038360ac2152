internal import NetworkModel

/// The rows of operators on single elements, and of those that look some up or compare them.
extension OperatorCode {
  static let sub = binary(.subtract, 41, .subOptions) { $0.input == .int16 ? 5 : min($0.byInput(), 2) }
  static let mul = binary(.multiply, 18, .mulOptions) { $0.input == .int16 ? 4 : min($0.byInput(), 2) }
  static let div = binary(.divide, 42, .divOptions) { $0.input == .uint8 ? 2 : 1 }
  static let floorDiv = binary(.floorDivide, 90, .floorDivOptions) { $0.input == .float32 ? 2 : 1 }
  static let maximum = binary(.maximum, 55, .maximumMinimumOptions) { $0.byInput() }
  static let minimum = binary(.minimum, 57, .maximumMinimumOptions) { $0.byInput() }

  static let logistic = unary(.logistic, 14, nil) { $0.byInput() }
  static let tanh = unary(.tanh, 28, nil) { $0.byInput() }
  static let hardSwish = unary(.hardSwish, 117, .hardSwishOptions) { _ in 1 }
  static let squareRoot = unary(.squareRoot, 75, nil) { _ in 1 }

  static let leakyRelu = OperatorCode(
    98, .leakyReluOptions, version: { $0.input == .float32 ? 1 : 2 },
    decode: { options in .unary(Unary(.leakyRelu, alpha: options.table.float("alpha"))) },
    encode: { operation, table in
      guard case .unary(let rules) = operation, table.float("alpha") != rules.alpha else { return }
      table.set("alpha", float: rules.alpha)
    })

  static let prelu = OperatorCode(54, nil, version: { _ in 1 }, decode: { _ in .prelu(Prelu()) })

  /// The types stand in the tensors, which TensorFlow Lite goes by.
  static let cast = OperatorCode(53, .castOptions, version: { _ in 1 }, decode: { _ in .cast(Cast()) })

  static let argMax = position(56, .argMaxOptions, findsMinimum: false)
  static let argMin = position(79, .argMinOptions, findsMinimum: true)

  static let resizeBilinear = OperatorCode(
    23, .resizeBilinearOptions,
    version: { facts in
      guard case .resize(let rules) = facts.operation else { return 1 }
      return facts.input == .int16 ? 4 : rules.hasHalfPixelCenters ? 3 : facts.input == .int8 ? 2 : 1
    },
    decode: { .resize(Resize($0, takesNearest: false)) }, encode: encodeResize)

  static let resizeNearestNeighbor = OperatorCode(
    97, .resizeNearestNeighborOptions,
    version: { facts in
      guard case .resize(let rules) = facts.operation else { return 1 }
      if facts.input == .int16 { return 4 }
      return rules.hasHalfPixelCenters || rules.alignsCorners ? 3 : facts.input == .int8 ? 2 : 1
    },
    decode: { .resize(Resize($0, takesNearest: true)) }, encode: encodeResize)

  static let pack = OperatorCode(
    83, .packOptions, version: { $0.input == .int16 ? 3 : $0.input == .int8 || $0.input == .uint8 ? 2 : 1 },
    decode: { options in .pack(Pack(axis: options.int("axis"))) },
    encode: { operation, table in
      if case .pack(let rules) = operation { table.update("axis", rules.axis) }
    })

  static let gather = OperatorCode(
    36, .gatherOptions, version: { $0.input == .int8 ? 2 : $0.input == .int16 ? 4 : 1 },
    decode: { options in .lookup(Lookup(axis: options.int("axis"), sharedAxes: options.int("batchDims"))) },
    encode: { operation, table in
      guard case .lookup(let rules) = operation, let axis = rules.axis else { return }
      table.update("axis", axis)
      table.update("batchDims", rules.sharedAxes)
    })

  static let gatherND = OperatorCode(
    107, .gatherNdOptions, version: { $0.input == .int16 ? 3 : 1 }, decode: { _ in .lookup(Lookup(axis: nil)) })

  static let sequenceLSTM = OperatorCode(
    44, .unidirectionalSequenceLSTMOptions,
    version: { facts in facts.inputs.dropFirst().first.flatMap { $0?.type } == .int8 ? 3 : 1 },
    decode: { options throws(OptionFault) in
      .sequenceLSTM(
        SequenceLSTM(
          isTimeMajor: options.table.flag("timeMajor"), cellClip: options.table.float("cellClip"),
          function: try options.activation()))
    },
    encode: { operation, table in
      guard case .sequenceLSTM(let rules) = operation else { return }
      table.update("timeMajor", flag: rules.isTimeMajor)
      if table.float("cellClip") != rules.cellClip { table.set("cellClip", float: rules.cellClip) }
      table.update(rules.function)
    })

  static let sum = OperatorCode(
    74, .reducerOptions, version: { min($0.byInput(), 2) },
    decode: { options in .sum(Sum(keepsAxes: options.table.flag("keepDims"))) },
    encode: { operation, table in
      if case .sum(let rules) = operation { table.update("keepDims", flag: rules.keepsAxes) }
    })

  static let l2Normalization = OperatorCode(
    11, .l2NormOptions, version: { min($0.byInput(), 2) },
    decode: { options throws(OptionFault) in
      try options.require("fusedActivationFunction", is: 0, "a fused activation")
      return .l2Normalization(L2Normalization())
    })

  static let batchMatMul = OperatorCode(
    126, .batchMatMulOptions, version: { $0.input == .int16 ? 3 : $0.input == .int8 ? 2 : 1 },
    decode: { options in
      .batchMatMul(
        BatchMatMul(transposesFirst: options.table.flag("adjX"), transposesSecond: options.table.flag("adjY")))
    },
    encode: { operation, table in
      guard case .batchMatMul(let rules) = operation else { return }
      table.update("adjX", flag: rules.transposesFirst)
      table.update("adjY", flag: rules.transposesSecond)
    })

  static let transposeConv = OperatorCode(
    67, .transposeConvOptions,
    version: { facts in
      if case .transposeConv(let rules) = facts.operation, rules.biasType != nil { return 5 }
      let hasBias = facts.inputs.count > 3 && facts.inputs[3] != nil
      return facts.operation.activation != .none ? 4 : hasBias ? 3 : facts.weights == .int8 ? 2 : 1
    },
    decode: { options throws(OptionFault) in
      .transposeConv(
        TransposeConv(
          padding: try options.padding(), strideHeight: options.int("strideH"), strideWidth: options.int("strideW"),
          activation: try options.activation(), biasType: try options.biasType()))
    },
    encode: { operation, table in
      guard case .transposeConv(let rules) = operation else { return }
      table.update(rules.padding)
      table.update("strideH", rules.strideHeight)
      table.update("strideW", rules.strideWidth)
      table.update(rules.activation)
      table.update(biasType: rules.biasType)
    })

  static let svdf = OperatorCode(
    27, .svdfOptions, version: { $0.input == .int8 ? 3 : 1 },
    decode: { options throws(OptionFault) in
      .svdf(SVDF(rank: options.int("rank"), function: try options.activation()))
    },
    encode: { operation, table in
      guard case .svdf(let rules) = operation else { return }
      table.update("rank", rules.rank)
      table.update(rules.function)
    })

  /// Every row here.
  static let elementwise = [
    argMax, argMin, batchMatMul, l2Normalization, sum, svdf, transposeConv, cast, div, floorDiv, gather, gatherND,
    hardSwish,
    leakyRelu, logistic, maximum, minimum, mul, pack,
    prelu, resizeBilinear, resizeNearestNeighbor, sequenceLSTM, squareRoot, sub, tanh,
  ]

  static func row(for function: Binary.Function) -> OperatorCode {
    switch function {
    case .subtract: sub
    case .multiply: mul
    case .divide: div
    case .floorDivide: floorDiv
    case .maximum: maximum
    case .minimum: minimum
    }
  }

  static func row(for function: Unary.Function) -> OperatorCode {
    switch function {
    case .logistic: logistic
    case .tanh: tanh
    case .hardSwish: hardSwish
    case .leakyRelu: leakyRelu
    case .squareRoot: squareRoot
    }
  }

  private static func binary(
    _ function: Binary.Function, _ code: Int, _ options: TableSchema,
    version: @escaping @Sendable (VersionFacts) -> Int
  ) -> OperatorCode {
    let fuses = options.slot("fusedActivationFunction") != nil
    let hasPowers = options.slot("potScaleInt16") != nil
    return OperatorCode(
      code, options, version: version,
      decode: { options throws(OptionFault) in
        .binary(
          Binary(
            function, activation: fuses ? try options.activation() : .none,
            usesPowerOfTwoScalesForInt16: hasPowers ? options.table.flag("potScaleInt16") : true))
      },
      encode: { operation, table in
        guard case .binary(let rules) = operation else { return }
        if fuses { table.update(rules.activation) }
        if hasPowers { table.update("potScaleInt16", flag: rules.usesPowerOfTwoScalesForInt16) }
      })
  }

  private static func unary(
    _ function: Unary.Function, _ code: Int, _ options: TableSchema?,
    version: @escaping @Sendable (VersionFacts) -> Int
  ) -> OperatorCode {
    OperatorCode(code, options, version: version, decode: { _ in .unary(Unary(function)) })
  }

  private static func position(_ code: Int, _ options: TableSchema, findsMinimum: Bool) -> OperatorCode {
    OperatorCode(
      code, options, version: { min($0.byInput(), 2) },
      decode: { options throws(OptionFault) in
        let type = elementTypes.value(ofCode: options.table.integer("outputType"))
        guard let type, type == .int32 || type == .int64 else {
          throw OptionFault(message: "its output_type is \(type?.rawValue ?? "unknown"); supported are int32 and int64")
        }
        return .argMax(ArgMax(findsMinimum: findsMinimum, positionType: type))
      },
      encode: { operation, table in
        guard case .argMax(let rules) = operation else { return }
        table.update("outputType", Int(elementTypes.code(of: rules.positionType)))
      })
  }

  @Sendable private static func encodeResize(_ operation: Operation, _ table: inout Table) {
    guard case .resize(let rules) = operation else { return }
    table.update("alignCorners", flag: rules.alignsCorners)
    table.update("halfPixelCenters", flag: rules.hasHalfPixelCenters)
  }
}

extension Resize {
  fileprivate init(_ options: Options, takesNearest: Bool) {
    self.init(
      takesNearest: takesNearest, alignsCorners: options.table.flag("alignCorners"),
      hasHalfPixelCenters: options.table.flag("halfPixelCenters"))
  }
}
