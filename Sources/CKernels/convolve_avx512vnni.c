#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"
#include <string.h>

// Register tiles of pixels × blocks of 16 channels: 6 × 4, 12 × 2, 16 × 1; at most 24 sums, as many weights as blocks,
// and one broadcast fit the 32 registers.

/// Writes the pixels of a tile, `lanes` channels each; panels of two blocks go two pixels at a time, panels of one block
/// four.
BX_INLINE void bx_finish(__m512i (*acc)[4], int pixels, int blocks, const struct bx_output *o, enum bx_way way,
                         int64_t at, uint8_t *out, const int32_t *out_offsets, int32_t lanes) {
  const int together = blocks == 2 && pixels % 2 == 0 ? 2 : blocks == 1 && pixels % 4 == 0 ? 4 : 1;
  BX_UNROLL for (int i = 0; i < pixels; i += together) {
    uint8_t *y = out + out_offsets[i];
    if (together == 2) {
      __m512i sums[4] = {acc[i][0], acc[i][1], acc[i + 1][0], acc[i + 1][1]};
      __m512i bytes = bx_packed2x32(sums, o, way, at);
      bx_store32(y, _mm512_castsi512_si256(bytes), lanes);
      bx_store32(out + out_offsets[i + 1], _mm512_extracti64x4_epi64(bytes, 1), lanes);
    } else if (together == 4) {
      __m512i sums[4] = {acc[i][0], acc[i + 1][0], acc[i + 2][0], acc[i + 3][0]};
      __m512i bytes = bx_packed4x16(sums, o, way, at);
      bx_store16(y, _mm512_castsi512_si128(bytes), lanes);
      bx_store16(out + out_offsets[i + 1], _mm512_extracti32x4_epi32(bytes, 1), lanes);
      bx_store16(out + out_offsets[i + 2], _mm512_extracti32x4_epi32(bytes, 2), lanes);
      bx_store16(out + out_offsets[i + 3], _mm512_extracti32x4_epi32(bytes, 3), lanes);
    } else if (blocks == 4) {
      bx_store64(y, bx_packed64(acc[i], o, way, at), lanes);
    } else if (blocks == 2) {
      bx_store32(y, bx_packed32(acc[i], o, way, at), lanes);
    } else {
      bx_store16(y, bx_packed16(acc[i][0], o, way, at), lanes);
    }
  }
}

/// One tile: `pixels` pixels from `p` on, one panel of `blocks`·16 channels that starts at lane `at`.
BX_INLINE void bx_tile(const struct bx_convolution *c, const int8_t *weights, int64_t at, const uint8_t *in,
                       const int32_t *in_offsets, uint8_t *out, const int32_t *out_offsets, const int32_t *sums,
                       int64_t p, int64_t base, int pixels, int blocks, int32_t lanes) {
  __m512i acc[16][4];
  const uint8_t *x[16];
  BX_UNROLL for (int i = 0; i < pixels; i++) {
    x[i] = in + in_offsets[p + i];
    BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = _mm512_loadu_si512(c->bias + at + 16 * b);
  }
  for (int32_t s = 0; s < c->segments; s++) {
    int64_t offset = c->segment_offsets[s];
    for (int32_t q = 0; q < c->quads; q++) {
      __m512i w[4];
      BX_UNROLL for (int b = 0; b < blocks; b++) w[b] = _mm512_loadu_si512(weights + 64 * b);
      weights += 64 * blocks;
      BX_UNROLL for (int i = 0; i < pixels; i++) {
        int32_t quad;
        memcpy(&quad, x[i] + offset, 4);
        __m512i v = _mm512_set1_epi32(quad);
        BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = _mm512_dpbusd_epi32(acc[i][b], v, w[b]);
      }
      offset += 4;
    }
  }
  if (c->sum_factor) {
    BX_UNROLL for (int i = 0; i < pixels; i++) {
      __m512i sum = _mm512_set1_epi32(sums[p - base + i]);
      BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = _mm512_add_epi32(acc[i][b], sum);
    }
  }
  const struct bx_output *o = &c->output;
  if (o->kind == bx_requantize_shift)
    bx_finish(acc, pixels, blocks, o, bx_way_shift, at, out, out_offsets + p, lanes);
  else
    bx_finish(acc, pixels, blocks, o, bx_way_product, at, out, out_offsets + p, lanes);
}

