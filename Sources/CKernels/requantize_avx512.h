#ifndef REQUANTIZE_AVX512_H
#define REQUANTIZE_AVX512_H
#include "CKernels.h"
#include <immintrin.h>

#define BX_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define BX_INLINE static inline __attribute__((always_inline)) BX_TARGET
#define BX_UNROLL _Pragma("clang loop unroll(full)")

/// How a kernel is compiled. The narrowest ways first: what they leave out competes with the products for the CPU's ports.
enum bx_way {
  /// For shifts whose rounding stands in the bias, where a byte's ends are the only clamp.
  bx_way_floor,
  /// The same with a clamp above.
  bx_way_cap,
  /// For all shifts.
  bx_way_shift,
  /// For all forms that multiply: results are estimated first.
  bx_way_product
};
#define BX_WAYS 4

static inline enum bx_way bx_way_of(const struct bx_output *o) {
  if (o->kind != bx_requantize_shift) return bx_way_product;
  if (o->has_ties || o->low != 0) return bx_way_shift;
  return o->high == 255 ? bx_way_floor : bx_way_cap;
}

/// Each lane's product with the multiplier's, divided by 2^31, ties toward positive: TensorFlow Lite's SRDHM for
/// multipliers of zero or more, which cannot overflow.
BX_INLINE __m512i bx_doubling_high(__m512i x, __m512i multiplier) {
  const __m512i nudge = _mm512_set1_epi64(1 << 30);
  __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, multiplier), nudge);
  __m512i odd =
      _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(multiplier, 32)), nudge);
  return _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
}

/// Sixteen sums, shifted; `at` is the first lane's entry in the output's tables.
BX_INLINE __m512i bx_shifted(__m512i sum, const struct bx_output *o, enum bx_way way, int64_t at) {
  __m512i right = _mm512_loadu_si512(o->right + at);
  if (way == bx_way_shift && o->has_ties) {
    __m512i negative = _mm512_and_si512(_mm512_srai_epi32(sum, 31), _mm512_loadu_si512(o->negative + at));
    __m512i floor = _mm512_srav_epi32(sum, right);
    __m512i isOdd = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_and_si512(floor, _mm512_set1_epi32(1)));
    __m512i odd = _mm512_and_si512(isOdd, _mm512_loadu_si512(o->odd + at));
    sum = _mm512_add_epi32(_mm512_add_epi32(sum, _mm512_loadu_si512(o->add + at)), _mm512_add_epi32(negative, odd));
  }
  return _mm512_srav_epi32(sum, right);
}

/// TensorFlow Lite's double rounding.
BX_INLINE __m512i bx_rounded_twice(__m512i sum, const struct bx_output *o, int64_t at) {
  if (o->has_left) sum = _mm512_sllv_epi32(sum, _mm512_loadu_si512(o->left + at));
  __m512i x = bx_doubling_high(sum, _mm512_loadu_si512(o->multiplier + at));
  // Ties away from zero: half is added, less one for a negative number.
  __m512i less = _mm512_and_si512(_mm512_srai_epi32(x, 31), _mm512_loadu_si512(o->negative + at));
  x = _mm512_add_epi32(x, _mm512_sub_epi32(_mm512_loadu_si512(o->odd + at), less));
  return _mm512_srav_epi32(x, _mm512_loadu_si512(o->right + at));
}

