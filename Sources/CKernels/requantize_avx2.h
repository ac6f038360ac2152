#ifndef REQUANTIZE_AVX2_H
#define REQUANTIZE_AVX2_H
#include "CKernels.h"
#include <immintrin.h>
#include <string.h>

#define BX_TARGET __attribute__((target("avx2,fma")))
#define BX_INLINE static inline __attribute__((always_inline)) BX_TARGET
#define BX_UNROLL _Pragma("clang loop unroll(full)")

BX_INLINE __m256i bx_load(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }

/// Each lane's product with the multiplier's, divided by 2^31, ties toward positive: TensorFlow Lite's SRDHM for
/// multipliers of zero or more, which cannot overflow.
BX_INLINE __m256i bx_doubling_high(__m256i x, __m256i multiplier) {
  const __m256i nudge = _mm256_set1_epi64x(1 << 30);
  __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, multiplier), nudge);
  __m256i odd =
      _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(multiplier, 32)), nudge);
  return _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xAA);
}

/// Four products, with half of 2^right added, divided by 2^right and cut to 32 bits.
///
/// There is no arithmetic shift of 64 bits, so the product is moved up by 2^63, shifted as an unsigned number, and moved
/// down by as much as 2^63 has become. A product is below 2^62 and half of 2^right at most 2^61: nothing overflows.
BX_INLINE __m256i bx_shifted64(__m256i rounded, __m256i right) {
  const __m256i top = _mm256_set1_epi64x(INT64_MIN), low = _mm256_set1_epi64x(INT32_MIN),
                high = _mm256_set1_epi64x(INT32_MAX);
  __m256i x = _mm256_xor_si256(rounded, top);
  x = _mm256_sub_epi64(_mm256_srlv_epi64(x, right), _mm256_srlv_epi64(top, right));
  // Results beyond 32 bits are cut to their ends, which the clamp cuts further.
  x = _mm256_blendv_epi8(x, low, _mm256_cmpgt_epi64(low, x));
  return _mm256_blendv_epi8(x, high, _mm256_cmpgt_epi64(x, high));
}

/// Eight sums, shifted; `at` is the first lane's entry in the output's tables.
BX_INLINE __m256i bx_shifted(__m256i sum, const struct bx_output *o, int64_t at) {
  __m256i right = bx_load(o->right + at);
  if (o->has_ties) {
    __m256i negative = _mm256_and_si256(_mm256_srai_epi32(sum, 31), bx_load(o->negative + at));
    __m256i floor = _mm256_srav_epi32(sum, right);
    __m256i isOdd = _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_and_si256(floor, _mm256_set1_epi32(1)));
    __m256i odd = _mm256_and_si256(isOdd, bx_load(o->odd + at));
    sum = _mm256_add_epi32(_mm256_add_epi32(sum, bx_load(o->add + at)), _mm256_add_epi32(negative, odd));
  }
  return _mm256_srav_epi32(sum, right);
}

/// TensorFlow Lite's double rounding.
BX_INLINE __m256i bx_rounded_twice(__m256i sum, const struct bx_output *o, int64_t at) {
  if (o->has_left) sum = _mm256_sllv_epi32(sum, bx_load(o->left + at));
  __m256i x = bx_doubling_high(sum, bx_load(o->multiplier + at));
  // Ties away from zero: half is added, less one for a negative number.
  __m256i less = _mm256_and_si256(_mm256_srai_epi32(x, 31), bx_load(o->negative + at));
  x = _mm256_add_epi32(x, _mm256_sub_epi32(bx_load(o->odd + at), less));
  return _mm256_srav_epi32(x, bx_load(o->right + at));
}

/// A product of 64 bits, rounded once.
BX_INLINE __m256i bx_rounded_once(__m256i sum, const struct bx_output *o, int64_t at) {
  __m256i multiplier = bx_load(o->multiplier + at), right = bx_load(o->right + at);
  // The rounding constants are 64 bits wide: even lanes first, then odd ones.
  __m256i even = _mm256_add_epi64(_mm256_mul_epi32(sum, multiplier), bx_load(o->round + at));
  __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(sum, 32), _mm256_srli_epi64(multiplier, 32)),
                                 bx_load(o->round + at + 4));
  even = bx_shifted64(even, _mm256_and_si256(right, _mm256_set1_epi64x(0xffffffff)));
  odd = bx_shifted64(odd, _mm256_srli_epi64(right, 32));
  return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}

