package import FixedPoint
internal import Simulation

/// A testbench in SystemVerilog that gives a requantizer each recorded sum and compares what comes out.
struct RequantizerTestbench {
  /// The module's name.
  let name = "requantizer_tb"
  /// The file's content.
  let text: String

  /// Writes a testbench; `nil` for an operator without recorded sums, or with a stage that the interface does not have.
  init?(_ vectors: OperatorVectors) {
    guard let sums = vectors.manifest.accumulators, let parameters = vectors.manifest.requantization,
      let stage = vectors.step.kernel.outputStage, let columns = try? StageColumns(stage.requantizations).columns,
      columns.allSatisfy({ $0.operation.code != nil })
    else { return nil }
    let output = vectors.manifest.outputs.array
    // A requantization of no stage at all is one idle stage, since a vector of no bits does not exist.
    let operations = columns.isEmpty ? [nil] : columns.map { Optional($0.operation) }
    let stages = parameters.stages
    func packed(_ codes: [Int]) -> String { "{" + codes.reversed().map { "8'd\($0)" }.joined(separator: ", ") + "}" }
    let memories = stages.enumerated().flatMap { position, stage in
      [
        stage.numbers.map { Testbench.memory("numbers_\(position)", $0, "CHANNELS") },
        stage.exponents.map { Testbench.memory("exponents_\(position)", $0, "CHANNELS") },
      ].compactMap(\.self)
    }
    let reads = stages.enumerated().flatMap { position, stage in
      [
        stage.numbers.map { Testbench.read("numbers_\(position)", $0) },
        stage.exponents.map { Testbench.read("exponents_\(position)", $0) },
      ].compactMap(\.self)
    }
    let picks = stages.enumerated().flatMap { position, stage in
      [
        stage.numbers.map { array in
          // Counts are unsigned; a concatenation keeps them so.
          "numbers[64 * \(position) +: 64] = \(array.isSigned ? "numbers_\(position)[channel]" : "{56'd0, numbers_\(position)[channel]}");"
        },
        stage.exponents.map { _ in "exponents[16 * \(position) +: 16] = exponents_\(position)[channel];" },
      ].compactMap(\.self)
    }
    text = """
      // The requantizer of operator \(vectors.step.node), \(vectors.step.name): gives it each recorded sum, compares what comes out
      // and counts mismatches. Adapt the instance "dut" to your module; docs/vectors.md of bitexact says what its ports mean.
      //
      //   iverilog -g2012 -s \(name) -o tb \(name).sv YOUR_REQUANTIZER.v && vvp -n tb +vectors=FOLDER
      //
      // FOLDER is the one that holds this file; without it the files are looked for where the simulator runs.
      `timescale 1ns / 1ps

      module \(name);
        parameter COUNT = \(sums.count);
        parameter CHANNELS = \(parameters.channels);
        parameter ACCUMULATOR_BITS = \(sums.bits);
        parameter OUTPUT_BITS = \(output.bits);
        // The stages: the first stands in the lowest bits.
        parameter STAGES = \(operations.count);
      \(zip(operations.indices, operations).map { "  //   \($0): \($1?.words ?? "nothing")" }.joined(separator: "\n"))
        parameter [8 * STAGES - 1:0] OPERATIONS = \(packed(operations.map { $0?.code ?? 0 }));
        parameter [8 * STAGES - 1:0] ROUNDINGS = \(packed(operations.map { $0?.rounding?.hardwareCode ?? 0 }));
        parameter [8 * STAGES - 1:0] FORMAT_BITS = \(packed(operations.map { $0?.width ?? 0 }));
        parameter [8 * STAGES - 1:0] FORMAT_SIGNED = \(packed(operations.map { $0?.isSigned == true ? 1 : 0 }));
        parameter signed [63:0] ZERO_POINT = \(Testbench.literal(stage.zeroPoint));
        parameter signed [63:0] LOW = \(Testbench.literal(stage.low));
        parameter signed [63:0] HIGH = \(Testbench.literal(stage.high));

        string folder;
      \(Testbench.lines([
        Testbench.memory("sums", sums, "COUNT"), Testbench.memory("expected", output, "COUNT"),
      ] + memories, indent: 2))
        reg signed [ACCUMULATOR_BITS - 1:0] accumulator;
        reg [64 * STAGES - 1:0] numbers;
        reg [16 * STAGES - 1:0] exponents;
        wire [OUTPUT_BITS - 1:0] result;

        requantizer #(
          .ACCUMULATOR_BITS(ACCUMULATOR_BITS), .OUTPUT_BITS(OUTPUT_BITS), .STAGES(STAGES), .OPERATIONS(OPERATIONS),
          .ROUNDINGS(ROUNDINGS), .FORMAT_BITS(FORMAT_BITS), .FORMAT_SIGNED(FORMAT_SIGNED), .ZERO_POINT(ZERO_POINT),
          .LOW(LOW), .HIGH(HIGH)
        ) dut (
          .accumulator(accumulator), .numbers(numbers), .exponents(exponents), .result(result)
        );

        integer index;
        integer channel;
        integer mismatches;

        initial begin
          if (!$value$plusargs("vectors=%s", folder)) folder = ".";
      \(Testbench.lines([
        Testbench.read("sums", sums), Testbench.read("expected", output),
      ] + reads, indent: 4))
          numbers = 0;
          exponents = 0;
          mismatches = 0;
          for (index = 0; index < COUNT; index = index + 1) begin
            channel = index % CHANNELS;
            accumulator = sums[index];
      \(Testbench.lines(picks, indent: 6))
            #1;
            // A vector that could not be read is unknown and never equal.
            if (result !== expected[index] || (^expected[index]) === 1'bx) begin
              mismatches = mismatches + 1;
              if (mismatches <= 10)
                $display("  %0d: the sum %0d gives %h, expected %h", index, accumulator, result, expected[index]);
            end
          end
          $display("operator \(vectors.step.node) \(vectors.step.name) requantizer: %0d vectors, %0d mismatches", COUNT, mismatches);
          $finish;
        end
      endmodule

      """
  }
}

extension StageColumns.Operation {
  /// The stage's code in `OPERATIONS`, where 0 does nothing; `nil` for a stage that is no part of the interface.
  var code: Int? {
    switch self {
    case .multiply: 1
    case .shiftLeft: 2
    case .shiftRight: 3
    case .scaleAsFloat: 4
    case .saturate: 5
    case .wrap: 6
    case .lineInFloat, .thresholds: nil
    }
  }