/// A product of 64 bits, rounded once; results beyond 32 bits are cut to their ends, which the clamp cuts further.
BX_INLINE __m512i bx_rounded_once(__m512i sum, const struct bx_output *o, int64_t at) {
  __m512i multiplier = _mm512_loadu_si512(o->multiplier + at);
  __m512i right = _mm512_loadu_si512(o->right + at);
  __m512i evenRight = _mm512_and_si512(right, _mm512_set1_epi64(0xffffffff));
  __m512i oddRight = _mm512_srli_epi64(right, 32);
  // The rounding constants are 64 bits wide: even lanes first, then odd ones.
  __m512i even = _mm512_add_epi64(_mm512_mul_epi32(sum, multiplier), _mm512_loadu_si512(o->round + at));
  __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(sum, 32), _mm512_srli_epi64(multiplier, 32)),
                                 _mm512_loadu_si512(o->round + at + 8));
  even = _mm512_srav_epi64(even, evenRight);
  odd = _mm512_srav_epi64(odd, oddRight);
  __m512i low = _mm512_set1_epi64(INT32_MIN), high = _mm512_set1_epi64(INT32_MAX);
  even = _mm512_min_epi64(_mm512_max_epi64(even, low), high);
  odd = _mm512_min_epi64(_mm512_max_epi64(odd, low), high);
  return _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
}

/// The product with a float64 factor, rounded to float64 and then to an integer, ties away from zero.
BX_INLINE __m256i bx_rounded_float64(__m256i sum, const double *scale) {
  __m512d product = _mm512_mul_pd(_mm512_cvtepi32_pd(sum), _mm512_loadu_pd(scale));
  __m512d whole = _mm512_roundscale_pd(product, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
  // The rest is exact, and a whole number has none.
  __mmask8 isHalf = _mm512_cmp_pd_mask(_mm512_abs_pd(_mm512_sub_pd(product, whole)), _mm512_set1_pd(0.5), _CMP_GE_OQ);
  __m512d one = _mm512_castsi512_pd(_mm512_ternarylogic_epi64(
      _mm512_castpd_si512(product), _mm512_set1_epi64(INT64_MIN), _mm512_castpd_si512(_mm512_set1_pd(1)), 0xEA));
  whole = _mm512_mask_add_pd(whole, isHalf, whole, one);
  whole = _mm512_min_pd(_mm512_max_pd(whole, _mm512_set1_pd(INT32_MIN)), _mm512_set1_pd(INT32_MAX));
  return _mm512_cvttpd_epi32(whole);
}

/// The exact results for sums of which an estimate was too near to a tie; after `period` vectors the tables' entries
/// begin anew.
static __attribute__((noinline, cold)) BX_TARGET void bx_exactly(__m512i *x, int vectors, const struct bx_output *o,
                                                                 int64_t first, int period) {
  for (int j = 0; j < vectors; j++) {
    const int64_t at = first + 16 * (j % period);
    switch (o->kind) {
    case bx_requantize_double: x[j] = bx_rounded_twice(x[j], o, at); break;
    case bx_requantize_single: x[j] = bx_rounded_once(x[j], o, at); break;
    case bx_requantize_float64: {
      __m256i low = bx_rounded_float64(_mm512_castsi512_si256(x[j]), o->scale64 + at);
      __m256i high = bx_rounded_float64(_mm512_extracti64x4_epi64(x[j], 1), o->scale64 + at + 8);
      x[j] = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
      break;
    }
    case bx_requantize_shift:
    case bx_requantize_float32: break;
    }
  }
}

/// The product with a float32 factor, and in `worst` how far it is from an integer, at most.
BX_INLINE __m512i bx_estimated(__m512i sum, const struct bx_output *o, int64_t at, __m512 *worst) {
  __m512 x = _mm512_cvtepi32_ps(sum);
  // The gap between two roundings and one lies away from zero: its sign is the sum's.
  __m512i gap = _mm512_loadu_si512(o->gap + at);
  gap = _mm512_ternarylogic_epi32(_mm512_castps_si512(x), _mm512_set1_epi32(INT32_MIN), gap, 0xEA);
  x = _mm512_fmadd_ps(x, _mm512_loadu_ps(o->scale + at), _mm512_castsi512_ps(gap));
  __m512i nearest = _mm512_cvt_roundps_epi32(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  __m512 rest = _mm512_sub_ps(x, _mm512_cvtepi32_ps(nearest));
  *worst = _mm512_range_ps(*worst, rest, 0xB); // The larger magnitude.
  return nearest;
}

/// `vectors` vectors of sums, less the zero point of products and the clamp; after `period` vectors the tables' entries
/// begin anew.
BX_INLINE void bx_requantized(__m512i *x, int vectors, int period, const struct bx_output *o, enum bx_way way,
                              int64_t at) {
  if (way != bx_way_product) {
    BX_UNROLL for (int j = 0; j < vectors; j++) x[j] = bx_shifted(x[j], o, way, at + 16 * (j % period));
    return;
  }
  __m512i estimate[4];
  __m512 worst = _mm512_setzero_ps();
  BX_UNROLL for (int j = 0; j < vectors; j++) estimate[j] = bx_estimated(x[j], o, at + 16 * (j % period), &worst);
  if (__builtin_expect(_mm512_cmp_ps_mask(worst, _mm512_set1_ps(o->certain), _CMP_GT_OQ) != 0, 0)) {
    // A copy, so that the sums themselves need no place in memory.
    __m512i copy[4];
    BX_UNROLL for (int j = 0; j < vectors; j++) copy[j] = x[j];
    bx_exactly(copy, vectors, o, at, period);
    BX_UNROLL for (int j = 0; j < vectors; j++) x[j] = copy[j];
    return;
  }
  BX_UNROLL for (int j = 0; j < vectors; j++) x[j] = estimate[j];
}

/// Four vectors of sums, narrowed: part l of 128 bits holds the parts l of all four in turn.
BX_INLINE __m512i bx_narrowed(const __m512i *sums, int period, const struct bx_output *o, enum bx_way way, int64_t at) {
  __m512i x[4] = {sums[0], sums[1], sums[2], sums[3]};
  bx_requantized(x, 4, period, o, way, at);
  __m512i ab = _mm512_packs_epi32(x[0], x[1]), cd = _mm512_packs_epi32(x[2], x[3]);
  if (way == bx_way_product) {
    __m512i zero = _mm512_set1_epi32((int32_t)o->zero_points);
    ab = _mm512_adds_epi16(ab, zero);
    cd = _mm512_adds_epi16(cd, zero);
  }
  __m512i bytes = _mm512_packus_epi16(ab, cd);
  if (way == bx_way_floor) return bytes;
  if (way != bx_way_cap) bytes = _mm512_max_epu8(bytes, _mm512_set1_epi32((int32_t)o->lows));
  return _mm512_min_epu8(bytes, _mm512_set1_epi32((int32_t)o->highs));
}

/// Four vectors of one pixel, whose lanes were dealt in turn: 64 bytes in the order of the channels.
BX_INLINE __m512i bx_packed64(const __m512i *sums, const struct bx_output *o, enum bx_way way, int64_t at) {
  return bx_narrowed(sums, 4, o, way, at);
}

/// Two vectors of each of two pixels: 32 bytes of the first, then 32 of the second.
BX_INLINE __m512i bx_packed2x32(const __m512i *sums, const struct bx_output *o, enum bx_way way, int64_t at) {
  return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), bx_narrowed(sums, 2, o, way, at));
}

