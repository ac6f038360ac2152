#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"

// A lane of 32 bits holds four taps of one channel. Dealing bytes to lanes costs more than multiplying them, so a 3 × 3
// filter deals each column of the image once, for the three windows (two, where windows are two columns apart) that see
// it; a filter of another shape deals all taps of each window.

/// Four taps of 64 channels, dealt so that each 32-bit lane holds the four taps of one channel.
struct bx_dealt {
  __m512i v[4];
};

BX_INLINE struct bx_dealt bx_deal(__m512i a, __m512i b, __m512i c, __m512i d) {
  __m512i ab0 = _mm512_unpacklo_epi8(a, b), ab1 = _mm512_unpackhi_epi8(a, b);
  __m512i cd0 = _mm512_unpacklo_epi8(c, d), cd1 = _mm512_unpackhi_epi8(c, d);
  struct bx_dealt r;
  r.v[0] = _mm512_unpacklo_epi16(ab0, cd0);
  r.v[1] = _mm512_unpackhi_epi16(ab0, cd0);
  r.v[2] = _mm512_unpacklo_epi16(ab1, cd1);
  r.v[3] = _mm512_unpackhi_epi16(ab1, cd1);
  return r;
}

/// One panel of a 3 × 3 filter: where its rows begin, and where results go.
struct bx_panel {
  const int32_t *bias;
  int64_t rows[3];
  /// Bytes from a column to the next, from a window to the next, from an output pixel to the next.
  int64_t column, window, pixel;
  /// Output channels of the panel.
  int32_t lanes;
  /// The factor of the sum of a window's bytes, in every byte.
  __m512i factor;
  __m512i weights[3][4];
  const struct bx_output *output;
  int64_t at;
};

/// 64 bytes of a row: of one pixel, or halves or quarters from neighbouring windows; `apart` is each one's distance.
BX_INLINE __m512i bx_gathered(const uint8_t *x, const int64_t *apart, int share) {
  if (share == 1) return _mm512_loadu_si512(x);
  if (share == 2) {
    __m512i v = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)x));
    return _mm512_inserti64x4(v, _mm256_loadu_si256((const __m256i *)(x + apart[1])), 1);
  }
  __m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)x));
  v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(x + apart[1])), 1);
  v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(x + apart[2])), 2);
  return _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(x + apart[3])), 3);
}

BX_INLINE struct bx_dealt bx_column(const struct bx_panel *f, const uint8_t *x, const int64_t *apart, int share) {
  return bx_deal(bx_gathered(x + f->rows[0], apart, share), bx_gathered(x + f->rows[1], apart, share),
                 bx_gathered(x + f->rows[2], apart, share), _mm512_setzero_si512());
}

BX_INLINE void bx_begin(const struct bx_panel *f, __m512i *acc) {
  BX_UNROLL for (int j = 0; j < 4; j++) acc[j] = _mm512_loadu_si512(f->bias + 16 * j);
}

/// Adds a column's products to a window's sums.
BX_INLINE void bx_take(__m512i *acc, const struct bx_dealt *x, const __m512i *weights) {
  BX_UNROLL for (int j = 0; j < 4; j++) acc[j] = _mm512_dpbusd_epi32(acc[j], x->v[j], weights[j]);
}

/// A column's bytes times the factor of their sum.
BX_INLINE struct bx_dealt bx_factored(const struct bx_panel *f, const struct bx_dealt *x) {
  struct bx_dealt r;
  BX_UNROLL for (int j = 0; j < 4; j++) r.v[j] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), x->v[j], f->factor);
  return r;
}

BX_INLINE void bx_increase(__m512i *acc, const struct bx_dealt *x) {
  BX_UNROLL for (int j = 0; j < 4; j++) acc[j] = _mm512_add_epi32(acc[j], x->v[j]);
}