/// The product with a float64 factor, rounded to float64 and then to an integer, ties away from zero.
BX_INLINE __m128i bx_rounded_float64(__m128i sum, const double *scale) {
  const __m256d sign = _mm256_set1_pd(-0.0);
  __m256d product = _mm256_mul_pd(_mm256_cvtepi32_pd(sum), _mm256_loadu_pd(scale));
  __m256d whole = _mm256_round_pd(product, _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
  // The rest is exact, and a whole number has none.
  __m256d rest = _mm256_andnot_pd(sign, _mm256_sub_pd(product, whole));
  __m256d one = _mm256_or_pd(_mm256_and_pd(product, sign), _mm256_set1_pd(1));
  whole = _mm256_add_pd(whole, _mm256_and_pd(_mm256_cmp_pd(rest, _mm256_set1_pd(0.5), _CMP_GE_OQ), one));
  whole = _mm256_min_pd(_mm256_max_pd(whole, _mm256_set1_pd(INT32_MIN)), _mm256_set1_pd(INT32_MAX));
  return _mm256_cvttpd_epi32(whole);
}

/// The exact results for sums of which an estimate was too near to a tie.
static __attribute__((noinline, cold)) BX_TARGET void bx_exactly(__m256i *x, int vectors, const struct bx_output *o,
                                                                 int64_t at) {
  for (int j = 0; j < vectors; j++, at += 8) {
    switch (o->kind) {
    case bx_requantize_double: x[j] = bx_rounded_twice(x[j], o, at); break;
    case bx_requantize_single: x[j] = bx_rounded_once(x[j], o, at); break;
    case bx_requantize_float64:
      x[j] = _mm256_set_m128i(bx_rounded_float64(_mm256_extracti128_si256(x[j], 1), o->scale64 + at + 4),
                              bx_rounded_float64(_mm256_castsi256_si128(x[j]), o->scale64 + at));
      break;
    case bx_requantize_shift:
    case bx_requantize_float32: break;
    }
  }
}

/// The product with a float32 factor, and in `worst` how far it is from an integer, at most.
BX_INLINE __m256i bx_estimated(__m256i sum, const struct bx_output *o, int64_t at, __m256 *worst) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  __m256 x = _mm256_cvtepi32_ps(sum);
  // The gap between two roundings and one lies away from zero: its sign is the sum's.
  __m256 gap = _mm256_or_ps(_mm256_and_ps(x, sign), _mm256_loadu_ps(o->gap + at));
  x = _mm256_fmadd_ps(x, _mm256_loadu_ps(o->scale + at), gap);
  __m256 nearest = _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  *worst = _mm256_max_ps(*worst, _mm256_andnot_ps(sign, _mm256_sub_ps(x, nearest)));
  return _mm256_cvttps_epi32(nearest);
}

/// How a kernel is compiled: for shifts, or for all forms that multiply, whose results are estimated first.
enum bx_way { bx_way_shift, bx_way_product };

/// `vectors` vectors of sums, less the zero point of products and the clamp.
BX_INLINE void bx_requantized(__m256i *x, int vectors, const struct bx_output *o, enum bx_way way, int64_t at) {
  if (way == bx_way_shift) {
    BX_UNROLL for (int j = 0; j < vectors; j++) x[j] = bx_shifted(x[j], o, at + 8 * j);
    return;
  }
  __m256i estimate[4];
  __m256 worst = _mm256_setzero_ps();
  BX_UNROLL for (int j = 0; j < vectors; j++) estimate[j] = bx_estimated(x[j], o, at + 8 * j, &worst);
  if (__builtin_expect(_mm256_movemask_ps(_mm256_cmp_ps(worst, _mm256_set1_ps(o->certain), _CMP_GT_OQ)) != 0, 0)) {
    bx_exactly(x, vectors, o, at);
    return;
  }
  BX_UNROLL for (int j = 0; j < vectors; j++) x[j] = estimate[j];
}

/// Two vectors of results as words, with the zero point of products.
BX_INLINE __m256i bx_words(__m256i a, __m256i b, const struct bx_output *o, enum bx_way way) {
  __m256i ab = _mm256_packs_epi32(a, b);
  return way == bx_way_shift ? ab : _mm256_adds_epi16(ab, _mm256_set1_epi16((short)o->zero_point));
}

BX_INLINE __m128i bx_clamped(__m128i bytes, const struct bx_output *o) {
  bytes = _mm_max_epu8(bytes, _mm_set1_epi8((char)o->low));
  return _mm_min_epu8(bytes, _mm_set1_epi8((char)o->high));
}

/// Four vectors of sums whose lanes were dealt in turn: 32 bytes in the order of the channels.
BX_INLINE __m256i bx_packed32(const __m256i *sums, const struct bx_output *o, enum bx_way way, int64_t at) {
  __m256i x[4] = {sums[0], sums[1], sums[2], sums[3]};
  bx_requantized(x, 4, o, way, at);
  __m256i bytes = _mm256_packus_epi16(bx_words(x[0], x[1], o, way), bx_words(x[2], x[3], o, way));
  bytes = _mm256_max_epu8(bytes, _mm256_set1_epi8((char)o->low));
  return _mm256_min_epu8(bytes, _mm256_set1_epi8((char)o->high));
}

/// Two vectors: 16 bytes.
BX_INLINE __m128i bx_packed16(const __m256i *sums, const struct bx_output *o, enum bx_way way, int64_t at) {
  __m256i x[2] = {sums[0], sums[1]};
  bx_requantized(x, 2, o, way, at);
  __m256i words = bx_words(x[0], x[1], o, way);
  return bx_clamped(_mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)), o);
}

/// One vector: 8 bytes in the lower half.
BX_INLINE __m128i bx_packed8(__m256i sum, const struct bx_output *o, enum bx_way way, int64_t at) {
  bx_requantized(&sum, 1, o, way, at);
  __m256i words = bx_words(sum, sum, o, way);
  __m128i both = _mm_unpacklo_epi64(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  return bx_clamped(_mm_packus_epi16(both, both), o);
}

#endif