#define BX_TILE(P, B)                                                                                                  \
  static BX_TARGET void bx_tile_##P##x##B(const struct bx_convolution *c, const int8_t *weights, int64_t at,           \
                                          const uint8_t *in, const int32_t *in_offsets, uint8_t *out,                  \
                                          const int32_t *out_offsets, const int32_t *sums, int64_t p, int64_t base,    \
                                          int32_t lanes) {                                                             \
    bx_tile(c, weights, at, in, in_offsets, out, out_offsets, sums, p, base, P, B, lanes);                             \
  }
BX_TILE(6, 4)
BX_TILE(4, 4)
BX_TILE(2, 4)
BX_TILE(1, 4)
BX_TILE(12, 2)
BX_TILE(8, 2)
BX_TILE(4, 2)
BX_TILE(2, 2)
BX_TILE(1, 2)
BX_TILE(16, 1)
BX_TILE(8, 1)
BX_TILE(4, 1)
BX_TILE(2, 1)
BX_TILE(1, 1)

typedef void (*bx_tile_function)(const struct bx_convolution *, const int8_t *, int64_t, const uint8_t *,
                                 const int32_t *, uint8_t *, const int32_t *, const int32_t *, int64_t, int64_t,
                                 int32_t);
struct bx_tile_row {
  int pixels;
  bx_tile_function run;
};
static const struct bx_tile_row bx_tiles4[] = {{6, bx_tile_6x4}, {4, bx_tile_4x4}, {2, bx_tile_2x4}, {1, bx_tile_1x4}};
static const struct bx_tile_row bx_tiles2[] = {
    {12, bx_tile_12x2}, {8, bx_tile_8x2}, {4, bx_tile_4x2}, {2, bx_tile_2x2}, {1, bx_tile_1x2}};
static const struct bx_tile_row bx_tiles1[] = {
    {16, bx_tile_16x1}, {8, bx_tile_8x1}, {4, bx_tile_4x1}, {2, bx_tile_2x1}, {1, bx_tile_1x1}};

/// The sum of a window's bytes, times the factor that zero points in the weights ask for.
static BX_TARGET int32_t bx_window_sum(const struct bx_convolution *c, const uint8_t *x) {
  __m512i total = _mm512_setzero_si512();
  for (int32_t s = 0; s < c->segments; s++) {
    const uint8_t *row = x + c->segment_offsets[s];
    int32_t k = 0;
    for (; k + 64 <= c->segment_bytes; k += 64)
      total = _mm512_add_epi64(total, _mm512_sad_epu8(_mm512_loadu_si512(row + k), _mm512_setzero_si512()));
    if (k < c->segment_bytes) {
      __mmask64 mask = ((__mmask64)1 << (c->segment_bytes - k)) - 1;
      total = _mm512_add_epi64(total,
                               _mm512_sad_epu8(_mm512_maskz_loadu_epi8(mask, row + k), _mm512_setzero_si512()));
    }
  }
  return (int32_t)(_mm512_reduce_add_epi64(total) * c->sum_factor);
}

BX_TARGET void bx_convolve_avx512vnni(const struct bx_convolution *c, const uint8_t *in, const int32_t *in_offsets,
                                      uint8_t *out, const int32_t *out_offsets, int32_t first, int32_t last,
                                      int32_t *sums) {
  if (c->sum_factor)
    for (int32_t p = first; p < last; p++) sums[p - first] = bx_window_sum(c, in + in_offsets[p]);
  const int8_t *weights = c->weights;
  int64_t at = 0;
  for (int32_t panel = 0; panel < c->panels; panel++) {
    int blocks = c->panel_blocks[panel];
    const struct bx_tile_row *row = blocks == 4 ? bx_tiles4 : blocks == 2 ? bx_tiles2 : bx_tiles1;
    int32_t lanes = (int32_t)(c->channels - at);
    for (int32_t p = first; p < last;) {
      while (p + row->pixels > last) row++;
      row->run(c, weights, at, in, in_offsets, out + at, out_offsets, sums, p, first, lanes);
      p += row->pixels;
    }
    weights += (int64_t)64 * blocks * c->segments * c->quads;
    at += 16 * blocks;
  }
}

#endif
