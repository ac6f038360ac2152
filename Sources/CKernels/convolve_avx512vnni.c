#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"
#include <string.h>

// Register tiles of pixels × blocks of 16 channels: 6 × 4, 12 × 2, 16 × 1; at most 24 sums, as many weights as blocks,
// and one broadcast fit the 32 registers. A panel of one block and a half deals the half's lanes to two pixels:
// 16 pixels have 24 sums too.
//
// A tile's pixels are finished while its last products are taken, one after the other: the dot-product instruction and
// those that narrow sums have no port of the CPU in common that both would need all the time.

/// Pixels of a panel of so many blocks that are narrowed together.
BX_INLINE int bx_together(int pixels, int blocks) {
  return blocks == 2 && pixels % 2 == 0 ? 2 : blocks == 1 && pixels % 4 == 0 ? 4 : 1;
}

/// Where a tile's pixels are written.
struct bx_target {
  uint8_t *out;
  const int32_t *offsets;
  /// Output channels from the panel's first one on.
  int32_t lanes;
  /// Whether the pixels' bytes follow each other without a gap, and the panel has them all.
  bool joined;
};

/// Where the `pixels` pixels of a tile go; offsets grow by a pixel's channels at least.
BX_INLINE struct bx_target bx_target_of(const struct bx_convolution *c, uint8_t *out, const int32_t *offsets,
                                        int32_t lanes, int pixels, int width) {
  const bool whole = c->channels == width && offsets[pixels - 1] - offsets[0] == (pixels - 1) * width;
  return (struct bx_target){out, offsets, lanes, whole};
}

/// Writes pixel `i` of a tile and those that are narrowed with it.
BX_INLINE void bx_finish(__m512i (*acc)[4], int i, int pixels, int blocks, const struct bx_output *o, enum bx_way way,
                         int64_t at, struct bx_target t) {
  uint8_t *y = t.out + t.offsets[i];
  if (bx_together(pixels, blocks) == 2) {
    __m512i sums[4] = {acc[i][0], acc[i][1], acc[i + 1][0], acc[i + 1][1]};
    __m512i bytes = bx_packed2x32(sums, o, way, at);
    if (t.joined) {
      _mm512_storeu_si512(y, bytes);
    } else {
      bx_store32(y, _mm512_castsi512_si256(bytes), t.lanes);
      bx_store32(t.out + t.offsets[i + 1], _mm512_extracti64x4_epi64(bytes, 1), t.lanes);
    }
  } else if (bx_together(pixels, blocks) == 4) {
    __m512i sums[4] = {acc[i][0], acc[i + 1][0], acc[i + 2][0], acc[i + 3][0]};
    __m512i bytes = bx_packed4x16(sums, o, way, at);
    if (t.joined)
      _mm512_storeu_si512(y, bytes);
    else
      bx_store16x4(t.out, t.offsets + i, bytes, t.lanes);
  } else if (blocks == 4) {
    bx_store64(y, bx_packed64(acc[i], o, way, at), t.lanes);
  } else if (blocks == 2) {
    bx_store32(y, bx_packed32(acc[i], o, way, at), t.lanes);
  } else {
    bx_store16(y, bx_packed16(acc[i][0], o, way, at), t.lanes);
  }
}

/// Four input channels of every pixel, in every lane.
BX_INLINE __m512i bx_broadcast(const uint8_t *x) {
  int32_t quad;
  memcpy(&quad, x, 4);
  return _mm512_set1_epi32(quad);
}

/// The weights of four input channels: one vector for each block.
BX_INLINE void bx_weights(__m512i *w, const int8_t *weights, int blocks) {
  BX_UNROLL for (int b = 0; b < blocks; b++) w[b] = _mm512_loadu_si512(weights + 64 * b);
}

/// Four input channels of one pixel.
BX_INLINE void bx_take(__m512i *acc, const uint8_t *x, const __m512i *w, int blocks) {
  __m512i v = bx_broadcast(x);
  BX_UNROLL for (int b = 0; b < blocks; b++) acc[b] = _mm512_dpbusd_epi32(acc[b], v, w[b]);
}