/// Requantizes and writes `count` of the windows that share the lanes.
BX_INLINE void bx_finish(const struct bx_panel *f, const __m512i *acc, uint8_t *out, int share, int32_t count,
                         enum bx_way way) {
  __m512i bytes = bx_packed64(acc, f->output, way, f->at);
  const int32_t lanes = f->lanes;
  if (share == 1) {
    bx_store64(out, bytes, lanes);
  } else if (share == 2) {
    bx_store32(out, _mm512_castsi512_si256(bytes), lanes);
    if (count > 1) bx_store32(out + f->pixel, _mm512_extracti64x4_epi64(bytes, 1), lanes);
  } else {
    bx_store16(out, _mm512_castsi512_si128(bytes), lanes);
    if (count > 1) bx_store16(out + f->pixel, _mm512_extracti32x4_epi32(bytes, 1), lanes);
    if (count > 2) bx_store16(out + 2 * f->pixel, _mm512_extracti32x4_epi32(bytes, 2), lanes);
    if (count > 3) bx_store16(out + 3 * f->pixel, _mm512_extracti32x4_epi32(bytes, 3), lanes);
  }
}

/// Windows one column apart: three windows are open at a time.
BX_INLINE void bx_row_dense(const struct bx_panel *f, const uint8_t *x, uint8_t *out, int32_t count, bool sums,
                            enum bx_way way) {
  __m512i a[4], b[4], c[4];
  bx_begin(f, a);
  bx_begin(f, b);
  struct bx_dealt v = bx_column(f, x, 0, 1), s;
  bx_take(a, &v, f->weights[0]);
  if (sums) s = bx_factored(f, &v), bx_increase(a, &s);
  x += f->column;
  v = bx_column(f, x, 0, 1);
  bx_take(a, &v, f->weights[1]);
  bx_take(b, &v, f->weights[0]);
  if (sums) s = bx_factored(f, &v), bx_increase(a, &s), bx_increase(b, &s);
  for (int32_t p = 0; p < count; p++) {
    x += f->column;
    v = bx_column(f, x, 0, 1);
    bx_begin(f, c);
    bx_take(a, &v, f->weights[2]);
    bx_take(b, &v, f->weights[1]);
    bx_take(c, &v, f->weights[0]);
    if (sums) s = bx_factored(f, &v), bx_increase(a, &s), bx_increase(b, &s), bx_increase(c, &s);
    bx_finish(f, a, out, 1, 1, way);
    out += f->pixel;
    BX_UNROLL for (int j = 0; j < 4; j++) a[j] = b[j], b[j] = c[j];
  }
}

/// Groups of windows whose last column is the next group's first: windows two columns apart, or pairs of windows one
/// column apart that share the lanes.
BX_INLINE void bx_row_linked(const struct bx_panel *f, const uint8_t *x, uint8_t *out, int32_t count, int share,
                             const int64_t *apart, bool sums, enum bx_way way) {
  __m512i a[4], b[4];
  bx_begin(f, a);
  struct bx_dealt v = bx_column(f, x, apart, share), s;
  bx_take(a, &v, f->weights[0]);
  if (sums) s = bx_factored(f, &v), bx_increase(a, &s);
  for (int32_t p = 0; p < count; p += share) {
    x += f->column;
    v = bx_column(f, x, apart, share);
    bx_take(a, &v, f->weights[1]);
    if (sums) s = bx_factored(f, &v), bx_increase(a, &s);
    x += f->column;
    v = bx_column(f, x, apart, share);
    bx_begin(f, b);
    bx_take(a, &v, f->weights[2]);
    bx_take(b, &v, f->weights[0]);
    if (sums) s = bx_factored(f, &v), bx_increase(a, &s), bx_increase(b, &s);
    bx_finish(f, a, out, share, count - p, way);
    out += share * f->pixel;
    BX_UNROLL for (int j = 0; j < 4; j++) a[j] = b[j];
  }
}

