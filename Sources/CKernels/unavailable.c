#include "CKernels.h"
#if !defined(__x86_64__)

// On other CPUs bx_has_avx512vnni says no and nothing calls these; they are here so that the program links.

void bx_convolve_avx512vnni(const struct bx_convolution *c, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,
                            const int32_t *out_offsets, int32_t first, int32_t last, int32_t *sums) {
  __builtin_trap();
}

void bx_depthwise_avx512vnni(const struct bx_depthwise *d, const uint8_t *in, const int32_t *in_offsets, uint8_t *out,
                             const int32_t *out_offsets, int32_t first, int32_t last) {
  __builtin_trap();
}

void bx_add_avx512vnni(const struct bx_addition *addition, const uint8_t *a, const uint8_t *b, uint8_t *out,
                       int64_t count) {
  __builtin_trap();
}

int64_t bx_roofline_avx512vnni(int64_t rounds) { __builtin_trap(); }

#endif
