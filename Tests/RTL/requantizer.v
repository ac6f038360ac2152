// A requantizer: from a sum to an output integer through a list of stages, then zero point and clamp. It is the golden
// vectors' counterpart in hardware and shares nothing with the simulator: it rounds by guard and sticky bits.
//
// The stages are parameters, 8 bits for each, the first in the lowest bits; what differs from channel to channel comes in
// through `numbers` and `exponents`.
module requantizer #(
  parameter ACCUMULATOR_BITS = 32,
  parameter OUTPUT_BITS = 8,
  parameter STAGES = 1,
  parameter [8 * STAGES - 1:0] OPERATIONS = 0,
  parameter [8 * STAGES - 1:0] ROUNDINGS = 0,
  // The width of a cut, or of a floating-point significand.
  parameter [8 * STAGES - 1:0] FORMAT_BITS = 0,
  parameter [8 * STAGES - 1:0] FORMAT_SIGNED = 0,
  parameter signed [63:0] ZERO_POINT = 0,
  parameter signed [63:0] LOW = -128,
  parameter signed [63:0] HIGH = 127
) (
  input signed [ACCUMULATOR_BITS - 1:0] accumulator,
  input [64 * STAGES - 1:0] numbers,
  input [16 * STAGES - 1:0] exponents,
  output [OUTPUT_BITS - 1:0] result
);

  localparam MULTIPLY = 1;
  localparam SHIFT_LEFT = 2;
  localparam SHIFT_RIGHT = 3;
  localparam SCALE_AS_FLOAT = 4;
  localparam SATURATE = 5;
  localparam WRAP = 6;

  localparam FLOOR = 0;
  localparam CEILING = 1;
  localparam TOWARD_ZERO = 2;
  localparam AWAY_FROM_ZERO = 3;
  localparam TIES_TOWARD_POSITIVE = 4;
  localparam TIES_TOWARD_NEGATIVE = 5;
  localparam TIES_AWAY_FROM_ZERO = 6;
  localparam TIES_TOWARD_ZERO = 7;
  localparam TIES_TO_EVEN = 8;
  localparam TIES_TO_ODD = 9;
  localparam TO_ODD = 10;
  localparam TIES_TOWARD_POSITIVE_WHEN_NEGATIVE_ELSE_TO_EVEN = 11;

  // x / 2^count, rounded: the floor, and one more where the guard bit, the sticky bits below it, the floor's lowest bit
  // and the sign say so.
  function automatic signed [127:0] shift_right(input signed [127:0] x, input integer count, input [7:0] rule);
    integer n;
    reg guard, sticky, odd, negative, up;
    reg signed [127:0] whole;
    begin
      if (count <= 0) shift_right = x;
      else begin
        // Beyond 127 nothing but the sign is left; no product of the stages has so many bits.
        n = count > 127 ? 127 : count;
        whole = x >>> n;
        guard = x[n - 1];
        sticky = |(x & ((128'd1 << (n - 1)) - 128'd1));
        odd = whole[0];
        negative = x[127];
        case (rule)
          FLOOR: up = 0;
          CEILING: up = guard | sticky;
          TOWARD_ZERO: up = negative & (guard | sticky);
          AWAY_FROM_ZERO: up = ~negative & (guard | sticky);
          TIES_TOWARD_POSITIVE: up = guard;
          TIES_TOWARD_NEGATIVE: up = guard & sticky;
          TIES_AWAY_FROM_ZERO: up = guard & (sticky | ~negative);
          TIES_TOWARD_ZERO: up = guard & (sticky | negative);
          TIES_TO_EVEN: up = guard & (sticky | odd);
          TIES_TO_ODD: up = guard & (sticky | ~odd);
          TO_ODD: up = (guard | sticky) & ~odd;
          TIES_TOWARD_POSITIVE_WHEN_NEGATIVE_ELSE_TO_EVEN: up = guard & (sticky | negative | odd);
          default: up = 1'bx;
        endcase
        shift_right = whole + $signed({127'd0, up});
      end
    end
  endfunction

  // How many bits a magnitude has beyond a floating-point significand.
  function automatic integer excess(input signed [127:0] x, input integer precision);
    integer i;
    reg [127:0] magnitude;
    begin
      magnitude = x[127] ? -x : x;
      excess = 0;
      for (i = 0; i < 128; i = i + 1) if (magnitude[i] && i + 1 > precision) excess = i + 1 - precision;
    end
  endfunction

  // The product of an integer with a float, formed in that float's format, as an integer.
  function automatic signed [127:0] scale_as_float(
    input signed [127:0] x, input signed [63:0] significand, input signed [15:0] exponent, input integer precision,
    input [7:0] rule
  );
    integer lost, power;
    reg signed [127:0] value;
    begin
      lost = excess(x, precision);
      power = exponent + lost;
      value = shift_right(x, lost, TIES_TO_EVEN) * significand;
      lost = excess(value, precision);
      power = power + lost;
      value = shift_right(value, lost, TIES_TO_EVEN);
      scale_as_float = power > 0 ? value <<< power : shift_right(value, -power, rule);
    end
  endfunction

  integer k;
  reg signed [127:0] value;
  reg signed [63:0] number;
  reg signed [15:0] exponent;
  reg signed [127:0] least, most;
  reg [7:0] operation, rule, bits;

  always @* begin
    value = accumulator;
    for (k = 0; k < STAGES; k = k + 1) begin
      operation = OPERATIONS[8 * k +: 8];
      rule = ROUNDINGS[8 * k +: 8];
      bits = FORMAT_BITS[8 * k +: 8];
      number = numbers[64 * k +: 64];
      exponent = exponents[16 * k +: 16];
      case (operation)
        MULTIPLY: value = value * number;
        SHIFT_LEFT: value = value <<< number[6:0];
        SHIFT_RIGHT: value = shift_right(value, number[6:0], rule);
        SCALE_AS_FLOAT: value = scale_as_float(value, number, exponent, bits, rule);
        SATURATE: begin
          least = FORMAT_SIGNED[8 * k] ? -(128'sd1 <<< (bits - 1)) : 128'sd0;
          most = (128'sd1 <<< (FORMAT_SIGNED[8 * k] ? bits - 1 : bits)) - 128'sd1;
          if (value < least) value = least;
          if (value > most) value = most;
        end
        WRAP: begin
          value = value <<< (128 - bits);
          if (FORMAT_SIGNED[8 * k]) value = value >>> (128 - bits);
          else value = value >> (128 - bits);
        end
      endcase
    end
    value = value + ZERO_POINT;
    if (value < LOW) value = LOW;
    if (value > HIGH) value = HIGH;
  end

  assign result = value[OUTPUT_BITS - 1:0];
endmodule