/// Groups of windows that share no column with the next group.
BX_INLINE void bx_row_apart(const struct bx_panel *f, const uint8_t *x, uint8_t *out, int32_t count, int share,
                            bool sums, enum bx_way way) {
  for (int32_t p = 0; p < count; p += share) {
    // The last group reads its last window again where it has fewer windows.
    int64_t apart[4];
    for (int i = 0; i < 4; i++) apart[i] = f->window * (i < count - p ? i : count - p - 1);
    __m512i a[4];
    bx_begin(f, a);
    BX_UNROLL for (int c = 0; c < 3; c++) {
      struct bx_dealt v = bx_column(f, x + c * f->column, apart, share);
      bx_take(a, &v, f->weights[c]);
      if (sums) {
        struct bx_dealt s = bx_factored(f, &v);
        bx_increase(a, &s);
      }
    }
    bx_finish(f, a, out, share, count - p, way);
    x += share * f->window;
    out += share * f->pixel;
  }
}

BX_INLINE void bx_row(const struct bx_panel *f, const uint8_t *x, uint8_t *out, int32_t count, bool sums,
                      enum bx_way way) {
  const int64_t apart[2] = {0, f->column};
  if (f->lanes <= 16) {
    bx_row_apart(f, x, out, count, 4, sums, way);
  } else if (f->lanes <= 32) {
    int32_t linked = f->window == f->column ? count & ~1 : 0;
    if (linked) bx_row_linked(f, x, out, linked, 2, apart, sums, way);
    if (linked < count)
      bx_row_apart(f, x + linked * f->window, out + linked * f->pixel, count - linked, 2, sums, way);
  } else if (f->window == f->column) {
    bx_row_dense(f, x, out, count, sums, way);
  } else if (f->window == 2 * f->column) {
    bx_row_linked(f, x, out, count, 1, apart, sums, way);
  } else {
    bx_row_apart(f, x, out, count, 1, sums, way);
  }
}

#define BX_BY_COLUMNS(NAME, SUMS, WAY)                                                                                 \
  static BX_TARGET void NAME(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,  \
                             const int32_t *out_offsets, int32_t first, int32_t last) {                                \
    const int8_t *weights = d->weights;                                                                                \
    struct bx_panel f = {.column = d->tap_offsets[1] - d->tap_offsets[0], .window = d->window_step,                    \
                         .pixel = d->channels, .factor = _mm512_set1_epi8((char)d->sum_factor), .output = &d->output}; \
    BX_UNROLL for (int r = 0; r < 3; r++) f.rows[r] = d->tap_offsets[3 * r];                                           \
    for (int32_t at = 0; at < d->channels; at += 64) {                                                                 \
      f.at = at;                                                                                                       \
      f.bias = d->bias + at;                                                                                           \
      f.lanes = d->channels - at;                                                                                      \
      BX_UNROLL for (int i = 0; i < 12; i++, weights += 64) f.weights[i / 4][i % 4] = _mm512_loadu_si512(weights);      \
      for (int32_t p = first; p < last;) {                                                                             \
        int32_t end = (p / d->row_pixels + 1) * d->row_pixels;                                                         \
        int32_t count = (end < last ? end : last) - p;                                                                 \
        bx_row(&f, in + in_offsets[p] + at, out + out_offsets[p] + at, count, SUMS, WAY);                              \
        p += count;                                                                                                    \
      }                                                                                                                \
    }                                                                                                                  \
  }
BX_BY_COLUMNS(bx_columns_floor, false, bx_way_floor)
BX_BY_COLUMNS(bx_columns_cap, false, bx_way_cap)
BX_BY_COLUMNS(bx_columns_shift, false, bx_way_shift)
BX_BY_COLUMNS(bx_columns_product, false, bx_way_product)
BX_BY_COLUMNS(bx_columns_sums_floor, true, bx_way_floor)
BX_BY_COLUMNS(bx_columns_sums_cap, true, bx_way_cap)
BX_BY_COLUMNS(bx_columns_sums_shift, true, bx_way_shift)
BX_BY_COLUMNS(bx_columns_sums_product, true, bx_way_product)