/// One vector of each of four pixels: 16 bytes of each.
BX_INLINE __m512i bx_packed4x16(const __m512i *sums, const struct bx_output *o, enum bx_way way, int64_t at) {
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15),
                                  bx_narrowed(sums, 1, o, way, at));
}

/// Two vectors of two pixels each, 8 channels a pixel: 8 bytes of each, in the first 32 bytes.
BX_INLINE __m512i bx_packed4x8(const __m512i *sums, const struct bx_output *o, enum bx_way way, int64_t at) {
  const __m512i pairs[4] = {sums[0], sums[1], sums[0], sums[1]};
  return bx_packed4x16(pairs, o, way, at);
}

/// Two vectors: 32 bytes.
BX_INLINE __m256i bx_packed32(const __m512i *sums, const struct bx_output *o, enum bx_way way, int64_t at) {
  __m512i x[2] = {sums[0], sums[1]};
  bx_requantized(x, 2, 2, o, way, at);
  __m512i ab = _mm512_packs_epi32(x[0], x[1]);
  if (way == bx_way_product) ab = _mm512_adds_epi16(ab, _mm512_set1_epi32((int32_t)o->zero_points));
  ab = _mm512_max_epi16(ab, _mm512_setzero_si512());
  __m256i bytes = _mm512_cvtusepi16_epi8(ab);
  if (way == bx_way_floor) return bytes;
  if (way != bx_way_cap) bytes = _mm256_max_epu8(bytes, _mm256_set1_epi32((int32_t)o->lows));
  return _mm256_min_epu8(bytes, _mm256_set1_epi32((int32_t)o->highs));
}

