#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx2.h"

// Two taps at a time are dealt so that each 32-bit lane holds the 16-bit activations of one channel, which VPMADDWD
// multiplies with two weights. Weights of 16 bits need no offset, so `sum_factor` is always zero.

/// 32 channels of one pixel.
BX_INLINE void bx_depthwise_pixel(const struct bx_depthwise *d, const uint8_t *x, const int16_t *weights, int64_t at,
                                  uint8_t *out, int32_t lanes, enum bx_way way, int taps) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i acc[4];
  for (int j = 0; j < 4; j++) acc[j] = bx_load(d->bias + at + 8 * j);
  for (int t = 0; t < taps; t += 2) {
    __m256i a = bx_load(x + d->tap_offsets[t]);
    __m256i b = t + 1 < taps ? bx_load(x + d->tap_offsets[t + 1]) : zero;
    __m256i low = _mm256_unpacklo_epi8(a, b), high = _mm256_unpackhi_epi8(a, b);
    __m256i v[4] = {_mm256_unpacklo_epi8(low, zero), _mm256_unpackhi_epi8(low, zero), _mm256_unpacklo_epi8(high, zero),
                    _mm256_unpackhi_epi8(high, zero)};
    for (int j = 0; j < 4; j++)
      acc[j] = _mm256_add_epi32(acc[j], _mm256_madd_epi16(v[j], bx_load(weights + 16 * j)));
    weights += 64;
  }
  __m256i bytes = bx_packed32(acc, &d->output, way, at);
  if (lanes >= 32) {
    _mm256_storeu_si256((__m256i *)out, bytes);
  } else {
    uint8_t all[32];
    _mm256_storeu_si256((__m256i *)all, bytes);
    memcpy(out, all, (size_t)lanes);
  }
}

#define BX_DEPTHWISE(NAME, WAY, TAPS)                                                                                 \
  static BX_TARGET void NAME(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,  \
                             const int32_t *out_offsets, int32_t first, int32_t last) {                                \
    const int64_t panel = (int64_t)32 * ((TAPS + 1) / 2 * 2);                                                          \
    for (int32_t p = first; p < last; p++) {                                                                           \
      const uint8_t *x = in + in_offsets[p];                                                                           \
      uint8_t *y = out + out_offsets[p];                                                                               \
      const int16_t *weights = d->weights;                                                                             \
      for (int32_t at = 0; at < d->channels; at += 32, weights += panel)                                               \
        bx_depthwise_pixel(d, x + at, weights, at, y + at, d->channels - at, WAY, TAPS);                              \
    }                                                                                                                  \
  }
BX_DEPTHWISE(bx_depthwise_shift_9, bx_way_shift, 9)
BX_DEPTHWISE(bx_depthwise_product_9, bx_way_product, 9)
BX_DEPTHWISE(bx_depthwise_shift_n, bx_way_shift, d->taps)
BX_DEPTHWISE(bx_depthwise_product_n, bx_way_product, d->taps)

void bx_depthwise_avx2(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,
                       const int32_t *out_offsets, int32_t first, int32_t last) {
  const bool nine = d->taps == 9;
  if (d->output.kind == bx_requantize_shift)
    (nine ? bx_depthwise_shift_9 : bx_depthwise_shift_n)(d, in, in_offsets, out, out_offsets, first, last);
  else (nine ? bx_depthwise_product_9 : bx_depthwise_product_n)(d, in, in_offsets, out, out_offsets, first, last);
}

#endif
