#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx2.h"

// VPMADDUBSW would saturate its sums of two products, so activations are widened to 16 bits first, once for all output
// channels, and VPMADDWD multiplies pairs of them with pairs of 16-bit weights: exact, for a sum of two products of a
// byte and a 9-bit weight stays far below 2^31. Weights of 16 bits need no offset, so `sum_factor` is always zero.
//
// Register tiles of pixels × blocks of 8 channels: 6 × 2 or 8 × 1; sums, weights, a broadcast and a product fit 16
// registers.

/// 16-bit activations of one pixel: whole pairs in each segment.
static inline int64_t bx_pitch(const struct bx_convolution *c) {
  return (int64_t)c->segments * ((c->segment_bytes + 1) / 2 * 2);
}

/// Pixels that are widened together: about 12 KB, so that they stay close while the weights pass by, but so many that
/// weights do not pass by too often.
static inline int32_t bx_chunk(const struct bx_convolution *c, int32_t pixels) {
  int64_t count = 6144 / bx_pitch(c) / 6 * 6;
  if (count < 48) count = 48;
  if (count > 384) count = 384;
  return count < pixels ? (int32_t)count : pixels;
}

int64_t bx_scratch_avx2(const struct bx_convolution *c, int32_t pixels) {
  // Stores of whole vectors reach beyond the last pair.
  return (bx_pitch(c) * bx_chunk(c, pixels) + 16) / 2 + 1;
}

/// Windows of pixels `first` to `last` as 16-bit integers, one after another.
static BX_TARGET void bx_widen(const struct bx_convolution *c, const uint8_t *in, const int32_t *in_offsets,
                               int32_t first, int32_t last, uint16_t *x) {
  const int32_t length = (c->segment_bytes + 1) / 2 * 2;
  for (int32_t p = first; p < last; p++) {
    for (int32_t s = 0; s < c->segments; s++) {
      const uint8_t *row = in + in_offsets[p] + c->segment_offsets[s];
      // Each store's surplus is overwritten by what follows.
      for (int32_t k = 0; k < length; k += 16)
        _mm256_storeu_si256((__m256i *)(x + k), _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(row + k))));
      x += length;
    }
  }
}

/// Writes `lanes` channels of one pixel, whose sums are in `acc`.
BX_INLINE void bx_store(const __m256i *acc, int blocks, const struct bx_output *o, enum bx_way way, int64_t at,
                        uint8_t *out, int32_t lanes) {
  __m128i bytes = blocks == 2 ? bx_packed16(acc, o, way, at) : bx_packed8(acc[0], o, way, at);
  if (lanes >= 8 * blocks) {
    if (blocks == 2) _mm_storeu_si128((__m128i *)out, bytes);
    else _mm_storel_epi64((__m128i *)out, bytes);
  } else {
    uint8_t all[16];
    _mm_storeu_si128((__m128i *)all, bytes);
    memcpy(out, all, (size_t)lanes);
  }
}

/// One tile: `pixels` pixels whose windows start at `x`, one panel of `blocks`·8 channels that starts at lane `at`.
BX_INLINE void bx_tile(const struct bx_convolution *c, const int16_t *weights, int64_t at, const uint16_t *x,
                       uint8_t *out, const int32_t *out_offsets, int pixels, int blocks, int32_t lanes) {
  const int64_t pitch = bx_pitch(c);
  __m256i acc[8][2];
  BX_UNROLL for (int i = 0; i < pixels; i++)
    BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = bx_load(c->bias + at + 8 * b);
  for (int64_t k = 0; k < pitch; k += 2) {
    __m256i w[2];
    BX_UNROLL for (int b = 0; b < blocks; b++) w[b] = bx_load(weights + 16 * b);
    weights += 16 * blocks;
    BX_UNROLL for (int i = 0; i < pixels; i++) {
      int32_t pair;
      memcpy(&pair, x + i * pitch + k, 4);
      __m256i v = _mm256_set1_epi32(pair);
      BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = _mm256_add_epi32(acc[i][b], _mm256_madd_epi16(v, w[b]));
    }
  }
  const struct bx_output *o = &c->output;
  if (o->kind == bx_requantize_shift) {
    BX_UNROLL for (int i = 0; i < pixels; i++)
      bx_store(acc[i], blocks, o, bx_way_shift, at, out + out_offsets[i], lanes);
  } else {
    BX_UNROLL for (int i = 0; i < pixels; i++)
      bx_store(acc[i], blocks, o, bx_way_product, at, out + out_offsets[i], lanes);
  }
}

/// So many tiles one after another.
#define BX_TILE(P, B)                                                                                                  \
  static BX_TARGET void bx_tile_##P##x##B(const struct bx_convolution *c, const int16_t *weights, int64_t at,          \
                                          const uint16_t *x, uint8_t *out, const int32_t *out_offsets, int32_t lanes,  \
                                          int32_t tiles) {                                                             \
    for (; tiles > 0; tiles--, x += P * bx_pitch(c), out_offsets += P)                                                 \
      bx_tile(c, weights, at, x, out, out_offsets, P, B, lanes);                                                       \
  }
BX_TILE(6, 2)
BX_TILE(4, 2)
BX_TILE(2, 2)
BX_TILE(1, 2)
BX_TILE(8, 1)
BX_TILE(4, 1)
BX_TILE(2, 1)
BX_TILE(1, 1)

struct bx_tile_row {
  int pixels;
  void (*run)(const struct bx_convolution *, const int16_t *, int64_t, const uint16_t *, uint8_t *, const int32_t *,
              int32_t, int32_t);
};
static const struct bx_tile_row bx_tiles2[] = {{6, bx_tile_6x2}, {4, bx_tile_4x2}, {2, bx_tile_2x2}, {1, bx_tile_1x2}};
static const struct bx_tile_row bx_tiles1[] = {{8, bx_tile_8x1}, {4, bx_tile_4x1}, {2, bx_tile_2x1}, {1, bx_tile_1x1}};

void bx_convolve_avx2(const struct bx_convolution *c, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,
                      const int32_t *out_offsets, int32_t first, int32_t last, int32_t *scratch) {
  const int64_t pitch = bx_pitch(c);
  const int32_t chunk = bx_chunk(c, last - first);
  uint16_t *x = (uint16_t *)scratch;
  for (int32_t start = first; start < last; start += chunk) {
    int32_t end = start + chunk < last ? start + chunk : last;
    bx_widen(c, in, in_offsets, start, end, x);
    const int16_t *weights = c->weights;
    int64_t at = 0;
    for (int32_t panel = 0; panel < c->panels; panel++) {
      int blocks = c->panel_blocks[panel];
      const struct bx_tile_row *row = blocks == 2 ? bx_tiles2 : bx_tiles1;
      int32_t lanes = (int32_t)(c->channels - at);
      for (int32_t p = start; p < end; row++) {
        int32_t tiles = (end - p) / row->pixels;
        row->run(c, weights, at, x + (p - start) * pitch, out + at, out_offsets + p, lanes, tiles);
        p += tiles * row->pixels;
      }
      weights += 8 * blocks * pitch;
      at += 8 * blocks;
    }
  }
}

#endif
