#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"
#include <string.h>

// Register tiles of pixels × blocks of 16 channels: 6 × 4, 12 × 2, 16 × 1; at most 24 sums, as many weights as blocks,
// and one broadcast fit the 32 registers.

/// Writes `lanes` channels of one pixel, whose sums are in `acc`.
BX_INLINE void bx_store(const __m512i *acc, int blocks, const struct bx_output *o, enum bx_way way, int64_t at,
                        uint8_t *out, int32_t lanes) {
  if (blocks == 4) {
    __m512i bytes = bx_packed64(acc, o, way, at);
    if (lanes >= 64) _mm512_storeu_si512(out, bytes);
    else _mm512_mask_storeu_epi8(out, ((__mmask64)1 << lanes) - 1, bytes);
  } else if (blocks == 2) {
    __m256i bytes = bx_packed32(acc, o, way, at);
    if (lanes >= 32) _mm256_storeu_si256((__m256i *)out, bytes);
    else _mm256_mask_storeu_epi8(out, ((__mmask32)1 << lanes) - 1, bytes);
  } else {
    __m128i bytes = bx_packed16(acc[0], o, way, at);
    if (lanes >= 16) _mm_storeu_si128((__m128i *)out, bytes);
    else _mm_mask_storeu_epi8(out, (__mmask16)((1u << lanes) - 1), bytes);
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
  if (o->kind == bx_requantize_shift) {
    BX_UNROLL for (int i = 0; i < pixels; i++)
      bx_store(acc[i], blocks, o, bx_way_shift, at, out + out_offsets[p + i], lanes);
  } else {
    BX_UNROLL for (int i = 0; i < pixels; i++)
      bx_store(acc[i], blocks, o, bx_way_product, at, out + out_offsets[p + i], lanes);
  }
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