/// One vector: 16 bytes.
BX_INLINE __m128i bx_packed16(__m512i sum, const struct bx_output *o, enum bx_way way, int64_t at) {
  bx_requantized(&sum, 1, 1, o, way, at);
  __m256i words = _mm512_cvtsepi32_epi16(sum);
  if (way == bx_way_product) words = _mm256_adds_epi16(words, _mm256_set1_epi32((int32_t)o->zero_points));
  words = _mm256_max_epi16(words, _mm256_setzero_si256());
  __m128i bytes = _mm256_cvtusepi16_epi8(words);
  if (way == bx_way_floor) return bytes;
  if (way != bx_way_cap) bytes = _mm_max_epu8(bytes, _mm_set1_epi32((int32_t)o->lows));
  return _mm_min_epu8(bytes, _mm_set1_epi32((int32_t)o->highs));
}

// Stores of the first `lanes` bytes. A whole vector takes the plain store, which is faster than a masked one.

BX_INLINE void bx_store64(uint8_t *out, __m512i bytes, int32_t lanes) {
  if (__builtin_expect(lanes >= 64, 1)) _mm512_storeu_si512(out, bytes);
  else _mm512_mask_storeu_epi8(out, ((__mmask64)1 << lanes) - 1, bytes);
}

BX_INLINE void bx_store32(uint8_t *out, __m256i bytes, int32_t lanes) {
  if (__builtin_expect(lanes >= 32, 1)) _mm256_storeu_si256((__m256i *)out, bytes);
  else _mm256_mask_storeu_epi8(out, ((__mmask32)1 << lanes) - 1, bytes);
}

/// The first `lanes` of each 8 bytes.
BX_INLINE void bx_store8x2(uint8_t *first, uint8_t *second, __m128i bytes, int32_t lanes) {
  if (__builtin_expect(lanes >= 8, 1)) {
    _mm_storel_epi64((__m128i *)first, bytes);
    _mm_storeh_pd((double *)second, _mm_castsi128_pd(bytes));
  } else {
    _mm_mask_storeu_epi8(first, (__mmask16)((1u << lanes) - 1), bytes);
    _mm_mask_storeu_epi8(second, (__mmask16)((1u << lanes) - 1), _mm_unpackhi_epi64(bytes, bytes));
  }
}

BX_INLINE void bx_store16(uint8_t *out, __m128i bytes, int32_t lanes) {
  if (__builtin_expect(lanes >= 16, 1)) _mm_storeu_si128((__m128i *)out, bytes);
  else _mm_mask_storeu_epi8(out, (__mmask16)((1u << lanes) - 1), bytes);
}

/// The first `lanes` of each 16 bytes, each to its offset.
BX_INLINE void bx_store16x4(uint8_t *out, const int32_t *offsets, __m512i bytes, int32_t lanes) {
  bx_store16(out + offsets[0], _mm512_castsi512_si128(bytes), lanes);
  bx_store16(out + offsets[1], _mm512_extracti32x4_epi32(bytes, 1), lanes);
  bx_store16(out + offsets[2], _mm512_extracti32x4_epi32(bytes, 2), lanes);
  bx_store16(out + offsets[3], _mm512_extracti32x4_epi32(bytes, 3), lanes);
}

#endif
