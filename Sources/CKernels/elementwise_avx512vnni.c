#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"

/// How an operand comes to the common scale.
enum bx_alignment {
  /// x·multiplier
  bx_linear,
  /// TensorFlow Lite's double rounding, its product split in two that 32 bits hold.
  bx_split,
  /// TensorFlow Lite's double rounding.
  bx_whole
};

/// An operand's constants, the same in every lane.
struct bx_terms {
  __m512i zero, multiplier, low, half, away, negative;
  __m128i left, part, right;
};

static enum bx_alignment bx_alignment_of(const struct bx_operand *o) {
  // |x| is below 2^8: x·low stays within 32 bits for 9 <= left, and x·high for left <= 22.
  return o->is_linear ? bx_linear : o->left >= 9 && o->left <= 22 ? bx_split : bx_whole;
}

BX_INLINE struct bx_terms bx_terms_of(const struct bx_operand *o, enum bx_alignment alignment) {
  const bool is_split = alignment == bx_split;
  const int part = is_split ? 31 - o->left : 0;
  struct bx_terms t;
  t.zero = _mm512_set1_epi32(o->zero);
  t.multiplier = _mm512_set1_epi32(o->multiplier >> part);
  t.low = _mm512_set1_epi32(o->multiplier & ((1 << part) - 1));
  t.half = _mm512_set1_epi32(is_split ? 1 << (part - 1) : 0);
  // The right shift's ties go away from zero: half is added, less one for a negative number.
  t.away = _mm512_set1_epi32(o->right ? 1 << (o->right - 1) : 0);
  t.negative = _mm512_set1_epi32(o->right ? -1 : 0);
  t.left = _mm_cvtsi32_si128(o->left);
  t.part = _mm_cvtsi32_si128(part);
  t.right = _mm_cvtsi32_si128(o->right);
  return t;
}

/// Sixteen bytes of an operand, widened, on the common scale.
BX_INLINE __m512i bx_aligned(__m512i x, const struct bx_terms *t, enum bx_alignment alignment) {
  x = _mm512_sub_epi32(x, t->zero);
  if (alignment == bx_linear) return _mm512_mullo_epi32(x, t->multiplier);
  if (alignment == bx_split) {
    // (x·2^left·m + 2^30) >> 31 is (x·m + half) >> part with part = 31 − left and m = high·2^part + low.
    __m512i low = _mm512_add_epi32(_mm512_mullo_epi32(x, t->low), t->half);
    x = _mm512_add_epi32(_mm512_mullo_epi32(x, t->multiplier), _mm512_sra_epi32(low, t->part));
  } else {
    x = bx_doubling_high(_mm512_sll_epi32(x, t->left), t->multiplier);
  }
  x = _mm512_add_epi32(x, _mm512_add_epi32(t->away, _mm512_and_si512(_mm512_srai_epi32(x, 31), t->negative)));
  return _mm512_sra_epi32(x, t->right);
}

/// Sums stand in the order in which narrowing deals them: part l of vector j holds the bytes 16·l + 4·j.
BX_INLINE void bx_widened(__m512i x, __m512i *words) {
  const __m512i zero = _mm512_setzero_si512();
  __m512i low = _mm512_unpacklo_epi8(x, zero), high = _mm512_unpackhi_epi8(x, zero);
  words[0] = _mm512_unpacklo_epi16(low, zero);
  words[1] = _mm512_unpackhi_epi16(low, zero);
  words[2] = _mm512_unpacklo_epi16(high, zero);
  words[3] = _mm512_unpackhi_epi16(high, zero);
}

#define BX_ADD(NAME, FIRST, SECOND, WAY)                                                                               \
  static BX_TARGET void NAME(const struct bx_addition *d, const struct bx_operand *first,                              \
                             const struct bx_operand *second, const uint8_t *a, const uint8_t *b, uint8_t *out,        \
                             int64_t count) {                                                                          \
    const struct bx_terms s = bx_terms_of(first, FIRST), t = bx_terms_of(second, SECOND);                              \
    const __m512i add = _mm512_set1_epi32(d->add);                                                                     \
    for (int64_t i = 0; i < count; i += 64) {                                                                          \
      __mmask64 mask = count - i >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << (count - i)) - 1;                            \
      __m512i x[4], y[4];                                                                                              \
      bx_widened(_mm512_maskz_loadu_epi8(mask, a + i), x);                                                             \
      bx_widened(_mm512_maskz_loadu_epi8(mask, b + i), y);                                                             \
      BX_UNROLL for (int j = 0; j < 4; j++)                                                                            \
        x[j] = _mm512_add_epi32(_mm512_add_epi32(bx_aligned(x[j], &s, FIRST), bx_aligned(y[j], &t, SECOND)), add);     \
      _mm512_mask_storeu_epi8(out + i, mask, bx_packed64(x, &d->output, WAY, 0));                                      \
    }                                                                                                                  \
  }
BX_ADD(bx_add_linear_shift, bx_linear, bx_linear, bx_way_shift)
BX_ADD(bx_add_linear_product, bx_linear, bx_linear, bx_way_product)
BX_ADD(bx_add_mixed_shift, bx_linear, bx_split, bx_way_shift)
BX_ADD(bx_add_mixed_product, bx_linear, bx_split, bx_way_product)
BX_ADD(bx_add_split_shift, bx_split, bx_split, bx_way_shift)
BX_ADD(bx_add_split_product, bx_split, bx_split, bx_way_product)
BX_ADD(bx_add_whole_shift, bx_whole, bx_whole, bx_way_shift)
BX_ADD(bx_add_whole_product, bx_whole, bx_whole, bx_way_product)
BX_ADD(bx_add_other_shift, bx_linear, bx_whole, bx_way_shift)
BX_ADD(bx_add_other_product, bx_linear, bx_whole, bx_way_product)

void bx_add_avx512vnni(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out, int64_t count) {
  const bool shifts = d->output.kind == bx_requantize_shift;
  const struct bx_operand *first = &d->a, *second = &d->b;
  if (bx_alignment_of(first) > bx_alignment_of(second)) {
    const struct bx_operand *operand = first;
    const uint8_t *bytes = a;
    first = second, second = operand;
    a = b, b = bytes;
  }
  switch (bx_alignment_of(second)) {
  case bx_linear:
    (shifts ? bx_add_linear_shift : bx_add_linear_product)(d, first, second, a, b, out, count);
    break;
  case bx_split:
    if (bx_alignment_of(first) == bx_linear)
      (shifts ? bx_add_mixed_shift : bx_add_mixed_product)(d, first, second, a, b, out, count);
    else
      (shifts ? bx_add_split_shift : bx_add_split_product)(d, first, second, a, b, out, count);
    break;
  case bx_whole:
    if (bx_alignment_of(first) == bx_linear)
      (shifts ? bx_add_other_shift : bx_add_other_product)(d, first, second, a, b, out, count);
    else
      (shifts ? bx_add_whole_shift : bx_add_whole_product)(d, first, second, a, b, out, count);
    break;
  }
}

#endif