/// Four input channels of each pixel of a tile.
BX_INLINE void bx_quad(const uint8_t *const *x, int64_t offset, const int8_t *weights, __m512i (*acc)[4], int pixels,
                       int blocks) {
  __m512i w[4];
  bx_weights(w, weights, blocks);
  BX_UNROLL for (int i = 0; i < pixels; i++) bx_take(acc[i], x[i] + offset, w, blocks);
}

/// A tile that lies on one panel.
struct bx_place {
  const int8_t *weights;
  /// The panel's first lane.
  int64_t at;
  const uint8_t *in;
  const int32_t *in_offsets;
  uint8_t *out;
  const int32_t *out_offsets;
  /// For each pixel of the tile what the window's bytes add to all lanes, if anything.
  const int32_t *sums;
  /// For each pixel of the tile its first tail, if the convolution has tails; the next ones stand `stride` farther each.
  const int32_t *tails;
  int64_t stride;
  /// Output channels from the panel's first one on.
  int32_t lanes;
};

/// One tile of `pixels` pixels on one panel of `blocks`·16 channels.
BX_INLINE void bx_tile(const struct bx_convolution *c, const struct bx_place *t, int pixels, int blocks,
                       enum bx_way way) {
  __m512i acc[16][4];
  const uint8_t *x[16];
  BX_UNROLL for (int i = 0; i < pixels; i++) {
    x[i] = t->in + t->in_offsets[i];
    BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = _mm512_loadu_si512(c->bias + t->at + 16 * b);
  }
  if (t->sums) {
    BX_UNROLL for (int i = 0; i < pixels; i++) {
      __m512i sum = _mm512_set1_epi32(t->sums[i]);
      BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = _mm512_add_epi32(acc[i][b], sum);
    }
  }
  // A sum waits for its last product, so a tile of few sums keeps several parts of each.
  const int parts = pixels * blocks >= 8 ? 1 : pixels * blocks >= 4 ? 2 : 4;
  __m512i more[3][4][4];
  BX_UNROLL for (int k = 1; k < parts; k++)
    BX_UNROLL for (int i = 0; i < pixels; i++)
      BX_UNROLL for (int b = 0; b < blocks; b++) more[k - 1][i][b] = _mm512_setzero_si512();
  const int8_t *weights = t->weights;
  int64_t offset = 0;
  for (int32_t s = 0; s < c->segments; s++) {
    offset = c->segment_offsets[s];
    // The last quad of all waits for the end.
    int32_t q = c->quads - (s == c->segments - 1 && !c->tails);
    if (parts > 1) {
      for (; q >= parts; q -= parts) {
        BX_UNROLL for (int k = 0; k < parts; k++) {
          bx_quad(x, offset + 4 * k, weights, k ? more[k - 1] : acc, pixels, blocks);
          weights += 64 * blocks;
        }
        offset += 4 * parts;
      }
    }
    for (; q > 0; q--) {
      bx_quad(x, offset, weights, acc, pixels, blocks);
      weights += 64 * blocks;
      offset += 4;
    }
  }
  if (c->tails) {
    BX_UNROLL for (int i = 0; i < pixels; i++) x[i] = (const uint8_t *)(t->tails + i);
    offset = 0;
    for (int32_t k = 1; k < c->tails; k++, offset += 4 * t->stride, weights += 64 * blocks)
      bx_quad(x, offset, weights, acc, pixels, blocks);
  }
  BX_UNROLL for (int k = 1; k < parts; k++)
    BX_UNROLL for (int i = 0; i < pixels; i++)
      BX_UNROLL for (int b = 0; b < blocks; b++) acc[i][b] = _mm512_add_epi32(acc[i][b], more[k - 1][i][b]);
  const int together = bx_together(pixels, blocks);
  // Copies: a byte that is written could be one of the tile's or the convolution's for all that C knows.
  const struct bx_target target = bx_target_of(c, t->out, t->out_offsets, t->lanes, pixels, 16 * blocks);
  const struct bx_output output = c->output;
  const int64_t at = t->at;
  __m512i w[4];
  bx_weights(w, weights, blocks);
  BX_UNROLL for (int i = 0; i < pixels; i++) {
    bx_take(acc[i], x[i] + offset, w, blocks);
    if ((i + 1) % together == 0) bx_finish(acc, i + 1 - together, pixels, blocks, &output, way, at, target);
  }
}

