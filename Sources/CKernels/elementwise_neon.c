#include "CKernels.h"
#if defined(__aarch64__) && !defined(__ARM_BIG_ENDIAN)
#include "requantize_neon.h"

/// Four bytes of an operand, widened, on the common scale.
BX_INLINE int32x4_t bx_aligned(int32x4_t x, const struct bx_operand *o) {
  x = vsubq_s32(x, vdupq_n_s32(o->zero));
  if (o->is_linear) return vmulq_s32(x, vdupq_n_s32(o->multiplier));
  x = vqrdmulhq_s32(vshlq_s32(x, vdupq_n_s32(o->left)), vdupq_n_s32(o->multiplier));
  if (o->right) {
    x = vaddq_s32(x, vaddq_s32(vdupq_n_s32(1 << (o->right - 1)), vshrq_n_s32(x, 31)));
    x = vshlq_s32(x, vdupq_n_s32(-o->right));
  }
  return x;
}

/// Sixteen bytes as four vectors.
BX_INLINE int32x4x4_t bx_widened(const uint8_t *p) {
  uint8x16_t bytes = vld1q_u8(p);
  uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_high_u8(bytes);
  int32x4x4_t r = {{vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low))), vreinterpretq_s32_u32(vmovl_high_u16(low)),
                    vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high))),
                    vreinterpretq_s32_u32(vmovl_high_u16(high))}};
  return r;
}

BX_INLINE void bx_add_chunk(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out,
                            enum bx_way way) {
  int32x4x4_t x = bx_widened(a), y = bx_widened(b);
  int32x4_t sums[4];
  BX_UNROLL for (int j = 0; j < 4; j++)
    sums[j] = vaddq_s32(vaddq_s32(bx_aligned(x.val[j], &d->a), bx_aligned(y.val[j], &d->b)), vdupq_n_s32(d->add));
  vst1q_u8(out, bx_packed16(sums, &d->output, way, 0));
}

#define BX_ADD(NAME, WAY)                                                                                             \
  static BX_TARGET void NAME(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out,            \
                             int64_t count) {                                                                          \
    int64_t i = 0;                                                                                                     \
    for (; i + 16 <= count; i += 16) bx_add_chunk(d, a + i, b + i, out + i, WAY);                                      \
    if (i < count) {                                                                                                   \
      uint8_t rest[3][16] = {{0}};                                                                                     \
      memcpy(rest[0], a + i, (size_t)(count - i));                                                                     \
      memcpy(rest[1], b + i, (size_t)(count - i));                                                                     \
      bx_add_chunk(d, rest[0], rest[1], rest[2], WAY);                                                                 \
      memcpy(out + i, rest[2], (size_t)(count - i));                                                                   \
    }                                                                                                                  \
  }
BX_ADD(bx_add_shift, bx_way_shift)
BX_ADD(bx_add_double, bx_way_double)
BX_ADD(bx_add_product, bx_way_product)

void bx_add_neon(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out, int64_t count) {
  switch (d->output.kind) {
  case bx_requantize_shift: bx_add_shift(d, a, b, out, count); break;
  case bx_requantize_double: bx_add_double(d, a, b, out, count); break;
  default: bx_add_product(d, a, b, out, count);
  }
}

#endif
