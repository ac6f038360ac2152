import Arrays
import Exploration
import FastEngine
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing
import Verification

@Suite("Reports of accumulators")
struct AccumulatorReportTests {
  /// A product of a `[2, 4]` input with a constant, whose result is added to another one.
  private static func network(_ type: ElementType) -> Network {
    var builder = NetworkBuilder()
    let x = builder.input([1, 2, 4], type, scale: 0.5)
    let w = builder.constant([Int64](repeating: 2, count: 12), [1, 4, 3], type, Quantization(scale: 0.5))
    let y = builder.activation([1, 2, 3], type, scale: 8)
    builder.node(.batchMatMul(BatchMatMul()), [x, w], y)
    let sum = builder.activation([1, 2, 3], type, scale: 16)
    builder.node(.add(Add(usesPowerOfTwoScalesForInt16: false)), [y, y], sum)
    return builder.finish(sum)
  }

  @Test("products of matrices have a row", arguments: [ElementType.int8, .int16])
  func matrixProduct(_ type: ElementType) async throws {
    let network = Self.network(type)
    let program = try Program.lower(network, for: .host)
    let still = AccumulatorReport(program)
    #expect(still.rows.map(\.name) == ["BATCH_MATMUL", "ADD"])
    #expect(still.rows[0].terms == 4 && still.rows[0].isReached == nil && still.rows[0].observed == nil)

    let values = [Float](arrayLiteral: 1, 2, 3, 4, -1, -2, -3, 5).map { $0 / 2 }
    let data = try DataSet(
      bytes: NPYWriter.encoded(values, shape: [1, 2, 4]), name: "x.npy", for: network.inputSlots()[0])
    let report = try await AccumulatorReport.run(program, data: data, subset: Subset(), threads: 2) { FastEngine($0) }
    // 2 · (1 + 2 + 3 + 4) and 2 · (−1 − 2 − 3 + 5).
    #expect(report.rows[0].observed?.sum == [-2...20])
    #expect(report.rows[0].provedBits >= report.rows[0].observed?.partialBits ?? 99)
    #expect(report.rows.count == 2 && report.rows[1].observed != nil && report.samples == 1)
  }
}
