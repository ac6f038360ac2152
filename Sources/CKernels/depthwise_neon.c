#include "CKernels.h"
#if defined(__aarch64__) && !defined(__ARM_BIG_ENDIAN)
#include "requantize_neon.h"

// Activations and weights of 16 bits, one tap after another: they lie in the order of the channels, so that nothing has
// to be dealt. Weights of 16 bits need no offset, so `sum_factor` is always zero.

/// 16 channels of one pixel.
BX_INLINE void bx_depthwise_pixel(const struct bx_depthwise *d, const uint8_t *x, const int16_t *weights, int64_t at,
                                  uint8_t *out, int32_t lanes, enum bx_way way, int taps) {
  int32x4_t acc[4];
  BX_UNROLL for (int j = 0; j < 4; j++) acc[j] = vld1q_s32(d->bias + at + 4 * j);
  for (int t = 0; t < taps; t++) {
    uint8x16_t bytes = vld1q_u8(x + d->tap_offsets[t]);
    int16x8_t low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes)));
    int16x8_t high = vreinterpretq_s16_u16(vmovl_high_u8(bytes));
    int16x8_t w0 = vld1q_s16(weights), w1 = vld1q_s16(weights + 8);
    acc[0] = vmlal_s16(acc[0], vget_low_s16(low), vget_low_s16(w0));
    acc[1] = vmlal_high_s16(acc[1], low, w0);
    acc[2] = vmlal_s16(acc[2], vget_low_s16(high), vget_low_s16(w1));
    acc[3] = vmlal_high_s16(acc[3], high, w1);
    weights += 16;
  }
  uint8x16_t bytes = bx_packed16(acc, &d->output, way, at);
  if (lanes >= 16) {
    vst1q_u8(out, bytes);
  } else {
    uint8_t all[16];
    vst1q_u8(all, bytes);
    memcpy(out, all, (size_t)lanes);
  }
}

#define BX_DEPTHWISE(NAME, WAY, TAPS)                                                                                 \
  static BX_TARGET void NAME(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,  \
                             const int32_t *out_offsets, int32_t first, int32_t last) {                                \
    for (int32_t p = first; p < last; p++) {                                                                           \
      const uint8_t *x = in + in_offsets[p];                                                                           \
      uint8_t *y = out + out_offsets[p];                                                                               \
      const int16_t *weights = d->weights;                                                                             \
      for (int32_t at = 0; at < d->channels; at += 16, weights += 16 * TAPS)                                           \
        bx_depthwise_pixel(d, x + at, weights, at, y + at, d->channels - at, WAY, TAPS);                              \
    }                                                                                                                  \
  }
BX_DEPTHWISE(bx_depthwise_shift_9, bx_way_shift, 9)
BX_DEPTHWISE(bx_depthwise_double_9, bx_way_double, 9)
BX_DEPTHWISE(bx_depthwise_product_9, bx_way_product, 9)
BX_DEPTHWISE(bx_depthwise_shift_n, bx_way_shift, d->taps)
BX_DEPTHWISE(bx_depthwise_double_n, bx_way_double, d->taps)
BX_DEPTHWISE(bx_depthwise_product_n, bx_way_product, d->taps)

void bx_depthwise_neon(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,
                       const int32_t *out_offsets, int32_t first, int32_t last) {
  const bool nine = d->taps == 9;
  switch (d->output.kind) {
  case bx_requantize_shift:
    (nine ? bx_depthwise_shift_9 : bx_depthwise_shift_n)(d, in, in_offsets, out, out_offsets, first, last);
    break;
  case bx_requantize_double:
    (nine ? bx_depthwise_double_9 : bx_depthwise_double_n)(d, in, in_offsets, out, out_offsets, first, last);
    break;
  default: (nine ? bx_depthwise_product_9 : bx_depthwise_product_n)(d, in, in_offsets, out, out_offsets, first, last);
  }
}

#endif