/// Four input channels of two pixels; `second` are the second one's lanes in the vector of both.
BX_INLINE void bx_take_pair(__m512i *acc, __m512i *half, const uint8_t *x, const uint8_t *y, const __m512i *w,
                            __mmask16 second) {
  const __m512i a = bx_broadcast(x), b = bx_broadcast(y);
  acc[0] = _mm512_dpbusd_epi32(acc[0], a, w[0]);
  acc[1] = _mm512_dpbusd_epi32(acc[1], b, w[0]);
  *half = _mm512_dpbusd_epi32(*half, _mm512_mask_blend_epi32(second, a, b), w[1]);
}

/// One tile of `pixels` pixels, a multiple of four, on a panel of 16 channels and up to 8 more: of every second vector of
/// sums one half belongs to one pixel, the other half to the next.
BX_INLINE void bx_shared_tile(const struct bx_convolution *c, const struct bx_place *t, int pixels, enum bx_way way) {
  __m512i acc[16], half[8];
  const uint8_t *x[16];
  const int32_t *bias = c->bias + t->at;
  BX_UNROLL for (int i = 0; i < pixels; i++) {
    x[i] = t->in + t->in_offsets[i];
    acc[i] = _mm512_loadu_si512(bias);
    if (i % 2 == 0) half[i / 2] = _mm512_loadu_si512(bias + 16);
  }
  if (t->sums) {
    BX_UNROLL for (int i = 0; i < pixels; i += 2) {
      __m512i a = _mm512_set1_epi32(t->sums[i]), b = _mm512_set1_epi32(t->sums[i + 1]);
      acc[i] = _mm512_add_epi32(acc[i], a);
      acc[i + 1] = _mm512_add_epi32(acc[i + 1], b);
      half[i / 2] = _mm512_add_epi32(half[i / 2], _mm512_mask_blend_epi32(0xFF00, a, b));
    }
  }
  // The compiler must not know this mask: it would make of the blend a permutation, which takes the multiplier's port.
  __mmask16 second = 0xFF00;
  __asm__("" : "+k"(second));
  const int8_t *weights = t->weights;
  for (int32_t s = 0; s < c->segments; s++) {
    int64_t offset = c->segment_offsets[s];
    for (int32_t q = c->quads; q > 0; q--) {
      __m512i w[2];
      bx_weights(w, weights, 2);
      BX_UNROLL for (int i = 0; i < pixels; i += 2)
        bx_take_pair(acc + i, half + i / 2, x[i] + offset, x[i + 1] + offset, w, second);
      weights += 128;
      offset += 4;
    }
  }
  for (int32_t k = 0; k < c->tails; k++, weights += 128) {
    const uint8_t *tails = (const uint8_t *)(t->tails + k * t->stride);
    __m512i w[2];
    bx_weights(w, weights, 2);
    BX_UNROLL for (int i = 0; i < pixels; i += 2)
      bx_take_pair(acc + i, half + i / 2, tails + 4 * i, tails + 4 * i + 4, w, second);
  }
  const struct bx_target target = bx_target_of(c, t->out, t->out_offsets, t->lanes - 16, pixels, 24);
  const int64_t at = t->at;
  BX_UNROLL for (int i = 0; i < pixels; i += 4) {
    const int32_t *offsets = target.offsets + i;
    uint8_t *y = target.out + offsets[0];
    const __m512i bytes = bx_packed4x16(acc + i, &c->output, way, at);
    const __m512i more = bx_packed4x8(half + i / 2, &c->output, way, at + 16);
    if (target.joined) {
      // 16 bytes of `bytes` and 8 of `more` in turn.
      const __m512i first = _mm512_setr_epi64(0, 1, 8, 2, 3, 9, 4, 5), last = _mm512_setr_epi64(10, 6, 7, 11, 0, 0, 0, 0);
      _mm512_storeu_si512(y, _mm512_permutex2var_epi64(bytes, first, more));
      _mm256_storeu_si256((__m256i *)(y + 64), _mm512_castsi512_si256(_mm512_permutex2var_epi64(bytes, last, more)));
      continue;
    }
    bx_store16x4(target.out, offsets, bytes, 16);
    y = target.out + 16;
    bx_store8x2(y + offsets[0], y + offsets[1], _mm512_castsi512_si128(more), target.lanes);
    bx_store8x2(y + offsets[2], y + offsets[3], _mm512_extracti32x4_epi32(more, 1), target.lanes);
  }
}

