// Replays cases that the Swift packing code wrote (Tests/FastEngineTests/Kernels/KernelCaseFile.swift) on the kernels in C,
// and reports every byte of memory that differs from what the reference engine computed.
//
//   replay SET FILE
//
// Exit status: 0 all equal, 1 a difference or a damaged file, 3 the CPU lacks the set.
#include "CKernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const uint8_t *cursor, *end;

static void damaged(void) {
  fprintf(stderr, "the file of cases is damaged\n");
  exit(1);
}

static int32_t integer(void) {
  int32_t x;
  if (end - cursor < 4) damaged();
  memcpy(&x, cursor, 4);
  cursor += 4;
  return x;
}

/// The tables of the case under way, freed after it.
static void *tables[32];
static int tableCount;

/// A table of its own, aligned as in the engine and with as many zeros behind it.
static void *table(int64_t *bytes) {
  int32_t size = integer();
  if (size < 0 || end - cursor < size || tableCount == 32) damaged();
  size_t all = ((size_t)size + 64 * 8 + 63) / 64 * 64;
  uint8_t *copy = aligned_alloc(64, all);
  if (!copy) abort();
  memset(copy, 0, all);
  memcpy(copy, cursor, (size_t)size);
  cursor += size;
  tables[tableCount++] = copy;
  if (bytes) *bytes = size;
  return copy;
}

static float real(void) {
  int32_t bits = integer();
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

static struct bx_output output(void) {
  struct bx_output o;
  memset(&o, 0, sizeof o);
  o.kind = (enum bx_requantize)integer();
  o.has_left = integer() != 0;
  o.has_ties = integer() != 0;
  o.certain = real();
  o.zero_point = integer();
  o.low = (uint8_t)integer();
  o.high = (uint8_t)integer();
  o.zero_points = (uint32_t)integer();
  o.lows = (uint32_t)integer();
  o.highs = (uint32_t)integer();
  o.multiplier = table(0);
  o.left = table(0);
  o.right = table(0);
  o.add = table(0);
  o.negative = table(0);
  o.odd = table(0);
  o.round = table(0);
  o.scale = table(0);
  o.gap = table(0);
  o.scale64 = table(0);
  return o;
}

static struct bx_operand operand(void) {
  struct bx_operand o;
  memset(&o, 0, sizeof o);
  o.zero = integer();
  o.is_linear = integer() != 0;
  o.multiplier = integer();
  o.left = integer();
  o.right = integer();
  return o;
}

/// Memory that ends where a page ends, before one that must not be touched.
struct memory {
  uint8_t *bytes, *mapping;
  size_t length;
};

static struct memory guarded(const uint8_t *content, size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  struct memory m;
  m.length = (size + page - 1) / page * page + page;
  m.mapping = mmap(0, m.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (m.mapping == MAP_FAILED || mprotect(m.mapping + m.length - page, page, PROT_NONE) != 0) abort();
  m.bytes = m.mapping + m.length - page - size;
  memcpy(m.bytes, content, size);
  return m;
}

/// Runs one case; gives the number of bytes that differ.
static int64_t replay(const struct bx_kernels *kernels) {
  int64_t size, after, pixels = 0, second = 0, count = 0;
  const char *name = table(&size);
  int kind = integer();
  struct bx_convolution c;
  struct bx_depthwise d;
  struct bx_addition a;
  memset(&c, 0, sizeof c);
  memset(&d, 0, sizeof d);
  memset(&a, 0, sizeof a);
  if (kind == 0) {
    c.panels = integer();
    c.sum_factor = integer();
    c.segments = integer();
    c.quads = integer();
    c.segment_bytes = integer();
    c.channels = integer();
    c.tails = integer();
    c.panel_blocks = table(0);
    c.weights = table(0);
    c.bias = table(0);
    c.segment_offsets = table(0);
    c.tail_offsets = table(0);
    c.output = output();
  } else if (kind == 1) {
    d.channels = integer();
    d.taps = integer();
    d.by_columns = integer() != 0;
    d.row_pixels = integer();
    d.window_step = integer();
    d.sum_factor = integer();
    d.tap_offsets = table(0);
    d.weights = table(0);
    d.bias = table(0);
    d.output = output();
  } else {
    a.add = integer();
    a.a = operand();
    a.b = operand();
    a.output = output();
    second = integer();
    count = integer();
  }
  const int32_t *in = 0, *out = 0;
  if (kind < 2) {
    pixels = integer();
    in = table(0);
    out = table(0);
  }
  int64_t from = integer(), to = integer();
  const uint8_t *content = table(&size), *expected = table(&after);
  if (after != size) damaged();
  struct memory m = guarded(content, (size_t)size);
  if (kind == 0) {
    int32_t *scratch = malloc((size_t)(kernels->scratch(&c, (int32_t)pixels) + 1) * 4);
    if (!scratch) abort();
    kernels->convolve(&c, m.bytes + from, in, m.bytes + to, out, 0, (int32_t)pixels, scratch);
    free(scratch);
  } else if (kind == 1) {
    kernels->depthwise(&d, m.bytes + from, in, m.bytes + to, out, 0, (int32_t)pixels);
  } else {
    kernels->add(&a, m.bytes + from, m.bytes + second, m.bytes + to, count);
  }
  int64_t differences = 0;
  for (int64_t i = 0; i < size; i++) {
    if (m.bytes[i] == expected[i]) continue;
    if (differences++ == 0)
      printf("%s: byte %lld of the output is %d instead of %d", name, (long long)(i - to), m.bytes[i], expected[i]);
  }
  if (differences) printf(" (%lld bytes differ)\n", (long long)differences);
  munmap(m.mapping, m.length);
  while (tableCount > 0) free(tables[--tableCount]);
  return differences;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: replay avx2|avx512vnni|neon FILE\n");
    return 1;
  }
  const struct bx_kernels *kernels = !strcmp(argv[1], "avx2")         ? bx_kernels_avx2()
                                     : !strcmp(argv[1], "avx512vnni") ? bx_kernels_avx512vnni()
                                     : !strcmp(argv[1], "neon")       ? bx_kernels_neon()
                                                                      : 0;
  if (!kernels) {
    printf("%s: this CPU lacks the kernels\n", argv[1]);
    return 3;
  }
  FILE *file = fopen(argv[2], "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) {
    perror(argv[2]);
    return 1;
  }
  long size = ftell(file);
  uint8_t *content = malloc(size > 0 ? (size_t)size : 1);
  rewind(file);
  if (size <= 0 || !content || fread(content, 1, (size_t)size, file) != (size_t)size) damaged();
  fclose(file);
  cursor = content;
  end = content + size;
  int cases = 0, different = 0;
  while (cursor < end) {
    cases++;
    if (replay(kernels) != 0) different++;
  }
  if (kernels->roofline(3) <= 0) different++;
  printf("%s: %d cases, %d of them differ from the reference engine\n", argv[1], cases, different);
  free(content);
  return different != 0;
}
