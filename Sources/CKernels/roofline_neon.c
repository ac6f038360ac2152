#include "CKernels.h"
#if defined(__aarch64__) && !defined(__ARM_BIG_ENDIAN)
#include "requantize_neon.h"

BX_TARGET int64_t bx_roofline_neon(int64_t rounds) {
  int32x4_t sums[16];
  int8x16_t u = vdupq_n_s8(3), s = vdupq_n_s8(5);
  BX_UNROLL for (int i = 0; i < 16; i++) sums[i] = vdupq_n_s32(i);
  for (int64_t r = 0; r < rounds; r++) {
    BX_UNROLL for (int i = 0; i < 16; i++) sums[i] = vdotq_s32(sums[i], u, s);
    // The operands change in a way that the compiler cannot see through, so no round can be dropped.
    __asm__ volatile("" : "+w"(u), "+w"(s));
  }
  int32x4_t total = sums[0];
  BX_UNROLL for (int i = 1; i < 16; i++) total = vaddq_s32(total, sums[i]);
  __asm__ volatile("" : : "w"(total));
  return rounds * 16 * 16;
}

#endif
