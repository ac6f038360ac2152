#include "CKernels.h"
#if defined(__aarch64__) && !defined(__ARM_BIG_ENDIAN)
#include "requantize_neon.h"

// SDOT multiplies signed bytes, so it takes activations less 128; the bias has the difference.
//
// Register tiles of pixels × blocks of 4 channels: 4 × 4, 8 × 2 or 8 × 1; sums, weights and 16 bytes of each pixel fit
// the 32 registers.

/// Writes `lanes` channels of one pixel, whose sums are in `acc`.
BX_INLINE void bx_store(const int32x4_t *acc, int blocks, const struct bx_output *o, enum bx_way way,
                        int64_t at, uint8_t *out, int32_t lanes) {
  uint8_t all[16];
  if (blocks == 4) {
    uint8x16_t bytes = bx_packed16(acc, o, way, at);
    if (lanes >= 16) {
      vst1q_u8(out, bytes);
      return;
    }
    vst1q_u8(all, bytes);
  } else {
    // One block alone is requantized beside itself; its tables have entries of other panels, or zeros, behind them.
    uint8x8_t bytes = bx_packed8(acc[0], acc[blocks - 1], o, way, at);
    if (lanes >= 8 && blocks == 2) {
      vst1_u8(out, bytes);
      return;
    }
    vst1_u8(all, bytes);
  }
  memcpy(out, all, (size_t)(lanes < 4 * blocks ? lanes : 4 * blocks));
}

/// Adds to the sums of each pixel the products of one group of four bytes, `q` of the 16 that are loaded.
#define BX_GROUP(q)                                                                                                    \
  do {                                                                                                                 \
    int8x16_t w[4];                                                                                                    \
    BX_UNROLL for (int b = 0; b < blocks; b++) w[b] = vld1q_s8(weights + 16 * b);                                      \
    weights += 16 * blocks;                                                                                            \
    BX_UNROLL for (int i = 0; i < pixels; i++)                                                                         \
      BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = vdotq_laneq_s32(acc[i][b], w[b], v[i], q);                \
  } while (0)

/// One tile: `pixels` pixels from `p` on, one panel of `blocks`·4 channels that starts at lane `at`.
BX_INLINE void bx_tile(const struct bx_convolution *c, const int8_t *weights, int64_t at, const uint8_t *in,
                       const int32_t *in_offsets, uint8_t *out, const int32_t *out_offsets, const int32_t *sums,
                       int pixels, int blocks, int32_t lanes) {
  const uint8x16_t flip = vdupq_n_u8(0x80);
  int32x4_t acc[8][4];
  BX_UNROLL for (int i = 0; i < pixels; i++)
    BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = vld1q_s32(c->bias + at + 4 * b);
  for (int32_t s = 0; s < c->segments; s++) {
    const uint8_t *x = in + c->segment_offsets[s];
    int8x16_t v[8];
    int32_t q = 0;
    for (; q + 4 <= c->quads; q += 4, x += 16) {
      BX_UNROLL for (int i = 0; i < pixels; i++)
        v[i] = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(x + in_offsets[i]), flip));
      BX_GROUP(0);
      BX_GROUP(1);
      BX_GROUP(2);
      BX_GROUP(3);
    }
    for (; q < c->quads; q++, x += 4) {
      BX_UNROLL for (int i = 0; i < pixels; i++) {
        uint32_t quad;
        memcpy(&quad, x + in_offsets[i], 4);
        v[i] = vreinterpretq_s8_u8(veorq_u8(vreinterpretq_u8_u32(vdupq_n_u32(quad)), flip));
      }
      BX_GROUP(0);
    }
  }
  if (c->sum_factor) {
    BX_UNROLL for (int i = 0; i < pixels; i++)
      BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = vaddq_s32(acc[i][b], vdupq_n_s32(sums[i]));
  }
  const struct bx_output *o = &c->output;
  switch (o->kind) {
  case bx_requantize_shift:
    BX_UNROLL for (int i = 0; i < pixels; i++)
      bx_store(acc[i], blocks, o, bx_way_shift, at, out + out_offsets[i], lanes);
    break;
  case bx_requantize_double:
    BX_UNROLL for (int i = 0; i < pixels; i++)
      bx_store(acc[i], blocks, o, bx_way_double, at, out + out_offsets[i], lanes);
    break;
  default:
    BX_UNROLL for (int i = 0; i < pixels; i++)
      bx_store(acc[i], blocks, o, bx_way_product, at, out + out_offsets[i], lanes);
  }
}

