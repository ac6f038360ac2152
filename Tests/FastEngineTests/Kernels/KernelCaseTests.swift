internal import CKernels
@testable internal import FastEngine
internal import Foundation
@testable internal import Simulation
internal import Testing

/// The kernels of each set alone, on memory whose every byte is known.
///
/// With `BITEXACT_KERNEL_CASES` naming a directory, the cases of every set, whether this CPU has it or not, are written
/// there as well: `Tools/arm/check.sh` replays them.
@Suite struct KernelCaseTests {
  @Test(
    "The kernels of a set write what the reference engine computes, and nothing else", arguments: KernelSet.allCases)
  func kernels(set: KernelSet) throws {
    guard let packing = KernelTable.packings.first(where: { $0.set == set }) else { return }
    let cases = KernelCase.all(packing)
    // Every kernel with every form.
    var met: Set<[Int]> = []
    for test in cases { met.insert(Self.kind(test)) }
    #expect(met.count >= 13, "\(met)")
    if let directory = ProcessInfo.processInfo.environment["BITEXACT_KERNEL_CASES"] {
      var file = KernelCaseFile()
      for test in cases { file.append(test) }
      try file.data.write(to: URL(fileURLWithPath: directory).appendingPathComponent("\(set.rawValue).cases"))
    }
    guard let row = KernelTable.row(set) else { return }
    for test in cases {
      let difference = Self.difference(test, row)
      #expect(difference == nil, "\(test.name)")
      if difference != nil { return }
    }
  }

  /// Which kernel, and which form of requantization.
  private static func kind(_ test: KernelCase) -> [Int] {
    switch test.definition {
    case .convolution(let packed): [0, Int(unsafe packed.output.value.kind.rawValue)]
    case .depthwise(let packed): [1, Int(unsafe packed.output.value.kind.rawValue)]
    case .addition(let packed): [2, Int(unsafe packed.tables.value.kind.rawValue)]
    }
  }

  /// The first byte that the kernels of this CPU make differently.
  private static func difference(_ test: KernelCase, _ row: KernelRow) -> String? {
    let arena = Arena(byteCount: test.before.count)
    for (index, byte) in test.before.enumerated() { arena[index] = byte }
    let input = unsafe arena.pointer(test.inputs[0].offset)
    let output = unsafe arena.pointer(test.output.offset)
    switch test.definition {
    case .convolution(let packed):
      let plan = packed.plan
      var value = unsafe packed.value
      var scratch = [Int32](repeating: 0, count: max(1, unsafe row.scratch(&value, pixels: Int32(plan.pixels))))
      unsafe row.convolve(
        &value, input, plan.inputOffsets.pointer, output, plan.outputOffsets.pointer, 0, Int32(plan.pixels), &scratch)
    case .depthwise(let packed):
      let plan = packed.plan
      var value = unsafe packed.value
      unsafe row.convolveDepthwise(
        &value, input, plan.inputOffsets.pointer, output, plan.outputOffsets.pointer, 0, Int32(plan.pixels))
    case .addition(let packed):
      var value = unsafe packed.value
      unsafe row.add(
        &value, input, arena.pointer(test.inputs[1].offset), output, Int64(test.output.byteCount))
    }
    guard let byte = test.after.indices.first(where: { arena[$0] != test.after[$0] }) else { return nil }
    return "byte \(byte - test.output.offset) of the output is \(arena[byte]) instead of \(test.after[byte])"
  }
}
