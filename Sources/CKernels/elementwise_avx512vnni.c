#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"

/// Sixteen bytes of an operand, widened, on the common scale.
BX_INLINE __m512i bx_aligned(__m512i x, const struct bx_operand *o) {
  x = _mm512_sub_epi32(x, _mm512_set1_epi32(o->zero));
  if (o->is_linear) return _mm512_mullo_epi32(x, _mm512_set1_epi32(o->multiplier));
  if (o->left >= 9 && o->left <= 22) {
    // (x·2^left·m + 2^30) >> 31 is (x·m + half) >> part with part = 31 − left; with m = high·2^part + low neither
    // product leaves 32 bits, since |x| is below 2^9.
    const int part = 31 - o->left;
    __m512i low = _mm512_mullo_epi32(x, _mm512_set1_epi32(o->multiplier & ((1 << part) - 1)));
    low = _mm512_add_epi32(low, _mm512_set1_epi32(1 << (part - 1)));
    x = _mm512_mullo_epi32(x, _mm512_set1_epi32(o->multiplier >> part));
    x = _mm512_add_epi32(x, _mm512_sra_epi32(low, _mm_cvtsi32_si128(part)));
  } else {
    x = _mm512_sll_epi32(x, _mm_cvtsi32_si128(o->left));
    x = bx_doubling_high(x, _mm512_set1_epi32(o->multiplier));
  }
  if (o->right) {
    __m512i half = _mm512_set1_epi32(1 << (o->right - 1));
    x = _mm512_add_epi32(x, _mm512_add_epi32(half, _mm512_srai_epi32(x, 31)));
    x = _mm512_sra_epi32(x, _mm_cvtsi32_si128(o->right));
  }
  return x;
}

BX_INLINE void bx_add_chunk(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out,
                            __mmask64 mask, enum bx_way way) {
  __m512i sums[4];
  __m512i x = _mm512_maskz_loadu_epi8(mask, a), y = _mm512_maskz_loadu_epi8(mask, b);
  // Sums stand in the order in which narrowing deals them: part l of vector j holds the bytes 16·l + 4·j.
  const __m512i zero = _mm512_setzero_si512();
  __m512i x0 = _mm512_unpacklo_epi8(x, zero), x1 = _mm512_unpackhi_epi8(x, zero);
  __m512i y0 = _mm512_unpacklo_epi8(y, zero), y1 = _mm512_unpackhi_epi8(y, zero);
  __m512i xs[4] = {_mm512_unpacklo_epi16(x0, zero), _mm512_unpackhi_epi16(x0, zero), _mm512_unpacklo_epi16(x1, zero),
                   _mm512_unpackhi_epi16(x1, zero)};
  __m512i ys[4] = {_mm512_unpacklo_epi16(y0, zero), _mm512_unpackhi_epi16(y0, zero), _mm512_unpacklo_epi16(y1, zero),
                   _mm512_unpackhi_epi16(y1, zero)};
  for (int j = 0; j < 4; j++) {
    __m512i sum = _mm512_add_epi32(bx_aligned(xs[j], &d->a), bx_aligned(ys[j], &d->b));
    sums[j] = _mm512_add_epi32(sum, _mm512_set1_epi32(d->add));
  }
  __m512i bytes = bx_packed64(sums, &d->output, way, 0);
  _mm512_mask_storeu_epi8(out, mask, bytes);
}

#define BX_ADD(NAME, WAY)                                                                                              \
  static BX_TARGET void NAME(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out,            \
                             int64_t count) {                                                                          \
    for (int64_t i = 0; i < count; i += 64) {                                                                          \
      __mmask64 mask = count - i >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << (count - i)) - 1;                            \
      bx_add_chunk(d, a + i, b + i, out + i, mask, WAY);                                                               \
    }                                                                                                                  \
  }
BX_ADD(bx_add_shift, bx_way_shift)
BX_ADD(bx_add_product, bx_way_product)

void bx_add_avx512vnni(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out, int64_t count) {
  (d->output.kind == bx_requantize_shift ? bx_add_shift : bx_add_product)(d, a, b, out, count);
}

#endif