/// So many tiles one after another.
#define BX_TILE(P, B)                                                                                                  \
  static BX_TARGET void bx_tile_##P##x##B(const struct bx_convolution *c, const int8_t *weights, int64_t at,           \
                                          const uint8_t *in, const int32_t *in_offsets, uint8_t *out,                  \
                                          const int32_t *out_offsets, const int32_t *sums, int32_t lanes,              \
                                          int32_t tiles) {                                                             \
    for (; tiles > 0; tiles--, in_offsets += P, out_offsets += P, sums += P)                                           \
      bx_tile(c, weights, at, in, in_offsets, out, out_offsets, sums, P, B, lanes);                                    \
  }
BX_TILE(4, 4)
BX_TILE(2, 4)
BX_TILE(1, 4)
BX_TILE(8, 2)
BX_TILE(4, 2)
BX_TILE(2, 2)
BX_TILE(1, 2)
BX_TILE(8, 1)
BX_TILE(4, 1)
BX_TILE(2, 1)
BX_TILE(1, 1)

struct bx_tile_row {
  int pixels;
  void (*run)(const struct bx_convolution *, const int8_t *, int64_t, const uint8_t *, const int32_t *, uint8_t *,
              const int32_t *, const int32_t *, int32_t, int32_t);
};
static const struct bx_tile_row bx_tiles4[] = {{4, bx_tile_4x4}, {2, bx_tile_2x4}, {1, bx_tile_1x4}};
static const struct bx_tile_row bx_tiles2[] = {{8, bx_tile_8x2}, {4, bx_tile_4x2}, {2, bx_tile_2x2}, {1, bx_tile_1x2}};
static const struct bx_tile_row bx_tiles1[] = {{8, bx_tile_8x1}, {4, bx_tile_4x1}, {2, bx_tile_2x1}, {1, bx_tile_1x1}};

/// The sum of a window's bytes, times the factor that zero points in the weights ask for.
static int32_t bx_window_sum(const struct bx_convolution *c, const uint8_t *x) {
  int64_t total = 0;
  for (int32_t s = 0; s < c->segments; s++) {
    const uint8_t *row = x + c->segment_offsets[s];
    int32_t k = 0;
    for (; k + 16 <= c->segment_bytes; k += 16) total += vaddlvq_u8(vld1q_u8(row + k));
    for (; k < c->segment_bytes; k++) total += row[k];
  }
  return (int32_t)(total * c->sum_factor);
}

// The sums of windows; without zero points in the weights nobody reads them.
int64_t bx_scratch_neon(const struct bx_convolution *c, int32_t pixels) {
  (void)c;
  return pixels;
}

void bx_convolve_neon(const struct bx_convolution *c, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,
                      const int32_t *out_offsets, int32_t first, int32_t last, int32_t *scratch) {
  if (c->sum_factor)
    for (int32_t p = first; p < last; p++) scratch[p - first] = bx_window_sum(c, in + in_offsets[p]);
  const int8_t *weights = c->weights;
  int64_t at = 0;
  for (int32_t panel = 0; panel < c->panels; panel++) {
    int blocks = c->panel_blocks[panel];
    const struct bx_tile_row *row = blocks == 4 ? bx_tiles4 : blocks == 2 ? bx_tiles2 : bx_tiles1;
    int32_t lanes = (int32_t)(c->channels - at);
    for (int32_t p = first; p < last; row++) {
      int32_t tiles = (last - p) / row->pixels;
      row->run(c, weights, at, in, in_offsets + p, out + at, out_offsets + p, scratch + (p - first), lanes, tiles);
      p += tiles * row->pixels;
    }
    weights += (int64_t)16 * blocks * c->segments * c->quads;
    at += 4 * blocks;
  }
}

#endif
