#ifndef REQUANTIZE_NEON_H
#define REQUANTIZE_NEON_H
#include "CKernels.h"
#include <arm_neon.h>
#include <string.h>

#if defined(__clang__)
#define BX_TARGET __attribute__((target("dotprod")))
#define BX_UNROLL _Pragma("clang loop unroll(full)")
#else
#define BX_TARGET __attribute__((target("arch=armv8.2-a+dotprod")))
#define BX_UNROLL _Pragma("GCC unroll 16")
#endif
#define BX_INLINE static inline __attribute__((always_inline)) BX_TARGET

/// How a kernel is compiled: for shifts, for TensorFlow Lite's double rounding, for all other forms.
enum bx_way { bx_way_shift, bx_way_double, bx_way_product };

// Shifts by a negative count go to the right: plain ones to the floor, rounding ones with ties toward positive.

/// Four sums, shifted; `at` is the first lane's entry in the output's tables.
BX_INLINE int32x4_t bx_shifted(int32x4_t sum, const struct bx_output *o, int64_t at) {
  int32x4_t right = vnegq_s32(vld1q_s32(o->right + at));
  if (o->has_ties) {
    int32x4_t negative = vandq_s32(vshrq_n_s32(sum, 31), vld1q_s32(o->negative + at));
    int32x4_t isOdd = vnegq_s32(vandq_s32(vshlq_s32(sum, right), vdupq_n_s32(1)));
    int32x4_t odd = vandq_s32(isOdd, vld1q_s32(o->odd + at));
    sum = vaddq_s32(vaddq_s32(sum, vld1q_s32(o->add + at)), vaddq_s32(negative, odd));
  }
  return vshlq_s32(sum, right);
}

/// TensorFlow Lite's double rounding.
BX_INLINE int32x4_t bx_rounded_twice(int32x4_t sum, const struct bx_output *o, int64_t at) {
  if (o->has_left) sum = vshlq_s32(sum, vld1q_s32(o->left + at));
  // SQRDMULH adds half before it takes the upper half: ties toward positive. Multipliers are zero or more, so it does
  // not saturate.
  int32x4_t x = vqrdmulhq_s32(sum, vld1q_s32(o->multiplier + at));
  // Ties away from zero: half is added, less one for a negative number.
  int32x4_t less = vandq_s32(vshrq_n_s32(x, 31), vld1q_s32(o->negative + at));
  x = vaddq_s32(x, vsubq_s32(vld1q_s32(o->odd + at), less));
  return vshlq_s32(x, vnegq_s32(vld1q_s32(o->right + at)));
}

/// A product of 64 bits, rounded once: SRSHL rounds without overflow.
BX_INLINE int32x4_t bx_rounded_once(int32x4_t sum, const struct bx_output *o, int64_t at) {
  int32x4_t multiplier = vld1q_s32(o->multiplier + at), right = vnegq_s32(vld1q_s32(o->right + at));
  int64x2_t low = vmull_s32(vget_low_s32(sum), vget_low_s32(multiplier));
  int64x2_t high = vmull_high_s32(sum, multiplier);
  low = vrshlq_s64(low, vmovl_s32(vget_low_s32(right)));
  high = vrshlq_s64(high, vmovl_high_s32(right));
  // Results beyond 32 bits are cut to their ends, which the clamp cuts further.
  return vcombine_s32(vqmovn_s64(low), vqmovn_s64(high));
}

/// The product with a float64 factor, rounded to float64 and then to an integer, ties away from zero.
BX_INLINE int32x4_t bx_rounded_float64(int32x4_t sum, const struct bx_output *o, int64_t at) {
  float64x2_t low = vcvtq_f64_s64(vmovl_s32(vget_low_s32(sum))), high = vcvtq_f64_s64(vmovl_high_s32(sum));
  low = vmulq_f64(low, vld1q_f64(o->scale64 + at));
  high = vmulq_f64(high, vld1q_f64(o->scale64 + at + 2));
  return vcombine_s32(vqmovn_s64(vcvtaq_s64_f64(low)), vqmovn_s64(vcvtaq_s64_f64(high)));
}

/// Any form but a shift and double rounding.
static __attribute__((noinline)) BX_TARGET int32x4_t bx_product(int32x4_t sum, const struct bx_output *o, int64_t at) {
  switch (o->kind) {
  case bx_requantize_single: return bx_rounded_once(sum, o, at);
  case bx_requantize_float64: return bx_rounded_float64(sum, o, at);
  case bx_requantize_float32: return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sum), vld1q_f32(o->scale + at)));
  case bx_requantize_shift:
  case bx_requantize_double: break;
  }
  return sum;
}

/// Four sums, less the zero point of products and the clamp.
BX_INLINE int32x4_t bx_requantized(int32x4_t sum, const struct bx_output *o, enum bx_way way, int64_t at) {
  if (way == bx_way_shift) return bx_shifted(sum, o, at);
  return way == bx_way_double ? bx_rounded_twice(sum, o, at) : bx_product(sum, o, at);
}

/// Two vectors of sums, requantized, as eight bytes.
BX_INLINE uint8x8_t bx_packed8(int32x4_t a, int32x4_t b, const struct bx_output *o, enum bx_way way, int64_t at) {
  int16x8_t words = vcombine_s16(vqmovn_s32(bx_requantized(a, o, way, at)),
                                 vqmovn_s32(bx_requantized(b, o, way, at + 4)));
  if (way != bx_way_shift) words = vqaddq_s16(words, vdupq_n_s16((int16_t)o->zero_point));
  uint8x8_t bytes = vmax_u8(vqmovun_s16(words), vdup_n_u8(o->low));
  return vmin_u8(bytes, vdup_n_u8(o->high));
}

/// Four vectors: 16 bytes in the order of the channels.
BX_INLINE uint8x16_t bx_packed16(const int32x4_t *sums, const struct bx_output *o, enum bx_way way, int64_t at) {
  return vcombine_u8(bx_packed8(sums[0], sums[1], o, way, at), bx_packed8(sums[2], sums[3], o, way, at + 8));
}

#endif
