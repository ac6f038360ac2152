#ifndef REQUANTIZE_AVX2_H
#define REQUANTIZE_AVX2_H
#include "CKernels.h"
#include <immintrin.h>
#include <string.h>

#define BX_TARGET __attribute__((target("avx2")))
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

/// Eight sums, less the zero point and the clamp; `at` is the first lane's entry in the output's tables.
BX_INLINE __m256i bx_requantized(__m256i sum, const struct bx_output *o, enum bx_requantize kind, int64_t at) {
  __m256i right = bx_load(o->right + at);
  if (kind == bx_requantize_shift) {
    if (o->has_ties) {
      __m256i negative = _mm256_and_si256(_mm256_srai_epi32(sum, 31), bx_load(o->negative + at));
      __m256i floor = _mm256_srav_epi32(sum, right);
      __m256i isOdd = _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_and_si256(floor, _mm256_set1_epi32(1)));
      __m256i odd = _mm256_and_si256(isOdd, bx_load(o->odd + at));
      sum = _mm256_add_epi32(_mm256_add_epi32(sum, bx_load(o->add + at)), _mm256_add_epi32(negative, odd));
    }
    return _mm256_srav_epi32(sum, right);
  }
  __m256i multiplier = bx_load(o->multiplier + at);
  if (kind == bx_requantize_double) {
    if (o->has_left) sum = _mm256_sllv_epi32(sum, bx_load(o->left + at));
    __m256i x = bx_doubling_high(sum, multiplier);
    // Ties away from zero: half is added, less one for a negative number.
    __m256i less = _mm256_and_si256(_mm256_srai_epi32(x, 31), bx_load(o->negative + at));
    x = _mm256_add_epi32(x, _mm256_sub_epi32(bx_load(o->odd + at), less));
    return _mm256_srav_epi32(x, right);
  }
  // The rounding constants are 64 bits wide: even lanes first, then odd ones.
  __m256i even = _mm256_add_epi64(_mm256_mul_epi32(sum, multiplier), bx_load(o->round + at));
  __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(sum, 32), _mm256_srli_epi64(multiplier, 32)),
                                 bx_load(o->round + at + 4));
  even = bx_shifted64(even, _mm256_and_si256(right, _mm256_set1_epi64x(0xffffffff)));
  odd = bx_shifted64(odd, _mm256_srli_epi64(right, 32));
  return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
}

/// Two vectors of sums, requantized, as words; out of reach of a byte they may be cut.
BX_INLINE __m256i bx_words(__m256i a, __m256i b, const struct bx_output *o, enum bx_requantize kind, int64_t at) {
  __m256i ab = _mm256_packs_epi32(bx_requantized(a, o, kind, at), bx_requantized(b, o, kind, at + 8));
  if (kind != bx_requantize_shift) ab = _mm256_adds_epi16(ab, _mm256_set1_epi16((short)o->zero_point));
  return ab;
}

/// Four vectors of sums whose lanes were dealt in turn: 32 bytes in the order of the channels.
BX_INLINE __m256i bx_packed32(const __m256i *sums, const struct bx_output *o, enum bx_requantize kind, int64_t at) {
  __m256i bytes = _mm256_packus_epi16(bx_words(sums[0], sums[1], o, kind, at),
                                      bx_words(sums[2], sums[3], o, kind, at + 16));
  bytes = _mm256_max_epu8(bytes, _mm256_set1_epi8((char)o->low));
  return _mm256_min_epu8(bytes, _mm256_set1_epi8((char)o->high));
}

BX_INLINE __m128i bx_clamped(__m128i bytes, const struct bx_output *o) {
  bytes = _mm_max_epu8(bytes, _mm_set1_epi8((char)o->low));
  return _mm_min_epu8(bytes, _mm_set1_epi8((char)o->high));
}

/// Two vectors: 16 bytes.
BX_INLINE __m128i bx_packed16(__m256i a, __m256i b, const struct bx_output *o, enum bx_requantize kind, int64_t at) {
  __m256i ab = bx_words(a, b, o, kind, at);
  return bx_clamped(_mm_packus_epi16(_mm256_castsi256_si128(ab), _mm256_extracti128_si256(ab, 1)), o);
}

/// One vector: 8 bytes in the lower half.
BX_INLINE __m128i bx_packed8(__m256i a, const struct bx_output *o, enum bx_requantize kind, int64_t at) {
  __m256i words = bx_requantized(a, o, kind, at);
  words = _mm256_packs_epi32(words, words);
  if (kind != bx_requantize_shift) words = _mm256_adds_epi16(words, _mm256_set1_epi16((short)o->zero_point));
  __m128i both = _mm_unpacklo_epi64(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
  return bx_clamped(_mm_packus_epi16(both, both), o);
}

#endif
