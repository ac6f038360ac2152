import FixedPoint
import Foundation
import HardwareProfile
import NetworkModel
import Simulation
import TestSupport
import Testing

@testable import Verification

@Suite("Golden vectors of operators")
struct OperatorVectorTests {
  /// Four channels of which some need no shift or a left one.
  private static let uneven: [Requantization] = [
    Requantization(stages: [.wrap(.int(32)), .multiply(3), .shiftRight(5, .tiesToEven)]),
    Requantization(stages: [.shiftLeft(2), .wrap(.int(32)), .multiply(7)]),
    Requantization(stages: [.wrap(.int(32)), .multiply(5), .shiftRight(1, .floor), .shiftRight(2, .tiesToEven)]),
    Requantization(stages: [.wrap(.int(32))]),
  ]

  @Test("the common stages with each channel's numbers compute what the channel's own stages do")
  func columns() throws {
    let columns = try StageColumns(Self.uneven).columns
    #expect(columns.count == 5)
    var generator = SeededGenerator(seed: 9)
    for channel in Self.uneven.indices {
      let stages = columns.map { column -> Requantization.Stage in
        switch column.operation {
        case .multiply: .multiply(column.numbers[channel])
        case .shiftLeft: .shiftLeft(Int(column.numbers[channel]))
        case .shiftRight(let rounding): .shiftRight(Int(column.numbers[channel]), rounding)
        case .saturate(let format): .saturate(format)
        case .wrap(let format): .wrap(format)
        case .scaleAsFloat, .lineInFloat, .thresholds: .multiply(0)
        }
      }
      for _ in 0..<200 {
        let sum = generator.nextSigned(bits: 32)
        #expect(Requantization(stages: stages).apply(sum) == Self.uneven[channel].apply(sum), "channel \(channel)")
      }
    }
  }

