#include "CKernels.h"

#if defined(__aarch64__) && !defined(__ARM_BIG_ENDIAN)
#if defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(__linux__)
#include <sys/auxv.h>
#endif

/// Whether the CPU has the dot-product extension.
static bool bx_has_dot_product(void) {
#if defined(__APPLE__)
  int has = 0;
  size_t size = sizeof has;
  return sysctlbyname("hw.optional.arm.FEAT_DotProd", &has, &size, 0, 0) == 0 && has;
#elif defined(__linux__)
  // HWCAP_ASIMDDP
  return (getauxval(AT_HWCAP) >> 20) & 1;
#else
  return false;
#endif
}
#endif

const struct bx_kernels *bx_kernels_neon(void) {
#if defined(__aarch64__) && !defined(__ARM_BIG_ENDIAN)
  static const struct bx_kernels kernels = {bx_convolve_neon, bx_scratch_neon, bx_depthwise_neon, bx_add_neon,
                                            bx_roofline_neon};
  if (bx_has_dot_product()) return &kernels;
#endif
  return 0;
}