/// One to three pixels on a panel whose tiles have four: the last pixel is computed again.
BX_INLINE void bx_shared_rest(const struct bx_convolution *c, const struct bx_place *t, int pixels, enum bx_way way) {
  int32_t in_offsets[4], out_offsets[4], sums[4];
  for (int i = 0; i < 4; i++) {
    const int k = i < pixels ? i : pixels - 1;
    in_offsets[i] = t->in_offsets[k];
    out_offsets[i] = t->out_offsets[k];
    sums[i] = t->sums ? t->sums[k] : 0;
  }
  int32_t tails[BX_TAILS][4];
  for (int32_t k = 0; k < c->tails; k++)
    for (int i = 0; i < 4; i++) tails[k][i] = t->tails[k * t->stride + (i < pixels ? i : pixels - 1)];
  struct bx_place place = *t;
  place.tails = tails[0];
  place.stride = 4;
  place.in_offsets = in_offsets;
  place.out_offsets = out_offsets;
  place.sums = t->sums ? sums : 0;
  bx_shared_tile(c, &place, 4, way);
}

typedef void (*bx_tile_function)(const struct bx_convolution *, const struct bx_place *);
#define BX_TILE_WAY(P, B, WAY)                                                                                         \
  static BX_TARGET void bx_tile_##P##x##B##_##WAY(const struct bx_convolution *c, const struct bx_place *t) {          \
    bx_tile(c, t, P, B, bx_way_##WAY);                                                                                 \
  }
#define BX_TILE(P, B)                                                                                                  \
  BX_TILE_WAY(P, B, floor) BX_TILE_WAY(P, B, cap) BX_TILE_WAY(P, B, shift) BX_TILE_WAY(P, B, product)
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

#define BX_SHARED_WAY(P, RUN, WAY)                                                                                     \
  static BX_TARGET void bx_tile_##P##x3_##WAY(const struct bx_convolution *c, const struct bx_place *t) {              \
    RUN(c, t, P, bx_way_##WAY);                                                                                        \
  }
#define BX_SHARED(P, RUN)                                                                                              \
  BX_SHARED_WAY(P, RUN, floor) BX_SHARED_WAY(P, RUN, cap) BX_SHARED_WAY(P, RUN, shift) BX_SHARED_WAY(P, RUN, product)
BX_SHARED(16, bx_shared_tile)
BX_SHARED(8, bx_shared_tile)
BX_SHARED(4, bx_shared_tile)
BX_SHARED(3, bx_shared_rest)
BX_SHARED(2, bx_shared_rest)
BX_SHARED(1, bx_shared_rest)

