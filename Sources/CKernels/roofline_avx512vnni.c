#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"

BX_TARGET int64_t bx_roofline_avx512vnni(int64_t rounds) {
  __m512i sums[24];
  __m512i u = _mm512_set1_epi8(3), s = _mm512_set1_epi8(5);
  for (int i = 0; i < 24; i++) sums[i] = _mm512_set1_epi32(i);
  for (int64_t r = 0; r < rounds; r++) {
    _Pragma("clang loop unroll(full)") for (int i = 0; i < 24; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], u, s);
    // The operands change in a way that the compiler cannot see through, so no round can be dropped.
    __asm__ volatile("" : "+v"(u), "+v"(s));
  }
  __m512i total = sums[0];
  for (int i = 1; i < 24; i++) total = _mm512_add_epi32(total, sums[i]);
  __asm__ volatile("" : : "v"(total));
  return rounds * 24 * 64;
}

#endif
