// LANES registers, each of which adds the products of one output channel, one tap a clock.
//
// `start` takes the biases; then `valid` comes with each tap and `last` with the last one; `done` says that `sums` hold.
module mac_array #(
  parameter LANES = 8,
  parameter INPUT_BITS = 8,
  parameter INPUT_SIGNED = 1,
  parameter WEIGHT_BITS = 8,
  parameter WEIGHT_SIGNED = 1,
  parameter BIAS_BITS = 32,
  parameter ACCUMULATOR_BITS = 32,
  parameter signed [31:0] INPUT_ZERO_POINT = 0,
  parameter signed [31:0] WEIGHT_ZERO_POINT = 0,
  parameter SATURATE = 0,
  // Products that are added exactly before the register takes them; 0 for all of them and the bias.
  parameter PRODUCTS_PER_CHECK = 0,
  parameter BIAS_FIRST = 0
) (
  input clock,
  input start,
  input valid,
  input last,
  input [LANES * INPUT_BITS - 1:0] inputs,
  input [LANES * WEIGHT_BITS - 1:0] weights,
  input [LANES * BIAS_BITS - 1:0] biases,
  output [LANES * ACCUMULATOR_BITS - 1:0] sums,
  output reg done
);

  reg ending = 0;
  always @(posedge clock) begin
    ending <= valid & last;
    if (start) done <= 0;
    else if (ending) done <= 1;
  end

  genvar lane;
  generate
    for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
      wire [INPUT_BITS - 1:0] x = inputs[lane * INPUT_BITS +: INPUT_BITS];
      wire [WEIGHT_BITS - 1:0] w = weights[lane * WEIGHT_BITS +: WEIGHT_BITS];
      wire signed [BIAS_BITS - 1:0] bias = biases[lane * BIAS_BITS +: BIAS_BITS];
      wire signed [INPUT_BITS:0] wide_x = {INPUT_SIGNED ? x[INPUT_BITS - 1] : 1'b0, x};
      wire signed [WEIGHT_BITS:0] wide_w = {WEIGHT_SIGNED ? w[WEIGHT_BITS - 1] : 1'b0, w};
      wire signed [63:0] product = (wide_x - INPUT_ZERO_POINT) * (wide_w - WEIGHT_ZERO_POINT);

      // What is added exactly before the register takes it.
      reg signed [63:0] pending;
      reg signed [ACCUMULATOR_BITS - 1:0] register;
      integer products;

      // What the register keeps of an exact sum.
      function signed [ACCUMULATOR_BITS - 1:0] cut(input signed [63:0] exact);
        reg fits;
        begin
          fits = exact[63:ACCUMULATOR_BITS - 1] == {(65 - ACCUMULATOR_BITS) {exact[63]}};
          if (SATURATE && !fits) cut = {exact[63], {(ACCUMULATOR_BITS - 1) {~exact[63]}}};
          else cut = exact[ACCUMULATOR_BITS - 1:0];
        end
      endfunction

      always @(posedge clock) begin
        if (start) begin
          pending <= PRODUCTS_PER_CHECK == 0 ? bias : 0;
          register <= PRODUCTS_PER_CHECK != 0 && BIAS_FIRST ? cut(bias) : 0;
          products <= 0;
        end else if (valid) begin
          if (PRODUCTS_PER_CHECK != 0 && (products + 1 == PRODUCTS_PER_CHECK || last)) begin
            register <= cut(register + pending + product);
            pending <= 0;
            products <= 0;
          end else begin
            pending <= pending + product;
            products <= products + 1;
          end
        end else if (ending) begin
          if (PRODUCTS_PER_CHECK == 0) register <= cut(pending);
          else if (!BIAS_FIRST) register <= cut(register + bias);
        end
      end

      assign sums[lane * ACCUMULATOR_BITS +: ACCUMULATOR_BITS] = register;
    end
  endgenerate
endmodule
