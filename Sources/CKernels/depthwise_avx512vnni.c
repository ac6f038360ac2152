#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"

// A lane of 32 bits holds four taps of one channel. Dealing bytes to lanes costs more than multiplying them, so a 3 × 3
// filter deals each column of the image once, for the three windows (two, where windows are two columns apart) that see
// it; a filter of another shape deals all taps of each window. Where a panel has so few channels that two or four windows
// share the lanes, what is dealt of one column serves them all: they lie in other lanes for the next tap.

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

/// 64 bytes of a row: of one pixel, or halves or quarters of several; `apart` is each one's distance from the first, none
/// if they follow each other.
BX_INLINE __m512i bx_gathered(const uint8_t *x, const int64_t *apart, int share) {
  if (!apart) return _mm512_loadu_si512(x);
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

/// The last lanes of one vector and the first of the next: of the pixels `parts` halves or quarters later.
BX_INLINE struct bx_dealt bx_between(const struct bx_dealt *x, const struct bx_dealt *next, int parts, int share) {
  struct bx_dealt r;
  BX_UNROLL for (int j = 0; j < 4; j++) {
    if (share == 2) r.v[j] = _mm512_alignr_epi64(next->v[j], x->v[j], 4);
    else if (parts == 1) r.v[j] = _mm512_alignr_epi32(next->v[j], x->v[j], 4);
    else r.v[j] = _mm512_alignr_epi32(next->v[j], x->v[j], 8);
  }
  return r;
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

/// Windows two columns apart: the last column of one is the first of the next.
BX_INLINE void bx_row_linked(const struct bx_panel *f, const uint8_t *x, uint8_t *out, int32_t count, bool sums,
                             enum bx_way way) {
  __m512i a[4], b[4];
  bx_begin(f, a);
  struct bx_dealt v = bx_column(f, x, 0, 1), s;
  bx_take(a, &v, f->weights[0]);
  if (sums) s = bx_factored(f, &v), bx_increase(a, &s);
  for (int32_t p = 0; p < count; p++) {
    x += f->column;
    v = bx_column(f, x, 0, 1);
    bx_take(a, &v, f->weights[1]);
    if (sums) s = bx_factored(f, &v), bx_increase(a, &s);
    x += f->column;
    v = bx_column(f, x, 0, 1);
    bx_begin(f, b);
    bx_take(a, &v, f->weights[2]);
    bx_take(b, &v, f->weights[0]);
    if (sums) s = bx_factored(f, &v), bx_increase(a, &s), bx_increase(b, &s);
    bx_finish(f, a, out, 1, 1, way);
    out += f->pixel;
    BX_UNROLL for (int j = 0; j < 4; j++) a[j] = b[j];
  }
}

/// How far from the first the pixels lie that share the lanes; beyond the last that there is, that one again.
BX_INLINE void bx_distances(int64_t *apart, int64_t step, int share, int32_t last) {
  BX_UNROLL for (int i = 0; i < share; i++) apart[i] = step * (i < last ? i : last);
}

/// Groups of two or four windows, `stride` (1 or 2) columns apart, that share the lanes. The pixels that are the first
/// column of one group and of the next are, some lanes on, the last column of the one, and with windows one column apart
/// the middle one too. `joined` if a group's pixels follow each other without other channels between.
BX_INLINE void bx_row_shared(const struct bx_panel *f, const uint8_t *x, uint8_t *out, int32_t count, int share,
                             int stride, bool joined, bool sums, enum bx_way way) {
  // Pixels that are some window's first or last column, or with windows one column apart any column.
  const int32_t pixels = count + (stride == 1 ? 2 : 1);
  int64_t distances[4];
  const int64_t *const apart = joined ? 0 : distances;
  bx_distances(distances, f->window, share, pixels - 1);
  struct bx_dealt next = bx_column(f, x, apart, share);
  for (int32_t p = 0; p < count; p += share) {
    __m512i a[4];
    struct bx_dealt v[3];
    bx_begin(f, a);
    v[0] = next;
    bx_take(a, &v[0], f->weights[0]);
    if (stride == 2) {
      if (__builtin_expect(count - p < share, 0)) bx_distances(distances, f->window, share, count - p - 1);
      v[1] = bx_column(f, x + f->column, apart, share);
      bx_take(a, &v[1], f->weights[1]);
    }
    const int32_t first = p + share < pixels ? p + share : pixels - 1;
    if (__builtin_expect(pixels - first < share, 0)) bx_distances(distances, f->window, share, pixels - 1 - first);
    x += (first - p) * f->window;
    next = bx_column(f, x, apart, share);
    if (stride == 1) {
      v[1] = bx_between(&v[0], &next, 1, share);
      bx_take(a, &v[1], f->weights[1]);
    }
    v[2] = stride == 1 && share == 2 ? next : bx_between(&v[0], &next, stride == 1 ? 2 : 1, share);
    bx_take(a, &v[2], f->weights[2]);
    if (sums) {
      BX_UNROLL for (int c = 0; c < 3; c++) {
        struct bx_dealt s = bx_factored(f, &v[c]);
        bx_increase(a, &s);
      }
    }
    bx_finish(f, a, out, share, count - p, way);
    out += share * f->pixel;
  }
}

/// Groups of windows that share no column with the next group.
BX_INLINE void bx_row_apart(const struct bx_panel *f, const uint8_t *x, uint8_t *out, int32_t count, int share,
                            bool sums, enum bx_way way) {
  for (int32_t p = 0; p < count; p += share) {
    int64_t apart[4];
    bx_distances(apart, f->window, share, count - p - 1);
    __m512i a[4];
    bx_begin(f, a);
    BX_UNROLL for (int c = 0; c < 3; c++) {
      struct bx_dealt v = bx_column(f, x + c * f->column, share == 1 ? 0 : apart, share);
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

typedef void bx_row_function(const struct bx_panel *, const uint8_t *x, uint8_t *out, int32_t count);

/// How a panel's rows are walked.
enum bx_walk {
  bx_walk_dense,
  bx_walk_linked,
  bx_walk_apart,
  bx_walk_apart2,
  bx_walk_apart4,
  bx_walk_shared2,
  bx_walk_joined2,
  bx_walk_linked2,
  bx_walk_shared4,
  bx_walk_joined4,
  bx_walk_linked4,
  bx_walks
};

static enum bx_walk bx_walk_of(const struct bx_panel *f) {
  const bool dense = f->window == f->column, linked = f->window == 2 * f->column;
  if (f->lanes > 32) return dense ? bx_walk_dense : linked ? bx_walk_linked : bx_walk_apart;
  if (f->lanes > 16) {
    if (dense) return f->column == 32 ? bx_walk_joined2 : bx_walk_shared2;
    return linked ? bx_walk_linked2 : bx_walk_apart2;
  }
  if (dense) return f->column == 16 ? bx_walk_joined4 : bx_walk_shared4;
  return linked ? bx_walk_linked4 : bx_walk_apart4;
}

// Each a function of its own with copies of what it reads: so the compiler knows that no byte which is written is part of
// them, and keeps them in registers.
#define BX_ROW(NAME, ROW, ...)                                                                                         \
  static __attribute__((noinline)) BX_TARGET void NAME(const struct bx_panel *panel, const uint8_t *x, uint8_t *out,   \
                                                       int32_t count) {                                                \
    const struct bx_output output = *panel->output;                                                                    \
    struct bx_panel f = *panel;                                                                                        \
    f.output = &output;                                                                                                \
    ROW(&f, x, out, count, __VA_ARGS__);                                                                               \
  }
#define BX_ROWS(NAME, SUMS, WAY)                                                                                       \
  BX_ROW(NAME##_dense, bx_row_dense, SUMS, WAY)                                                                        \
  BX_ROW(NAME##_linked, bx_row_linked, SUMS, WAY)                                                                      \
  BX_ROW(NAME##_apart, bx_row_apart, 1, SUMS, WAY)                                                                     \
  BX_ROW(NAME##_apart2, bx_row_apart, 2, SUMS, WAY)                                                                    \
  BX_ROW(NAME##_apart4, bx_row_apart, 4, SUMS, WAY)                                                                    \
  BX_ROW(NAME##_shared2, bx_row_shared, 2, 1, false, SUMS, WAY)                                                        \
  BX_ROW(NAME##_joined2, bx_row_shared, 2, 1, true, SUMS, WAY)                                                         \
  BX_ROW(NAME##_linked2, bx_row_shared, 2, 2, false, SUMS, WAY)                                                        \
  BX_ROW(NAME##_shared4, bx_row_shared, 4, 1, false, SUMS, WAY)                                                        \
  BX_ROW(NAME##_joined4, bx_row_shared, 4, 1, true, SUMS, WAY)                                                         \
  BX_ROW(NAME##_linked4, bx_row_shared, 4, 2, false, SUMS, WAY)                                                        \
  static bx_row_function *const NAME[bx_walks] = {                                                                     \
      [bx_walk_dense] = NAME##_dense,     [bx_walk_linked] = NAME##_linked,   [bx_walk_apart] = NAME##_apart,          \
      [bx_walk_apart2] = NAME##_apart2,   [bx_walk_apart4] = NAME##_apart4,   [bx_walk_shared2] = NAME##_shared2,      \
      [bx_walk_joined2] = NAME##_joined2, [bx_walk_linked2] = NAME##_linked2, [bx_walk_shared4] = NAME##_shared4,      \
      [bx_walk_joined4] = NAME##_joined4, [bx_walk_linked4] = NAME##_linked4};
BX_ROWS(bx_rows_floor, false, bx_way_floor)
BX_ROWS(bx_rows_cap, false, bx_way_cap)
BX_ROWS(bx_rows_shift, false, bx_way_shift)
BX_ROWS(bx_rows_product, false, bx_way_product)
BX_ROWS(bx_rows_sums_floor, true, bx_way_floor)
BX_ROWS(bx_rows_sums_cap, true, bx_way_cap)
BX_ROWS(bx_rows_sums_shift, true, bx_way_shift)
BX_ROWS(bx_rows_sums_product, true, bx_way_product)

/// Windows in a row from which on all panels of one row come before the next row: so many bytes are a row that it would
/// not be near any more when the next panel needs it.
#define BX_LONG_ROW 28

/// A 3 × 3 filter, column by column.
static BX_TARGET void bx_depthwise_columns(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets,
                                           uint8_t *out, const int32_t *out_offsets, int32_t first, int32_t last,
                                           bx_row_function *const *rows) {
  const int32_t width = d->row_pixels;
  struct bx_panel f = {.column = d->tap_offsets[1] - d->tap_offsets[0],
                       .window = d->window_step,
                       .pixel = d->channels,
                       .factor = _mm512_set1_epi8((char)d->sum_factor),
                       .output = &d->output};
  BX_UNROLL for (int r = 0; r < 3; r++) f.rows[r] = d->tap_offsets[3 * r];
  for (int32_t start = first, stop; start < last; start = stop) {
    stop = (start / width + 1) * width;
    if (width < BX_LONG_ROW || stop > last) stop = last;
    const int8_t *weights = d->weights;
    for (int32_t at = 0; at < d->channels; at += 64) {
      f.at = at;
      f.bias = d->bias + at;
      f.lanes = d->channels - at;
      BX_UNROLL for (int i = 0; i < 12; i++, weights += 64) f.weights[i / 4][i % 4] = _mm512_loadu_si512(weights);
      bx_row_function *const row = rows[bx_walk_of(&f)];
      for (int32_t p = start, end; p < stop; p = end) {
        end = (p / width + 1) * width;
        if (end > stop) end = stop;
        row(&f, in + in_offsets[p] + at, out + out_offsets[p] + at, end - p);
      }
    }
  }
}

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
  static bx_row_function *const *const rows[2][BX_WAYS] = {
      {bx_rows_floor, bx_rows_cap, bx_rows_shift, bx_rows_product},
      {bx_rows_sums_floor, bx_rows_sums_cap, bx_rows_sums_shift, bx_rows_sums_product}};
  const enum bx_way way = bx_way_of(&d->output);
  if (d->by_columns)
    bx_depthwise_columns(d, in, in_offsets, out, out_offsets, first, last, rows[d->sum_factor != 0][way]);
  else
    taps[way](d, in, in_offsets, out, out_offsets, first, last);
}

#endif
