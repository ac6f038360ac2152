#include "CKernels.h"
#if defined(__x86_64__)
#include "requantize_avx512.h"

/// How an operand comes to the common scale.
enum bx_alignment {
  /// x·multiplier, where 16 bits hold the multiplier: one instruction takes both operands.
  bx_small,
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
  if (o->is_linear) return o->multiplier == (int16_t)o->multiplier ? bx_small : bx_linear;
  return o->left >= 9 && o->left <= 22 ? bx_split : bx_whole;
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
  if (alignment <= bx_linear) return _mm512_mullo_epi32(x, t->multiplier);
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

/// 64 bytes, or as many as there are, and zeros. A whole vector takes the plain load, which is faster than a masked one.
BX_INLINE __m512i bx_loaded(const uint8_t *x, int64_t count, __mmask64 mask) {
  return count >= 64 ? _mm512_loadu_si512(x) : _mm512_maskz_loadu_epi8(mask, x);
}

/// The sums of two rows of bytes, each operand brought to the common scale its way.
BX_INLINE void bx_added(const struct bx_addition *d, const struct bx_operand *first, const struct bx_operand *second,
                        const uint8_t *a, const uint8_t *b, uint8_t *out, int64_t count, enum bx_alignment to_first,
                        enum bx_alignment to_second, enum bx_way way) {
  const struct bx_terms s = bx_terms_of(first, to_first), t = bx_terms_of(second, to_second);
  const __m512i add = _mm512_set1_epi32(d->add), zero = _mm512_setzero_si512();
  // Both multipliers, for words of both operands side by side; what the zero points take off is the same everywhere.
  const uint32_t multipliers = (uint16_t)first->multiplier | (uint32_t)second->multiplier << 16;
  const uint32_t taken = (uint32_t)first->zero * (uint32_t)first->multiplier +
                         (uint32_t)second->zero * (uint32_t)second->multiplier;
  const __m512i both = _mm512_set1_epi32((int32_t)multipliers);
  const __m512i rest = _mm512_set1_epi32((int32_t)((uint32_t)d->add - taken));
  for (int64_t i = 0; i < count; i += 64) {
    const __mmask64 mask = count - i >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << (count - i)) - 1;
    const __m512i u = bx_loaded(a + i, count - i, mask), v = bx_loaded(b + i, count - i, mask);
    __m512i x[4], y[4];
    if (to_second == bx_small) {
      __m512i u0 = _mm512_unpacklo_epi8(u, zero), u1 = _mm512_unpackhi_epi8(u, zero);
      __m512i v0 = _mm512_unpacklo_epi8(v, zero), v1 = _mm512_unpackhi_epi8(v, zero);
      x[0] = _mm512_dpwssd_epi32(rest, _mm512_unpacklo_epi16(u0, v0), both);
      x[1] = _mm512_dpwssd_epi32(rest, _mm512_unpackhi_epi16(u0, v0), both);
      x[2] = _mm512_dpwssd_epi32(rest, _mm512_unpacklo_epi16(u1, v1), both);
      x[3] = _mm512_dpwssd_epi32(rest, _mm512_unpackhi_epi16(u1, v1), both);
    } else {
      bx_widened(u, x);
      bx_widened(v, y);
      BX_UNROLL for (int j = 0; j < 4; j++)
        x[j] = _mm512_add_epi32(_mm512_add_epi32(bx_aligned(x[j], &s, to_first), bx_aligned(y[j], &t, to_second)), add);
    }
    const __m512i bytes = bx_packed64(x, &d->output, way, 0);
    if (count - i >= 64) _mm512_storeu_si512(out + i, bytes);
    else _mm512_mask_storeu_epi8(out + i, mask, bytes);
  }
}

typedef void (*bx_add_way)(const struct bx_addition *, const struct bx_operand *, const struct bx_operand *,
                           const uint8_t *, const uint8_t *, uint8_t *, int64_t);
#define BX_ADD_WAY(FIRST, SECOND, WAY)                                                                                 \
  static BX_TARGET void bx_add_##FIRST##_##SECOND##_##WAY(                                                             \
      const struct bx_addition *d, const struct bx_operand *first, const struct bx_operand *second, const uint8_t *a,  \
      const uint8_t *b, uint8_t *out, int64_t count) {                                                                 \
    bx_added(d, first, second, a, b, out, count, bx_##FIRST, bx_##SECOND, bx_way_##WAY);                               \
  }
#define BX_ADD(FIRST, SECOND)                                                                                          \
  BX_ADD_WAY(FIRST, SECOND, floor) BX_ADD_WAY(FIRST, SECOND, cap) BX_ADD_WAY(FIRST, SECOND, shift)                    \
  BX_ADD_WAY(FIRST, SECOND, product)
BX_ADD(small, small)
BX_ADD(linear, linear)
BX_ADD(linear, split)
BX_ADD(split, split)
BX_ADD(linear, whole)
BX_ADD(whole, whole)

#define BX_WAYS_OF(FIRST, SECOND)                                                                                      \
  {bx_add_##FIRST##_##SECOND##_floor, bx_add_##FIRST##_##SECOND##_cap, bx_add_##FIRST##_##SECOND##_shift,             \
   bx_add_##FIRST##_##SECOND##_product}
/// By the second operand's alignment, which is not below the first one's, and by whether the first one is multiplied.
static const bx_add_way bx_additions[4][2][BX_WAYS] = {
    {BX_WAYS_OF(small, small), BX_WAYS_OF(small, small)},
    {BX_WAYS_OF(linear, linear), BX_WAYS_OF(linear, linear)},
    {BX_WAYS_OF(split, split), BX_WAYS_OF(linear, split)},
    {BX_WAYS_OF(whole, whole), BX_WAYS_OF(linear, whole)},
};

void bx_add_avx512vnni(const struct bx_addition *d, const uint8_t *a, const uint8_t *b, uint8_t *out, int64_t count) {
  const struct bx_operand *first = &d->a, *second = &d->b;
  if (bx_alignment_of(first) > bx_alignment_of(second)) {
    const struct bx_operand *operand = first;
    const uint8_t *bytes = a;
    first = second, second = operand;
    a = b, b = bytes;
  }
  const bool is_linear = bx_alignment_of(first) <= bx_linear;
  bx_additions[bx_alignment_of(second)][is_linear][bx_way_of(&d->output)](d, first, second, a, b, out, count);
}

#endif
