#include "CKernels.h"

#if defined(__x86_64__)
/// The sums of windows, where zero points in the weights ask for them, and what is gathered of them.
static int64_t bx_scratch_avx512vnni(const struct bx_convolution *c, int32_t pixels) {
  return (int64_t)pixels * (c->tails + (c->sum_factor ? 1 : 0));
}
#endif

const struct bx_kernels *bx_kernels_avx512vnni(void) {
#if defined(__x86_64__)
  static const struct bx_kernels kernels = {bx_convolve_avx512vnni, bx_scratch_avx512vnni, bx_depthwise_avx512vnni,
                                            bx_add_avx512vnni, bx_roofline_avx512vnni};
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512dq"))
    return &kernels;
#endif
  return 0;
}