  /// How the stage rounds.
  fileprivate var rounding: Rounding? {
    switch self {
    case .shiftRight(let rounding), .scaleAsFloat(_, let rounding), .lineInFloat(let rounding): rounding
    default: nil
    }
  }

  /// The width of what the stage cuts to, or of a floating-point significand.
  fileprivate var width: Int {
    switch self {
    case .saturate(let format), .wrap(let format): format.bits
    case .scaleAsFloat(let precision, _): precision
    default: 0
    }
  }

  fileprivate var isSigned: Bool {
    switch self {
    case .saturate(let format), .wrap(let format): format.isSigned
    default: false
    }
  }

  /// The stage in words.
  fileprivate var words: String {
    switch self {
    case .multiply: "multiply"
    case .shiftLeft: "shift left"
    case .shiftRight(let rounding): "shift right, \(rounding.rawValue)"
    case .scaleAsFloat(let precision, let rounding):
      "multiply by a float of \(precision) significant bits, \(rounding.rawValue)"
    case .saturate(let format): "saturate to \(format.name)"
    case .wrap(let format): "wrap to \(format.name)"
    case .lineInFloat(let rounding): "a factor and an offset in float32, \(rounding.rawValue)"
    case .thresholds(let count): "count \(count) thresholds"
    }
  }
}

extension Rounding {
  /// The rule's code in `ROUNDINGS`: it stands in emitted testbenches and in hardware, and never changes.
  package var hardwareCode: Int {
    switch self {
    case .floor: 0
    case .ceiling: 1
    case .towardZero: 2
    case .awayFromZero: 3
    case .tiesTowardPositive: 4
    case .tiesTowardNegative: 5
    case .tiesAwayFromZero: 6
    case .tiesTowardZero: 7
    case .tiesToEven: 8
    case .tiesToOdd: 9
    case .toOdd: 10
    case .tiesTowardPositiveWhenNegativeElseToEven: 11
    }
  }
}
