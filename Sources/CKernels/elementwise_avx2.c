#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx2.h"

/// Eight bytes of an operand, widened, on the common scale.
BX_INLINE __m256i bx_aligned(__m256i x, const struct bx_operand *o) {
  x = _mm256_sub_epi32(x, _mm256_set1_epi32(o->zero));
  if (o->is_linear) return _mm256_mullo_epi32(x, _mm256_set1_epi32(o->multiplier));
  x = _mm256_sll_epi32(x, _mm_cvtsi32_si128(o->left));
  x = bx_doubling_high(x, _mm256_set1_epi32(o->multiplier));
  if (o->right) {
    __m256i half = _mm256_set1_epi32(1 << (o->right - 1));
    x = _mm256_add_epi32(x, _mm256_add_epi32(half, _mm256_srai_epi32(x, 31)));
    x = _mm256_sra_epi32(x, _mm_cvtsi32_si128(o->right));
  }
  return x;
}

BX_INLINE void bx_add_chunk(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out,
                            enum bx_way way) {
  // Sums stand in the order in which narrowing deals them: part l of vector j holds the bytes 16·l + 4·j.
  const __m256i zero = _mm256_setzero_si256();
  __m256i x = bx_load(a), y = bx_load(b);
  __m256i x0 = _mm256_unpacklo_epi8(x, zero), x1 = _mm256_unpackhi_epi8(x, zero);
  __m256i y0 = _mm256_unpacklo_epi8(y, zero), y1 = _mm256_unpackhi_epi8(y, zero);
  __m256i xs[4] = {_mm256_unpacklo_epi16(x0, zero), _mm256_unpackhi_epi16(x0, zero), _mm256_unpacklo_epi16(x1, zero),
                   _mm256_unpackhi_epi16(x1, zero)};
  __m256i ys[4] = {_mm256_unpacklo_epi16(y0, zero), _mm256_unpackhi_epi16(y0, zero), _mm256_unpacklo_epi16(y1, zero),
                   _mm256_unpackhi_epi16(y1, zero)};
  __m256i sums[4];
  for (int j = 0; j < 4; j++) {
    __m256i sum = _mm256_add_epi32(bx_aligned(xs[j], &d->a), bx_aligned(ys[j], &d->b));
    sums[j] = _mm256_add_epi32(sum, _mm256_set1_epi32(d->add));
  }
  _mm256_storeu_si256((__m256i *)out, bx_packed32(sums, &d->output, way, 0));
}

#define BX_ADD(NAME, WAY)                                                                                             \
  static BX_TARGET void NAME(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out,            \
                             int64_t count) {                                                                          \
    int64_t i = 0;                                                                                                     \
    for (; i + 32 <= count; i += 32) bx_add_chunk(d, a + i, b + i, out + i, WAY);                                      \
    if (i < count) {                                                                                                   \
      uint8_t rest[3][32] = {{0}};                                                                                     \
      memcpy(rest[0], a + i, (size_t)(count - i));                                                                     \
      memcpy(rest[1], b + i, (size_t)(count - i));                                                                     \
      bx_add_chunk(d, rest[0], rest[1], rest[2], WAY);                                                                 \
      memcpy(out + i, rest[2], (size_t)(count - i));                                                                   \
    }                                                                                                                  \
  }
BX_ADD(bx_add_shift, bx_way_shift)
BX_ADD(bx_add_product, bx_way_product)

void bx_add_avx2(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out, int64_t count) {
  (d->output.kind == bx_requantize_shift ? bx_add_shift : bx_add_product)(d, a, b, out, count);
}

#endif
