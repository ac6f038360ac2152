internal import CKernels
@testable internal import FastEngine
internal import Foundation

/// Cases in the form that `Tools/arm/replay.c` reads: 32-bit integers, and arrays with their bytes counted before them.
struct KernelCaseFile {
  private(set) var data = Data()

  mutating func append(_ test: KernelCase) {
    append(Array(test.name.utf8))
    switch test.definition {
    case .convolution(let packed):
      let value = unsafe packed.value
      unsafe append(integers: [0, value.panels, value.sum_factor, value.segments, value.quads, value.segment_bytes])
      unsafe append(integers: [value.channels, value.tails])
      append(packed.panels)
      append(packed.weights)
      append(packed.bias)
      append(packed.segments)
      append(packed.tails)
      append(packed.output)
      append(packed.plan)
    case .depthwise(let packed):
      let value = unsafe packed.value
      unsafe append(integers: [1, value.channels, value.taps, value.by_columns ? 1 : 0, value.row_pixels])
      unsafe append(integers: [value.window_step, value.sum_factor])
      append(packed.taps)
      append(packed.weights)
      append(packed.bias)
      append(packed.output)
      append(packed.plan)
    case .addition(let packed):
      let value = unsafe packed.value
      append(integers: [2, unsafe value.add])
      for operand in unsafe [value.a, value.b] {
        append(integers: [
          operand.zero, operand.is_linear ? 1 : 0, operand.multiplier, operand.left, operand.right,
        ])
      }
      append(packed.tables)
      append(integers: [Int32(test.inputs[1].offset), Int32(test.output.byteCount)])
    }
    append(integers: [Int32(test.inputs[0].offset), Int32(test.output.offset)])
    append(test.before)
    append(test.after)
  }

  private mutating func append(integers: [Int32]) {
    for integer in integers { append(bits: integer.littleEndian) }
  }

  private mutating func append(_ plan: ConvolutionPlan) {
    append(integers: [Int32(plan.pixels)])
    append(plan.inputOffsets)
    append(plan.outputOffsets)
  }

  private mutating func append(_ tables: OutputTables) {
    let value = unsafe tables.value
    unsafe append(integers: [
      Int32(value.kind.rawValue), value.has_left ? 1 : 0, value.has_ties ? 1 : 0,
      Int32(bitPattern: value.certain.bitPattern), value.zero_point, Int32(value.low), Int32(value.high),
      Int32(bitPattern: value.zero_points), Int32(bitPattern: value.lows), Int32(bitPattern: value.highs),
    ])
    append(tables.multiplier)
    append(tables.left)
    append(tables.right)
    append(tables.add)
    append(tables.negative)
    append(tables.odd)
    append(tables.round)
    append(tables.scale)
    append(tables.gap)
    append(tables.scale64)
  }

  private mutating func append(_ weights: PackedWeights) {
    switch weights {
    case .int8(let table): append(table)
    case .int16(let table): append(table)
    }
  }

  private mutating func append<Element>(_ table: Table<Element>) {
    append((0..<table.count).map { table[$0] })
  }

  private mutating func append<Element: BitwiseCopyable>(_ elements: [Element]) {
    append(integers: [Int32(elements.count * MemoryLayout<Element>.stride)])
    unsafe elements.withUnsafeBytes { unsafe data.append(contentsOf: $0) }
  }

  private mutating func append<Element: BitwiseCopyable>(bits: Element) {
    unsafe withUnsafeBytes(of: bits) { unsafe data.append(contentsOf: $0) }
  }
}
