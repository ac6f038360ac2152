#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx2.h"

BX_TARGET int64_t bx_roofline_avx2(int64_t rounds) {
  __m256i sums[12];
  __m256i u = _mm256_set1_epi16(3), s = _mm256_set1_epi16(5);
  for (int i = 0; i < 12; i++) sums[i] = _mm256_set1_epi32(i);
  for (int64_t r = 0; r < rounds; r++) {
    BX_UNROLL for (int i = 0; i < 12; i++) {
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(u, s));
      // The operands change in a way that the compiler cannot see through, so no product can be shared or dropped.
      __asm__ volatile("" : "+x"(u), "+x"(s));
    }
  }
  __m256i total = sums[0];
  for (int i = 1; i < 12; i++) total = _mm256_add_epi32(total, sums[i]);
  __asm__ volatile("" : : "x"(total));
  return rounds * 12 * 16;
}

#endif