  @Test("a channel that lacks a stage which cannot be idle is refused")
  func incompatible() {
    #expect(throws: VectorError.self) {
      try StageColumns([
        Requantization(stages: [.saturate(.int(16))]), Requantization(stages: [.saturate(.int(8))]),
      ])
    }
  }

  private static func vectors(_ program: Program, _ network: Network, _ encoding: VectorEncoding) throws
    -> [OperatorVectors]
  {
    try OperatorVectors.plan(program, of: network, encoding: encoding, samples: 2)
  }

  @Test("every kernel has its inputs and outputs, every register its sums", arguments: VectorEncoding.allCases)
  func everyKernel(_ encoding: VectorEncoding) throws {
    let network = Models.everyKernel()
    let program = try Program.lower(network, for: .host)
    let all = try Self.vectors(program, network, encoding)
    let input = (0..<50).map { Int32(bitPattern: (Float($0 * 7 % 50) / 10 - 2).bitPattern) }
    let trace = try ReferenceEngine(program).run([input], trace: .all).trace
    for vectors in all {
      let sums = try vectors.register.map { register in
        try ReferenceEngine(register).run(register.inputs.map { trace[$0] ?? [] }).outputs[0]
      }
      #expect((sums != nil) == (vectors.step.kernel.outputStage != nil))
      let elements = try vectors.elements(trace, sums: sums)
      #expect(elements.count == vectors.recordings.count)
      for (recording, values) in zip(vectors.recordings, elements) {
        #expect(recording.array.shape.first == 2)
        #expect(recording.array.count == 2 * values.count, "\(recording.array.file)")
      }
      for constant in vectors.constants { #expect(constant.array.count == constant.values.count) }
      #expect(vectors.recordings.last?.array.count == 2 * program.values[vectors.step.output].shape.count)
      let hasBench = encoding == .sv && sums != nil
      #expect(vectors.texts.isEmpty == !hasBench)
    }
    let manifest = VectorManifest(
      all, of: program, model: .init(file: "m", sha256: ""), encoding: encoding, samples: [4, 7])
    let paths = manifest.files
    #expect(Set(paths).count == paths.count && paths == paths.sorted())
    #expect(paths.contains("vectors.h") == (encoding == .c))
    let json = String(decoding: try JSONEncoder().encode(manifest), as: UTF8.self).replacing("\\/", with: "/")
    for path in all.flatMap(\.arrays).map(\.file) { #expect(json.contains("\"file\":\"\(path)\""), "\(path)") }
    #expect(json.contains("\"programDigest\":\"\(program.digest())\"") && json.contains("\"samples\":[4,7]"))
  }

  @Test("sums that do not give the outputs are noticed")
  func contradiction() throws {
    let network = Models.layer(weights: [[1, 2], [3, 4]], bias: [5, 6], outputScale: 1)
    let program = try Program.lower(network, for: .host)
    let vectors = try Self.vectors(program, network, .hex)[0]
    let trace = try ReferenceEngine(program).run([[7, 8]], trace: .all).trace
    let sums: [Int32] = [7 + 2 * 8 + 5, 3 * 7 + 4 * 8 + 6]
    #expect(try vectors.elements(trace, sums: sums).contains(sums.map(Int64.init)))
    #expect(throws: VectorError.self) { try vectors.elements(trace, sums: [sums[0], sums[1] + 1]) }
    #expect(throws: VectorError.self) { try vectors.elements(trace, sums: [sums[0]]) }
  }

  @Test("weights stand as stored, zero point and all, in the machine's order")
  func weights() throws {
    var builder = NetworkBuilder()
    let input = builder.input([1, 2, 2, 3], .uint8, scale: 1, zeroPoint: 9)
    let stored = (0..<12).map { Int64($0 * 20) }
    let w = builder.constant(
      stored, [1, 2, 2, 3], .uint8, Quantization(scales: [0.5], zeroPoints: [100], axis: 0))
    let output = builder.activation([1, 1, 1, 1], .uint8, scale: 64, zeroPoint: 3)
    builder.node(.conv2D(Conv2D(padding: .valid)), [input, w, nil], output)
    let network = builder.finish(output)
    for order in AccumulationOrder.allCases {
      let program = try Program.lower(network, for: Models.profile(bits: 32) { $0.accumulator.order = order })
      let vectors = try Self.vectors(program, network, .hex)[0]
      let file = try #require(vectors.constants.first { $0.array.file.hasSuffix("/weights.hex") })
      // The file's order is row, column, channel.
      let byChannel = (0..<3).flatMap { channel in (0..<4).map { stored[$0 * 3 + channel] } }
      #expect(file.values == (order == .heightWidthChannel ? stored : byChannel))
      #expect(file.array.shape == (order == .heightWidthChannel ? [1, 2, 2, 3] : [1, 3, 2, 2]))
      #expect(file.array.axes?.last == (order == .heightWidthChannel ? "inputChannel" : "column"))
      #expect(file.array.type == "uint8")
    }
  }

  @Test("sums beyond 32 bits are omitted with the reason, never cut")
  func wideRegister() throws {
    let huge = Int64(Int32.max)
    let network = Models.layer(weights: [[127, 127]], bias: [huge], outputScale: 1)
    let wide = try Program.lower(network, for: Models.profile(bits: 40))
    let vectors = try Self.vectors(wide, network, .sv)[0]
    #expect(vectors.register == nil && vectors.lacksSums && vectors.texts.isEmpty)
    #expect(!vectors.arrays.contains { $0.file.contains("accumulators") })
    // The same sums in a register of 32 bits, which wraps or saturates them itself.
    let narrow = try Program.lower(network, for: Models.profile(bits: 32))
    #expect(try Self.vectors(narrow, network, .sv)[0].register != nil)
  }

  @Test("thresholds and lines in floating point stand with all their numbers")
  func otherStages() throws {
    let steps = [Thresholds(first: -2, values: [-9, 0, 4]), Thresholds(first: 0, values: [1, 1, 7])]
    let counted = try StageColumns(steps.map { Requantization(stages: [.thresholds($0)]) }).columns
    #expect(counted.map(\.operation) == [.thresholds(3)])
    #expect(counted[0].numbers == [-9, 0, 4, 1, 1, 7] && counted[0].seconds == [-2, 0])
    let line = FloatLine(factor: 0.5, offset: -1)
    let lines = try StageColumns([Requantization(stages: [.lineInFloat(line, .tiesToEven)])]).columns
    #expect(lines[0].numbers == [0x3f00_0000] && lines[0].seconds == [0xbf80_0000])
    #expect(lines[0].operation.code == nil)
  }
}
