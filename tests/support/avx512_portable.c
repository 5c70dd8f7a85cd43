/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/scramble/mps_avx512.c on every processor: the intrinsics it uses, written out byte by byte from their
 * description. It shows that the method is right where the unit is missing; it cannot show that the compiler's
 * instructions are.
 */
#include <assert.h>
#include <string.h>

#include "core/scramble/mps_codecs.h"
#include "tests/support/avx512_portable.h"

#ifdef __x86_64__

typedef struct {
  mps_u8 byte[64];
} __m512i;
typedef mps_u64 __mmask64;

static __m512i _mm512_setzero_si512(void) {
  __m512i r;
  memset(&r, 0, sizeof(r));
  return r;
}

static __m512i _mm512_loadu_si512(const void* p) {
  __m512i r;
  memcpy(&r, p, sizeof(r));
  return r;
}

static void _mm512_storeu_si512(void* p, __m512i v) { memcpy(p, &v, sizeof(v)); }

static __m512i _mm512_maskz_loadu_epi8(__mmask64 mask, const void* p) {
  __m512i r = _mm512_setzero_si512();
  for (int i = 0; i < 64; i++)
    if (mask >> i & 1) r.byte[i] = ((const mps_u8*)p)[i];
  return r;
}

static void _mm512_mask_storeu_epi8(void* p, __mmask64 mask, __m512i v) {
  for (int i = 0; i < 64; i++)
    if (mask >> i & 1) ((mps_u8*)p)[i] = v.byte[i];
}

static __m512i _mm512_maskz_set1_epi8(__mmask64 mask, char value) {
  __m512i r = _mm512_setzero_si512();
  for (int i = 0; i < 64; i++)
    if (mask >> i & 1) r.byte[i] = (mps_u8)value;
  return r;
}

static __m512i _mm512_xor_si512(__m512i a, __m512i b) {
  for (int i = 0; i < 64; i++) a.byte[i] ^= b.byte[i];
  return a;
}

static __m512i _mm512_ternarylogic_epi64(__m512i a, __m512i b, __m512i c, int table) {
  assert(table == 0x96); /* a ^ b ^ c */
  (void)table;
  return _mm512_xor_si512(_mm512_xor_si512(a, b), c);
}

/* The 128 bytes @low, @high shifted down by @words 32-bit words. */
static __m512i _mm512_alignr_epi32(__m512i high, __m512i low, int words) {
  mps_u8 both[128];
  memcpy(both, &low, 64);
  memcpy(both + 64, &high, 64);
  return _mm512_loadu_si512(both + 4 * words);
}

/* In each of the four 16-byte lanes: the 32 bytes of both shifted down by @bytes. */
static __m512i _mm512_alignr_epi8(__m512i high, __m512i low, int bytes) {
  __m512i r;
  for (int lane = 0; lane < 64; lane += 16) {
    mps_u8 both[32];
    memcpy(both, low.byte + lane, 16);
    memcpy(both + 16, high.byte + lane, 16);
    memcpy(r.byte + lane, both + bytes, 16);
  }
  return r;
}

#define MPS_AVX512_PORTABLE
#define FROM_MEMORY 200u
#define mps_scramble_avx512 mps_scramble_avx512_portable
#define mps_descramble_avx512 mps_descramble_avx512_portable
#include "core/scramble/mps_avx512.c"

#endif
