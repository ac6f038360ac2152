#ifndef REQUANTIZE_AVX512_H
#define REQUANTIZE_AVX512_H
#include "CKernels.h"
#include <immintrin.h>

#define BX_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define BX_INLINE static inline __attribute__((always_inline)) BX_TARGET

/// Each lane's product with the multiplier's, divided by 2^31, ties toward positive: TensorFlow Lite's SRDHM for
/// multipliers of zero or more, which cannot overflow.
BX_INLINE __m512i bx_doubling_high(__m512i x, __m512i multiplier) {
  const __m512i nudge = _mm512_set1_epi64(1 << 30);
  __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, multiplier), nudge);
  __m512i odd =
      _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(multiplier, 32)), nudge);
  return _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
}

/// Sixteen sums, less the zero point and the clamp; `at` is the first lane's entry in the output's tables.
BX_INLINE __m512i bx_requantized(__m512i sum, const struct bx_output *o, enum bx_requantize kind, int64_t at) {
  if (kind == bx_requantize_shift) {
    __m512i right = _mm512_loadu_si512(o->right + at);
    if (o->has_ties) {
      __m512i negative = _mm512_and_si512(_mm512_srai_epi32(sum, 31), _mm512_loadu_si512(o->negative + at));
      __m512i floor = _mm512_srav_epi32(sum, right);
      __m512i isOdd = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_and_si512(floor, _mm512_set1_epi32(1)));
      __m512i odd = _mm512_and_si512(isOdd, _mm512_loadu_si512(o->odd + at));
      sum = _mm512_add_epi32(_mm512_add_epi32(sum, _mm512_loadu_si512(o->add + at)), _mm512_add_epi32(negative, odd));
    }
    return _mm512_srav_epi32(sum, right);
  }
  __m512i multiplier = _mm512_loadu_si512(o->multiplier + at);
  if (kind == bx_requantize_double) {
    if (o->has_left) sum = _mm512_sllv_epi32(sum, _mm512_loadu_si512(o->left + at));
    __m512i x = bx_doubling_high(sum, multiplier);
    // Ties away from zero: half is added, less one for a negative number.
    __m512i less = _mm512_and_si512(_mm512_srai_epi32(x, 31), _mm512_loadu_si512(o->negative + at));
    x = _mm512_add_epi32(x, _mm512_sub_epi32(_mm512_loadu_si512(o->odd + at), less));
    return _mm512_srav_epi32(x, _mm512_loadu_si512(o->right + at));
  }
  __m512i right = _mm512_loadu_si512(o->right + at);
  __m512i evenRight = _mm512_and_si512(right, _mm512_set1_epi64(0xffffffff));
  __m512i oddRight = _mm512_srli_epi64(right, 32);
  // The rounding constants are 64 bits wide: even lanes first, then odd ones.
  __m512i even = _mm512_add_epi64(_mm512_mul_epi32(sum, multiplier), _mm512_loadu_si512(o->round + at));
  __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(sum, 32), _mm512_srli_epi64(multiplier, 32)),
                                 _mm512_loadu_si512(o->round + at + 8));
  even = _mm512_srav_epi64(even, evenRight);
  odd = _mm512_srav_epi64(odd, oddRight);
  // Results beyond 32 bits are cut to their ends, which the clamp cuts further.
  __m512i low = _mm512_set1_epi64(INT32_MIN), high = _mm512_set1_epi64(INT32_MAX);
  even = _mm512_min_epi64(_mm512_max_epi64(even, low), high);
  odd = _mm512_min_epi64(_mm512_max_epi64(odd, low), high);
  return _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
}

/// Four vectors of sums whose lanes were dealt in turn: 64 bytes in the order of the channels.
BX_INLINE __m512i bx_packed64(__m512i a, __m512i b, __m512i c, __m512i d, const struct bx_output *o,
                              enum bx_requantize kind, int64_t at) {
  a = bx_requantized(a, o, kind, at);
  b = bx_requantized(b, o, kind, at + 16);
  c = bx_requantized(c, o, kind, at + 32);
  d = bx_requantized(d, o, kind, at + 48);
  __m512i ab = _mm512_packs_epi32(a, b), cd = _mm512_packs_epi32(c, d);
  if (kind != bx_requantize_shift) {
    __m512i zero = _mm512_set1_epi16((short)o->zero_point);
    ab = _mm512_adds_epi16(ab, zero);
    cd = _mm512_adds_epi16(cd, zero);
  }
  __m512i bytes = _mm512_packus_epi16(ab, cd);
  bytes = _mm512_max_epu8(bytes, _mm512_set1_epi8((char)o->low));
  return _mm512_min_epu8(bytes, _mm512_set1_epi8((char)o->high));
}

/// Two vectors: 32 bytes.
BX_INLINE __m256i bx_packed32(__m512i a, __m512i b, const struct bx_output *o, enum bx_requantize kind, int64_t at) {
  a = bx_requantized(a, o, kind, at);
  b = bx_requantized(b, o, kind, at + 16);
  __m512i ab = _mm512_packs_epi32(a, b);
  if (kind != bx_requantize_shift) ab = _mm512_adds_epi16(ab, _mm512_set1_epi16((short)o->zero_point));
  ab = _mm512_max_epi16(ab, _mm512_setzero_si512());
  __m256i bytes = _mm512_cvtusepi16_epi8(ab);
  bytes = _mm256_max_epu8(bytes, _mm256_set1_epi8((char)o->low));
  return _mm256_min_epu8(bytes, _mm256_set1_epi8((char)o->high));
}

/// One vector: 16 bytes.
BX_INLINE __m128i bx_packed16(__m512i a, const struct bx_output *o, enum bx_requantize kind, int64_t at) {
  a = bx_requantized(a, o, kind, at);
  __m256i words = _mm512_cvtsepi32_epi16(a);
  if (kind != bx_requantize_shift) words = _mm256_adds_epi16(words, _mm256_set1_epi16((short)o->zero_point));
  words = _mm256_max_epi16(words, _mm256_setzero_si256());
  __m128i bytes = _mm256_cvtusepi16_epi8(words);
  bytes = _mm_max_epu8(bytes, _mm_set1_epi8((char)o->low));
  return _mm_min_epu8(bytes, _mm_set1_epi8((char)o->high));
}

#endif
