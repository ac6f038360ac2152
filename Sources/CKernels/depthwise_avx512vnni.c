#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"

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

BX_INLINE void bx_depthwise_pixel(const struct bx_depthwise *d, const uint8_t *x, const int8_t *weights, int64_t at,
                                  uint8_t *out, __mmask64 mask, enum bx_requantize kind, int taps) {
  __m512i acc[4], sum[4];
  const bool sums = d->sum_factor != 0;
  const __m512i ones = _mm512_set1_epi8(1), zero = _mm512_setzero_si512();
  for (int j = 0; j < 4; j++) {
    acc[j] = _mm512_loadu_si512(d->bias + at + 16 * j);
    sum[j] = zero;
  }
  for (int t = 0; t < taps; t += 4) {
    __m512i a = _mm512_loadu_si512(x + d->tap_offsets[t]);
    __m512i b = t + 1 < taps ? _mm512_loadu_si512(x + d->tap_offsets[t + 1]) : zero;
    __m512i c = t + 2 < taps ? _mm512_loadu_si512(x + d->tap_offsets[t + 2]) : zero;
    __m512i e = t + 3 < taps ? _mm512_loadu_si512(x + d->tap_offsets[t + 3]) : zero;
    struct bx_dealt dealt = bx_deal(a, b, c, e);
    for (int j = 0; j < 4; j++) {
      acc[j] = _mm512_dpbusd_epi32(acc[j], dealt.v[j], _mm512_loadu_si512(weights + 64 * j));
      if (sums) sum[j] = _mm512_dpbusd_epi32(sum[j], dealt.v[j], ones);
    }
    weights += 256;
  }
  if (sums) {
    __m512i factor = _mm512_set1_epi32(d->sum_factor);
    for (int j = 0; j < 4; j++) acc[j] = _mm512_add_epi32(acc[j], _mm512_mullo_epi32(sum[j], factor));
  }
  __m512i bytes = bx_packed64(acc[0], acc[1], acc[2], acc[3], &d->output, kind, at);
  _mm512_mask_storeu_epi8(out, mask, bytes);
}

#define BX_DEPTHWISE(NAME, KIND, TAPS)                                                                                 \
  static BX_TARGET void NAME(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,  \
                             const int32_t *out_offsets, int32_t first, int32_t last) {                                \
    const int64_t panel = (int64_t)64 * ((TAPS + 3) / 4 * 4);                                                          \
    for (int32_t p = first; p < last; p++) {                                                                           \
      const uint8_t *x = in + in_offsets[p];                                                                           \
      uint8_t *y = out + out_offsets[p];                                                                               \
      const int8_t *weights = d->weights;                                                                              \
      for (int32_t at = 0; at < d->channels; at += 64, weights += panel) {                                             \
        int32_t lanes = d->channels - at;                                                                              \
        __mmask64 mask = lanes >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << lanes) - 1;                                    \
        bx_depthwise_pixel(d, x + at, weights, at, y + at, mask, KIND, TAPS);                                          \
      }                                                                                                                \
    }                                                                                                                  \
  }
BX_DEPTHWISE(bx_depthwise_shift_9, bx_requantize_shift, 9)
BX_DEPTHWISE(bx_depthwise_double_9, bx_requantize_double, 9)
BX_DEPTHWISE(bx_depthwise_single_9, bx_requantize_single, 9)
BX_DEPTHWISE(bx_depthwise_shift_n, bx_requantize_shift, d->taps)
BX_DEPTHWISE(bx_depthwise_double_n, bx_requantize_double, d->taps)
BX_DEPTHWISE(bx_depthwise_single_n, bx_requantize_single, d->taps)

void bx_depthwise_avx512vnni(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,
                             const int32_t *out_offsets, int32_t first, int32_t last) {
  const bool nine = d->taps == 9;
  switch (d->output.kind) {
  case bx_requantize_shift:
    (nine ? bx_depthwise_shift_9 : bx_depthwise_shift_n)(d, in, in_offsets, out, out_offsets, first, last);
    break;
  case bx_requantize_double:
    (nine ? bx_depthwise_double_9 : bx_depthwise_double_n)(d, in, in_offsets, out, out_offsets, first, last);
    break;
  case bx_requantize_single:
    (nine ? bx_depthwise_single_9 : bx_depthwise_single_n)(d, in, in_offsets, out, out_offsets, first, last);
    break;
  }
}

#endif