/// One pixel of 64 channels, for any number of taps.
BX_INLINE void bx_depthwise_pixel(const struct bx_depthwise *d, const uint8_t *x, const int8_t *weights, int64_t at,
                                  uint8_t *out, int32_t lanes, enum bx_way way) {
  __m512i acc[4], sum[4];
  const bool sums = d->sum_factor != 0;
  const __m512i ones = _mm512_set1_epi8(1), zero = _mm512_setzero_si512();
  BX_UNROLL for (int j = 0; j < 4; j++) {
    acc[j] = _mm512_loadu_si512(d->bias + at + 16 * j);
    sum[j] = zero;
  }
  for (int32_t t = 0; t < d->taps; t += 4) {
    __m512i a = _mm512_loadu_si512(x + d->tap_offsets[t]);
    __m512i b = t + 1 < d->taps ? _mm512_loadu_si512(x + d->tap_offsets[t + 1]) : zero;
    __m512i c = t + 2 < d->taps ? _mm512_loadu_si512(x + d->tap_offsets[t + 2]) : zero;
    __m512i e = t + 3 < d->taps ? _mm512_loadu_si512(x + d->tap_offsets[t + 3]) : zero;
    struct bx_dealt dealt = bx_deal(a, b, c, e);
    BX_UNROLL for (int j = 0; j < 4; j++) {
      acc[j] = _mm512_dpbusd_epi32(acc[j], dealt.v[j], _mm512_loadu_si512(weights + 64 * j));
      if (sums) sum[j] = _mm512_dpbusd_epi32(sum[j], dealt.v[j], ones);
    }
    weights += 256;
  }
  if (sums) {
    __m512i factor = _mm512_set1_epi32(d->sum_factor);
    BX_UNROLL for (int j = 0; j < 4; j++) acc[j] = _mm512_add_epi32(acc[j], _mm512_mullo_epi32(sum[j], factor));
  }
  bx_store64(out, bx_packed64(acc, &d->output, way, at), lanes);
}

#define BX_BY_TAPS(NAME, WAY)                                                                                          \
  static BX_TARGET void NAME(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,  \
                             const int32_t *out_offsets, int32_t first, int32_t last) {                                \
    const int64_t panel = (int64_t)64 * ((d->taps + 3) / 4 * 4);                                                       \
    for (int32_t p = first; p < last; p++) {                                                                           \
      const uint8_t *x = in + in_offsets[p];                                                                           \
      uint8_t *y = out + out_offsets[p];                                                                               \
      const int8_t *weights = d->weights;                                                                              \
      for (int32_t at = 0; at < d->channels; at += 64, weights += panel) {                                             \
        bx_depthwise_pixel(d, x + at, weights, at, y + at, d->channels - at, WAY);                                     \
      }                                                                                                                \
    }                                                                                                                  \
  }
BX_BY_TAPS(bx_taps_floor, bx_way_floor)
BX_BY_TAPS(bx_taps_cap, bx_way_cap)
BX_BY_TAPS(bx_taps_shift, bx_way_shift)
BX_BY_TAPS(bx_taps_product, bx_way_product)

void bx_depthwise_avx512vnni(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,
                             const int32_t *out_offsets, int32_t first, int32_t last) {
  static bx_depthwise_function *const taps[BX_WAYS] = {bx_taps_floor, bx_taps_cap, bx_taps_shift, bx_taps_product};
  static bx_depthwise_function *const columns[BX_WAYS] = {bx_columns_floor, bx_columns_cap, bx_columns_shift,
                                                          bx_columns_product};
  static bx_depthwise_function *const sums[BX_WAYS] = {bx_columns_sums_floor, bx_columns_sums_cap,
                                                       bx_columns_sums_shift, bx_columns_sums_product};
  bx_depthwise_function *const *ways = !d->by_columns ? taps : d->sum_factor ? sums : columns;
  ways[bx_way_of(&d->output)](d, in, in_offsets, out, out_offsets, first, last);
}

#endif
