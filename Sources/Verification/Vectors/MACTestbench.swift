internal import FixedPoint
internal import HardwareProfile
internal import NetworkModel
internal import Simulation

/// A testbench in SystemVerilog that feeds an array of multiply-accumulate lanes and compares its sums.
struct MACTestbench {
  /// The module's name.
  let name = "mac_array_tb"
  /// The file's content.
  let text: String

  /// Writes a testbench; `nil` for an operator that is no convolution, or whose sums are not recorded.
  init?(_ vectors: OperatorVectors, samples: Int) {
    guard case .convolution(let kernel) = vectors.step.kernel, let sums = vectors.manifest.accumulators,
      let input = vectors.manifest.inputs.first?.array, let weights = vectors.manifest.weights,
      let bias = vectors.manifest.bias
    else { return nil }
    let window = kernel.window
    let rule = kernel.accumulator
    let memories = [
      Testbench.memory("inputs", input, "IMAGES * HEIGHT * WIDTH * CHANNELS"),
      Testbench.memory("weights", weights.array, "OUTPUTS * TAPS"), Testbench.memory("bias", bias, "OUTPUTS"),
      Testbench.memory("expected", sums, "IMAGES * OUT_HEIGHT * OUT_WIDTH * OUTPUTS"),
    ]
    let reads = [
      Testbench.read("inputs", input), Testbench.read("weights", weights.array), Testbench.read("bias", bias),
      Testbench.read("expected", sums),
    ]
    text = """
      // The multiply-accumulate array of operator \(vectors.step.node), \(vectors.step.name): feeds LANES output channels at a time
      // with one tap each clock, in the machine's order, compares the sums and counts mismatches. Adapt the instance "dut" to
      // your module; docs/vectors.md of bitexact says what its ports mean.
      //
      //   iverilog -g2012 -s \(name) -o tb \(name).sv YOUR_ARRAY.v && vvp -n tb +vectors=FOLDER
      //
      // FOLDER is the one that holds this file; without it the files are looked for where the simulator runs.
      `timescale 1ns / 1ps

      module \(name);
        parameter LANES = 8;
        // PIXELS may be lowered to check the first outputs only.
        parameter IMAGES = \(samples * kernel.input[0]);
        parameter HEIGHT = \(kernel.input[1]);
        parameter WIDTH = \(kernel.input[2]);
        parameter CHANNELS = \(kernel.input[3]);
        parameter OUT_HEIGHT = \(kernel.output[1]);
        parameter OUT_WIDTH = \(kernel.output[2]);
        parameter OUTPUTS = \(kernel.output[3]);
        parameter PIXELS = IMAGES * OUT_HEIGHT * OUT_WIDTH;
        parameter GROUPS = \(kernel.groups);
        parameter ROWS = \(window.rows.size);
        parameter COLUMNS = \(window.columns.size);
        parameter STRIDE_Y = \(window.rows.stride);
        parameter STRIDE_X = \(window.columns.stride);
        parameter DILATION_Y = \(window.rows.dilation);
        parameter DILATION_X = \(window.columns.dilation);
        // The distances of the input's rows and columns where zeros stand between them.
        parameter SPREAD_Y = \(kernel.spread[0]);
        parameter SPREAD_X = \(kernel.spread[1]);
        parameter PAD_TOP = \(window.padTop);
        parameter PAD_LEFT = \(window.padLeft);
        // Whether the order of the taps is channel, row, column instead of row, column, channel.
        parameter CHANNEL_FIRST = \(kernel.order == .channelHeightWidth ? 1 : 0);
        parameter INPUT_BITS = \(input.bits);
        parameter INPUT_SIGNED = \(input.isSigned ? 1 : 0);
        parameter WEIGHT_BITS = \(weights.array.bits);
        parameter WEIGHT_SIGNED = \(weights.array.isSigned ? 1 : 0);
        parameter BIAS_BITS = \(bias.bits);
        parameter ACCUMULATOR_BITS = \(sums.bits);
        parameter signed [31:0] INPUT_ZERO_POINT = \(kernel.inputZeroPoint);
        parameter signed [31:0] WEIGHT_ZERO_POINT = \(weights.zeroPoint ?? 0);
        // What the register does with a sum that it cannot hold: 0 wraps, 1 saturates.
        parameter SATURATE = \(rule.overflow == .saturate ? 1 : 0);
        // Products that are added exactly before the register takes them; 0 for all and the bias.
        parameter PRODUCTS_PER_CHECK = \(rule.productsPerCheck ?? 0);
        parameter BIAS_FIRST = \(rule.startsFromBias ? 1 : 0);
        parameter DEPTH = CHANNELS / GROUPS;
        parameter TAPS = ROWS * COLUMNS * DEPTH;

        string folder;
      \(Testbench.lines(memories, indent: 2))
        reg clock = 0;
        reg start = 0;
        reg valid = 0;
        reg last = 0;
        reg [LANES * INPUT_BITS - 1:0] lane_inputs;
        reg [LANES * WEIGHT_BITS - 1:0] lane_weights;
        reg [LANES * BIAS_BITS - 1:0] lane_biases;
        wire [LANES * ACCUMULATOR_BITS - 1:0] lane_sums;
        wire done;

        mac_array #(
          .LANES(LANES), .INPUT_BITS(INPUT_BITS), .INPUT_SIGNED(INPUT_SIGNED), .WEIGHT_BITS(WEIGHT_BITS),
          .WEIGHT_SIGNED(WEIGHT_SIGNED), .BIAS_BITS(BIAS_BITS), .ACCUMULATOR_BITS(ACCUMULATOR_BITS),
          .INPUT_ZERO_POINT(INPUT_ZERO_POINT), .WEIGHT_ZERO_POINT(WEIGHT_ZERO_POINT), .SATURATE(SATURATE),
          .PRODUCTS_PER_CHECK(PRODUCTS_PER_CHECK), .BIAS_FIRST(BIAS_FIRST)
        ) dut (
          .clock(clock), .start(start), .valid(valid), .last(last), .inputs(lane_inputs), .weights(lane_weights),
          .biases(lane_biases), .sums(lane_sums), .done(done)
        );

        always #5 clock = ~clock;

        integer pixel, image, out_y, out_x, base, lane, channel, tap, rest, row, column, depth, y, x, patience;
        integer vectors, mismatches;
        reg [ACCUMULATOR_BITS - 1:0] wanted;

        // What the window's current tap reads for an output channel; the zero point in the padding.
        function [INPUT_BITS - 1:0] element(input integer output_channel);
          begin
            y = out_y * STRIDE_Y + row * DILATION_Y - PAD_TOP;
            x = out_x * STRIDE_X + column * DILATION_X - PAD_LEFT;
            if (y < 0 || y >= HEIGHT * SPREAD_Y || x < 0 || x >= WIDTH * SPREAD_X
                || y % SPREAD_Y != 0 || x % SPREAD_X != 0) element = INPUT_ZERO_POINT;
            else
              element = inputs[((image * HEIGHT + y / SPREAD_Y) * WIDTH + x / SPREAD_X) * CHANNELS
                + output_channel / (OUTPUTS / GROUPS) * DEPTH + depth];
          end
        endfunction

        initial begin
          if (!$value$plusargs("vectors=%s", folder)) folder = ".";
      \(Testbench.lines(reads, indent: 4))
          vectors = 0;
          mismatches = 0;
          lane_inputs = 0;
          lane_weights = 0;
          for (pixel = 0; pixel < PIXELS; pixel = pixel + 1) begin
            image = pixel / (OUT_HEIGHT * OUT_WIDTH);
            out_y = pixel / OUT_WIDTH % OUT_HEIGHT;
            out_x = pixel % OUT_WIDTH;
            for (base = 0; base < OUTPUTS; base = base + LANES) begin
              @(negedge clock);
              start = 1;
              for (lane = 0; lane < LANES; lane = lane + 1)
                lane_biases[lane * BIAS_BITS +: BIAS_BITS] = base + lane < OUTPUTS ? bias[base + lane] : 0;
              for (tap = 0; tap < TAPS; tap = tap + 1) begin
                @(negedge clock);
                start = 0;
                valid = 1;
                last = tap == TAPS - 1;
                depth = CHANNEL_FIRST ? tap / (ROWS * COLUMNS) : tap % DEPTH;
                rest = CHANNEL_FIRST ? tap % (ROWS * COLUMNS) : tap / DEPTH;
                row = rest / COLUMNS;
                column = rest % COLUMNS;
                for (lane = 0; lane < LANES; lane = lane + 1) begin
                  channel = base + lane < OUTPUTS ? base + lane : base;
                  lane_inputs[lane * INPUT_BITS +: INPUT_BITS] = element(channel);
                  lane_weights[lane * WEIGHT_BITS +: WEIGHT_BITS] = weights[channel * TAPS + tap];
                end
              end
              @(negedge clock);
              valid = 0;
              last = 0;
              patience = 0;
              while (done !== 1'b1 && patience < 100) begin
                @(negedge clock);
                patience = patience + 1;
              end
              for (lane = 0; lane < LANES && base + lane < OUTPUTS; lane = lane + 1) begin
                wanted = expected[pixel * OUTPUTS + base + lane];
                vectors = vectors + 1;
                // A vector that could not be read is unknown and never equal.
                if (lane_sums[lane * ACCUMULATOR_BITS +: ACCUMULATOR_BITS] !== wanted || (^wanted) === 1'bx) begin
                  mismatches = mismatches + 1;
                  if (mismatches <= 10)
                    $display("  pixel %0d, channel %0d: %h, expected %h", pixel, base + lane,
                      lane_sums[lane * ACCUMULATOR_BITS +: ACCUMULATOR_BITS], wanted);
                end
              end
            end
          end
          $display("operator \(vectors.step.node) \(vectors.step.name) MAC array: %0d vectors, %0d mismatches", vectors, mismatches);
          $finish;
        end
      endmodule

      """
  }
}