struct bx_tile_row {
  int pixels;
  bx_tile_function run[BX_WAYS];
};
#define BX_ROW(P, B)                                                                                                   \
  {P, {bx_tile_##P##x##B##_floor, bx_tile_##P##x##B##_cap, bx_tile_##P##x##B##_shift, bx_tile_##P##x##B##_product}}
// By the number that stands for a panel: its blocks, or 3 for one and a half.
static const struct bx_tile_row bx_tiles4[] = {BX_ROW(6, 4), BX_ROW(4, 4), BX_ROW(2, 4), BX_ROW(1, 4)};
static const struct bx_tile_row bx_tiles3[] = {BX_ROW(16, 3), BX_ROW(8, 3), BX_ROW(4, 3),
                                               BX_ROW(3, 3),  BX_ROW(2, 3), BX_ROW(1, 3)};
static const struct bx_tile_row bx_tiles2[] = {BX_ROW(12, 2), BX_ROW(8, 2), BX_ROW(4, 2), BX_ROW(2, 2), BX_ROW(1, 2)};
static const struct bx_tile_row bx_tiles1[] = {BX_ROW(16, 1), BX_ROW(8, 1), BX_ROW(4, 1), BX_ROW(2, 1), BX_ROW(1, 1)};
static const struct bx_tile_row *const bx_tiles[] = {0, bx_tiles1, bx_tiles2, bx_tiles3, bx_tiles4};

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

/// One byte of each of 16 windows that lie 6 or 8 bytes apart, in 32 bits each; reads 128 bytes.
BX_INLINE __m512i bx_strided(const uint8_t *x, __m512i places) {
  const __m512i words = _mm512_permutex2var_epi16(_mm512_loadu_si512(x), places, _mm512_loadu_si512(x + 64));
  return _mm512_and_si512(words, _mm512_set1_epi32(0xFF));
}

/// The quad `k` of what windows' segments have beyond whole quads, for each pixel.
static BX_TARGET void bx_gather(const struct bx_convolution *c, int32_t k, const uint8_t *in, const int32_t *in_offsets,
                                int32_t first, int32_t last, int32_t *restrict quads) {
  const int64_t o[4] = {c->tail_offsets[4 * k], c->tail_offsets[4 * k + 1], c->tail_offsets[4 * k + 2],
                        c->tail_offsets[4 * k + 3]};
  const __m512i numbers = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (int32_t p = first; p < last;) {
    const uint8_t *x = in + in_offsets[p];
    const int32_t step = last - p >= 16 ? in_offsets[p + 1] - in_offsets[p] : 0;
    if (step == 6 || step == 8) {
      const __m512i apart = _mm512_mullo_epi32(numbers, _mm512_set1_epi32(step));
      const __m512i even = _mm512_add_epi32(_mm512_set1_epi32(in_offsets[p]), apart);
      if (_mm512_cmpeq_epi32_mask(even, _mm512_loadu_si512(in_offsets + p)) == 0xFFFF) {
        const __m512i places = _mm512_srli_epi32(apart, 1);
        __m512i quad = bx_strided(x + o[0], places);
        quad = _mm512_or_si512(quad, _mm512_slli_epi32(bx_strided(x + o[1], places), 8));
        quad = _mm512_or_si512(quad, _mm512_slli_epi32(bx_strided(x + o[2], places), 16));
        quad = _mm512_or_si512(quad, _mm512_slli_epi32(bx_strided(x + o[3], places), 24));
        _mm512_storeu_si512(quads + (p - first), quad);
        p += 16;
        continue;
      }
    }
    quads[p - first] = (int32_t)(x[o[0]] | (uint32_t)x[o[1]] << 8 | (uint32_t)x[o[2]] << 16 | (uint32_t)x[o[3]] << 24);
    p++;
  }
}

BX_TARGET void bx_convolve_avx512vnni(const struct bx_convolution *c, const uint8_t *in, const int32_t *in_offsets,
                                      uint8_t *out, const int32_t *out_offsets, int32_t first, int32_t last,
                                      int32_t *scratch) {
  int32_t *const sums = scratch, *const tails = scratch + (c->sum_factor ? last - first : 0);
  if (c->sum_factor)
    for (int32_t p = first; p < last; p++) sums[p - first] = bx_window_sum(c, in + in_offsets[p]);
  for (int32_t k = 0; k < c->tails; k++)
    bx_gather(c, k, in, in_offsets, first, last, tails + (int64_t)k * (last - first));
  const enum bx_way way = bx_way_of(&c->output);
  struct bx_place t = {.weights = c->weights, .at = 0, .stride = last - first};
  for (int32_t panel = 0; panel < c->panels; panel++) {
    const int blocks = c->panel_blocks[panel] == BX_BLOCK_AND_HALF ? 2 : c->panel_blocks[panel];
    const struct bx_tile_row *row = bx_tiles[c->panel_blocks[panel]];
    t.in = in;
    t.out = out + t.at;
    t.lanes = (int32_t)(c->channels - t.at);
    for (int32_t p = first; p < last; p += row->pixels) {
      while (p + row->pixels > last) row++;
      t.in_offsets = in_offsets + p;
      t.out_offsets = out_offsets + p;
      t.sums = c->sum_factor ? sums + (p - first) : 0;
      t.tails = tails + (p - first);
      row->run[way](c, &t);
    }
    t.weights += (int64_t)64 * blocks * (c->segments * c->quads + c->tails);
    t.at += 16 * blocks;
  }
}

#endif
