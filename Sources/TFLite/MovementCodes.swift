internal import NetworkModel

/// The rows of operators that move elements.
extension OperatorCode {
  static let transpose = movement(39, .transposeOptions, version: { min($0.byInput(), 2) }) { _ in
    .transpose(Transpose())
  }

  static let slice = movement(65, .sliceOptions, version: { $0.input == .int16 ? 4 : $0.byInput() }) { _ in
    .slice(Slice())
  }

  static let stridedSlice = movement(
    45, .stridedSliceOptions, version: { $0.input == .int16 ? 4 : $0.byInput() },
    decode: { options in
      .stridedSlice(
        StridedSlice(
          beginMask: options.int("beginMask"), endMask: options.int("endMask"),
          shrinkAxisMask: options.int("shrinkAxisMask"), ellipsisMask: options.int("ellipsisMask"),
          newAxisMask: options.int("newAxisMask"), endsAreCounts: options.table.flag("offset")))
    },
    encode: { movement, table in
      guard case .stridedSlice(let rules) = movement else { return }
      table.update("beginMask", rules.beginMask)
      table.update("endMask", rules.endMask)
      table.update("shrinkAxisMask", rules.shrinkAxisMask)
      table.update("ellipsisMask", rules.ellipsisMask)
      table.update("newAxisMask", rules.newAxisMask)
      table.update("offset", flag: rules.endsAreCounts)
    })

  static let split = movement(
    49, .splitOptions, version: { $0.byOutput() },
    decode: { options in .split(Split(count: options.int("numSplits"))) },
    encode: { movement, table in
      if case .split(let rules) = movement { table.update("numSplits", rules.count) }
    })

  static let splitV = movement(
    102, .splitVOptions, version: { min($0.byInput(), 2) },
    decode: { options in .split(Split(count: options.int("numSplits"), hasExtents: true)) },
    encode: { movement, table in
      if case .split(let rules) = movement { table.update("numSplits", rules.count) }
    })

  static let unpack = movement(
    88, .unpackOptions, version: { $0.input == .int16 ? 4 : $0.input == .int8 || $0.input == .uint8 ? 2 : 1 },
    decode: { options in .unpack(Unpack(count: options.int("num"), axis: options.int("axis"))) },
    encode: { movement, table in
      guard case .unpack(let rules) = movement else { return }
      table.update("num", rules.count)
      table.update("axis", rules.axis)
    })

  static let squeeze = movement(
    43, .squeezeOptions, version: { _ in 1 },
    decode: { options in .squeeze(Squeeze(axes: options.ints("squeezeDims"))) },
    encode: { movement, table in
      if case .squeeze(let rules) = movement { table.update("squeezeDims", rules.axes) }
    })

  static let expandDims = movement(70, .expandDimsOptions, version: { _ in 1 }) { _ in .expandDims(ExpandDims()) }

  static let spaceToDepth = movement(
    26, .spaceToDepthOptions, version: { min($0.byInput(), 2) },
    decode: { options in .blocks(Blocks(size: options.int("blockSize"), becomeChannels: true)) }, encode: encodeBlocks)

  static let depthToSpace = movement(
    5, .depthToSpaceOptions, version: { min($0.byInput(), 2) },
    decode: { options in .blocks(Blocks(size: options.int("blockSize"), becomeChannels: false)) },
    encode: encodeBlocks)

  @Sendable private static func encodeBlocks(_ movement: Movement, _ table: inout Table) {
    if case .blocks(let rules) = movement { table.update("blockSize", rules.size) }
  }

  /// Every movement.
  static let movements = [
    depthToSpace, expandDims, slice, spaceToDepth, split, splitV, squeeze, stridedSlice, transpose, unpack,
  ]

  /// The row of a movement.
  static func row(for movement: Movement) -> OperatorCode {
    switch movement {
    case .transpose: transpose
    case .slice: slice
    case .stridedSlice: stridedSlice
    case .split(let rules): rules.hasExtents ? splitV : split
    case .unpack: unpack
    case .squeeze: squeeze
    case .expandDims: expandDims
    case .blocks(let rules): rules.becomeChannels ? spaceToDepth : depthToSpace
    }
  }

  private static func movement(
    _ code: Int, _ options: TableSchema, version: @escaping @Sendable (VersionFacts) -> Int,
    decode: @escaping @Sendable (Options) -> Movement,
    encode: @escaping @Sendable (Movement, inout Table) -> Void = { _, _ in }
  ) -> OperatorCode {
    OperatorCode(
      code, options, version: version, decode: { .movement(decode($0)) },
      encode: { operation, table in
        if case .movement(let movement) = operation { encode(movement, &table) }
      })
  }
}

extension VersionFacts {
  /// Version 1 for float and uint8, one more for int8: the rule of operators whose data is not their first operand.
  fileprivate func byOutput() -> Int { output == .int8 ? 2 : output == .int16 ? 4 : 1 }
}
