#include "CKernels.h"

const struct bx_kernels *bx_kernels_avx2(void) {
#if defined(__x86_64__)
  static const struct bx_kernels kernels = {bx_convolve_avx2, bx_scratch_avx2, bx_depthwise_avx2, bx_add_avx2,
                                            bx_roofline_avx2};
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &kernels;
#endif
  return 0;
}
