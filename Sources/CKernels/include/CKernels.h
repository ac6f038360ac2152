#ifndef CKERNELS_H
#define CKERNELS_H
#include <stdbool.h>
#include <stdint.h>

// Kernels of the fast engine that Swift cannot express. Each has a plain Swift counterpart in FastEngine that states
// the same arithmetic, and a test that holds the two equal.
//
// Activations are bytes: an int8 x is kept as x + 128, a uint8 x as it is, so that the unsigned operand of a dot-product
// instruction takes them and clamps at the ends of the format are unsigned saturation.

#ifdef __cplusplus
extern "C" {
#endif

/// How a 32-bit sum becomes an output.
enum bx_requantize {
  /// (sum + add + negative·[sum < 0] + odd·[floor is odd]) >> right
  bx_requantize_shift = 0,
  /// TensorFlow Lite: (sum << left)·multiplier, two roundings, >> right
  bx_requantize_double = 1,
  /// (sum·multiplier + round) >> right, one rounding, ties toward positive
  bx_requantize_single = 2,
  /// sum·scale64 in float64, then to the nearest integer, ties away from zero
  bx_requantize_float64 = 3,
  /// sum·scale in float32, then to the nearest integer, ties to even
  bx_requantize_float32 = 4
};

/// The end of a weighted step: one entry per channel, in the order of the kernel's lanes.
///
/// A product can be estimated as the nearest integer to `sum·scale ± gap`, computed in float32; where that lies farther
/// than `certain` from its integer, rounding might have gone the other way, and the exact form decides.
struct bx_output {
  enum bx_requantize kind;
  /// Whether any left shift is not zero (double).
  bool has_left;
  /// Whether `negative` or `odd` matter (shift).
  bool has_ties;
  const int32_t *multiplier;
  const int32_t *left;
  const int32_t *right;
  /// shift with ties: added to every sum. (Without ties it stands in the bias.)
  const int32_t *add;
  /// shift: added where the sum is negative. double: 1 where `right` is not zero.
  const int32_t *negative;
  /// shift: added where the floor is odd. double: 2^(right−1), or 0.
  const int32_t *odd;
  /// single: 2^(right−1), or 0; of each vector the even lanes first, then the odd ones.
  const int64_t *round;
  /// The real factor, to float32's precision (all but shift).
  const float *scale;
  /// How far two roundings move ties away from zero: 2^−(right+1) (double), otherwise zero.
  const float *gap;
  /// The real factor (float64).
  const double *scale64;
  /// The largest distance from an integer at which an estimate is certain; negative: never.
  float certain;
  /// Added after requantization (all but shift), in bytes as stored.
  int32_t zero_point;
  /// The clamp, in bytes as stored.
  uint8_t low, high;
  /// Two of the zero point in 16 bits each, four of each end of the clamp: 32 bits are broadcast by a load alone.
  uint32_t zero_points, lows, highs;
};

/// See `panel_blocks`.
#define BX_BLOCK_AND_HALF 3

/// The most groups that a convolution's tails may have.
#define BX_TAILS 8

/// A convolution over channels, with weights packed for one kernel set. How many lanes a block has, how many blocks a
/// panel, how many taps a group and how wide a weight is, says the set's row in the fast engine's table of kernels.
struct bx_convolution {
  /// For each panel its blocks of output channels; a block is one vector of sums. BX_BLOCK_AND_HALF, which only the last
  /// panel can have, stands for one block and half of another one, in memory two blocks: the half's channels stand there
  /// twice, for two pixels at a time.
  const uint8_t *panel_blocks;
  int32_t panels;
  /// [panel][segment][group of taps][block][lane][tap], each segment filled up with zeros to whole groups; with tails
  /// their groups after those of the last segment.
  const void *weights;
  /// One for each lane of each panel: bias and all corrections.
  const int32_t *bias;
  /// Each lane gets this factor times the sum of the window's bytes; zero for symmetric weights.
  int32_t sum_factor;
  /// Kernel rows (or taps) that are contiguous in memory.
  int32_t segments;
  const int32_t *segment_offsets;
  /// Groups of four bytes in a segment; with tails whole ones only.
  int32_t quads;
  /// Groups of the bytes that segments have beyond whole groups, gathered from all of them (VNNI), at most BX_TAILS;
  /// 0: segments are filled up instead.
  int32_t tails;
  /// For each byte of the tails where it lies in the window; what fills the last group up lies there too.
  const int32_t *tail_offsets;
  /// Bytes in a segment that count.
  int32_t segment_bytes;
  /// Output channels.
  int32_t channels;
  struct bx_output output;
};

/// A depthwise convolution with one filter per channel.
struct bx_depthwise {
  int32_t channels;
  int32_t taps;
  const int32_t *tap_offsets;
  /// Whether the filter is 3 × 3 and the set deals its taps by columns, so that neighbouring windows share them.
  bool by_columns;
  /// Output pixels of a row (by columns).
  int32_t row_pixels;
  /// Bytes from a window to the next one of its row (by columns).
  int32_t window_step;
  /// [panel][group of taps][block][lane][tap], filled up with zeros to whole panels and groups. By columns a group is a
  /// column of three taps, and channels that fill no more than a half or a quarter of the last panel's lanes stand there
  /// twice or four times, for as many pixels.
  const void *weights;
  const int32_t *bias;
  /// Each lane gets this factor times the sum of the window's bytes; −128 to 127 by columns.
  int32_t sum_factor;
  struct bx_output output;
};

/// How an operand of an addition comes to the common scale.
struct bx_operand {
  /// Subtracted from the byte.
  int32_t zero;
  /// Multiplies the difference (linear), or TensorFlow Lite's double rounding of (difference << left) by `multiplier`.
  bool is_linear;
  int32_t multiplier, left, right;
};

/// An addition of two rows of bytes; `output`'s tables have one entry.
struct bx_addition {
  struct bx_operand a, b;
  /// Added to every sum (the rounding constant and zero point of a shift).
  int32_t add;
  struct bx_output output;
};

/// Output pixels `first` to `last` (exclusive): `in_offsets[p]` and `out_offsets[p]` are bytes from `in` and `out`.
/// `scratch` has room for as many integers as the set's scratch function says. Reads up to 63 bytes after a segment, writes only output channels.
typedef void bx_convolve_function(const struct bx_convolution *c, const uint8_t *in, const int32_t *in_offsets,
                                  uint8_t *out, const int32_t *out_offsets, int32_t first, int32_t last,
                                  int32_t *scratch);

/// The integers of scratch space that a convolution of so many pixels needs.
typedef int64_t bx_scratch_function(const struct bx_convolution *c, int32_t pixels);

/// Output pixels `first` to `last` (exclusive); reads up to 63 bytes after a pixel's channels, and by columns of one more
/// pixel.
typedef void bx_depthwise_function(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets,
                                   uint8_t *out, const int32_t *out_offsets, int32_t first, int32_t last);

/// `count` bytes; reads and writes nothing beyond.
typedef void bx_add_function(const struct bx_addition *addition, const uint8_t *a, const uint8_t *b, uint8_t *out,
                             int64_t count);

/// Runs the set's multiply-accumulate instruction on independent sums, `rounds` times each; gives the
/// multiply-accumulates done.
typedef int64_t bx_roofline_function(int64_t rounds);

/// Tells the CPU that a thread looks at memory until another one changes it.
static inline void bx_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// The functions of one kernel set.
struct bx_kernels {
  bx_convolve_function *convolve;
  bx_scratch_function *scratch;
  bx_depthwise_function *depthwise;
  bx_add_function *add;
  bx_roofline_function *roofline;
};

// Each gives a kernel set, or NULL where this CPU or this build lacks it.

/// x86-64 with AVX-512 F, BW, VL, DQ and VNNI.
const struct bx_kernels *bx_kernels_avx512vnni(void);
/// x86-64 with AVX2 and FMA.
const struct bx_kernels *bx_kernels_avx2(void);
/// AArch64 with the dot-product extension.
const struct bx_kernels *bx_kernels_neon(void);

// The functions behind them. What a build lacks has no definition, and only its own file refers to it.

bx_convolve_function bx_convolve_avx512vnni;
bx_depthwise_function bx_depthwise_avx512vnni;
bx_add_function bx_add_avx512vnni;
bx_roofline_function bx_roofline_avx512vnni;

bx_convolve_function bx_convolve_avx2;
bx_scratch_function bx_scratch_avx2;
bx_depthwise_function bx_depthwise_avx2;
bx_add_function bx_add_avx2;
bx_roofline_function bx_roofline_avx2;

bx_convolve_function bx_convolve_neon;
bx_scratch_function bx_scratch_neon;
bx_depthwise_function bx_depthwise_neon;
bx_add_function bx_add_neon;
bx_roofline_function bx_roofline_neon;

#ifdef __cplusplus
}
#endif
#endif
