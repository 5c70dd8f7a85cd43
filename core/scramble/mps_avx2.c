/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The codec with AVX2: 32 bytes at a time. Compiled for every x86-64, run only where the processor has the unit.
 *
 * Scrambling doubles the window. Wn[i] is the XOR of b[i-n+1] ... b[i]; then W2n[i] = Wn[i] ^ Wn[i-n], and
 * S[i] = W64[i] ^ b[i-64]. W4 comes from four overlapping loads, W8 to W64 from registers. No step waits for the
 * one before it, so the processor overlaps them freely. Nothing is written before the bytes of the next block are
 * loaded: that makes it work in place.
 *
 * Descrambling, b[i] = S[i] ^ S[i-1] ^ b[i-65], finds the last term in the registers of the two and three blocks
 * before, shifted by one byte. (Rows of 65 bytes, as the word form has them, would need no shift, but no two of their
 * stores lie alike: they cross cache lines, which costs more.)
 */
#include "mps_codecs.h"

#ifdef __x86_64__
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE static inline __attribute__((target("avx2"), always_inline))

#define LANE 32u
/* From here on it pays to do the first bytes in words, so that all others are stored aligned. */
#define WORTH_ALIGNING 8192u

AVX2_INLINE __m256i load(const mps_u8 *p)
{
	return _mm256_loadu_si256((const __m256i *)p);
}

AVX2_INLINE void store(mps_u8 *p, __m256i v)
{
	_mm256_storeu_si256((__m256i *)p, v);
}

/* What lies @bytes (at most 16) before each byte of @now; @before is the block before it. */
#define SHIFTED(now, before, bytes) \
	_mm256_alignr_epi8(now, _mm256_permute2x128_si256(before, now, 0x21), 16 - (bytes))

/* The windows of the block before, and the original bytes of the two blocks before. */
struct windows {
	__m256i b1, b2;
	__m256i w4, w8, w16, w32;
};

/* Takes one block's bytes and their W4, gives its S. */
AVX2_INLINE __m256i advance(struct windows *w, __m256i b, __m256i w4)
{
	__m256i w8 = _mm256_xor_si256(w4, SHIFTED(w4, w->w4, 4));
	__m256i w16 = _mm256_xor_si256(w8, SHIFTED(w8, w->w8, 8));
	__m256i w32 = _mm256_xor_si256(w16, _mm256_permute2x128_si256(w->w16, w16, 0x21));
	__m256i s = _mm256_xor_si256(_mm256_xor_si256(w32, w->w32), w->b2);

	w->w4 = w4;
	w->w8 = w8;
	w->w16 = w16;
	w->w32 = w32;
	w->b2 = w->b1;
	w->b1 = b;
	return s;
}

/* A block whose predecessor is not in front of it in memory. */
AVX2_INLINE __m256i advance_apart(struct windows *w, __m256i b)
{
	__m256i w2 = _mm256_xor_si256(b, SHIFTED(b, w->b1, 1));
	__m256i w3 = _mm256_xor_si256(w2, SHIFTED(b, w->b1, 2));

	return advance(w, b, _mm256_xor_si256(w3, SHIFTED(b, w->b1, 3)));
}

AVX2_INLINE __m256i advance_within(struct windows *w, const mps_u8 *in)
{
	__m256i b = load(in);
	__m256i w2 = _mm256_xor_si256(b, load(in - 1));
	__m256i w3 = _mm256_xor_si256(w2, load(in - 2));

	return advance(w, b, _mm256_xor_si256(w3, load(in - 3)));
}

AVX2 void mps_scramble_avx2(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	const __m256i zero = _mm256_setzero_si256();
	struct windows w = { zero, zero, zero, zero, zero, zero };
	__m256i new_low, new_high, pending;
	mps_size whole, i;
	mps_u8 last, leaving;

	if (size < 4 * LANE) {
		mps_scramble_word(state, out, in, size);
		return;
	}
	if (size >= WORTH_ALIGNING && (uintptr_t)out % LANE) {
		mps_size head = LANE - (uintptr_t)out % LANE;

		mps_scramble_word(state, out, in, head);
		out += head;
		in += head;
		size -= head;
	}
	whole = size - size % LANE;
	/* Where it all ends is known beforehand: the new register, and with it the last S. */
	new_low = load(in + size - MPS_WINDOW);
	new_high = load(in + size - LANE);
	leaving = in[size - MPS_PERIOD];
	advance_apart(&w, load(state->window));
	advance_apart(&w, load(state->window + LANE));
	store(state->window, new_low);
	store(state->window + LANE, new_high);
	{
		__m256i sum = _mm256_xor_si256(new_low, new_high);
		__m128i half = _mm_xor_si128(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
		mps_u64 word = (mps_u64)_mm_cvtsi128_si64(_mm_xor_si128(half, _mm_srli_si128(half, 8)));

		word ^= word >> 32;
		word ^= word >> 16;
		state->sum = (mps_u8)(word ^ word >> 8);
	}
	last = state->sum ^ leaving;
	mps_scramble_down(out + whole, in + whole, in + whole - MPS_PERIOD, size - whole, last);

	pending = advance_apart(&w, load(in));
	for (i = LANE; i < whole; i += LANE) {
		__m256i s = advance_within(&w, in + i);

		store(out + i - LANE, pending);
		pending = s;
	}
	store(out + i - LANE, pending);
}

AVX2 void mps_descramble_avx2(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	__m256i b1, b2, b3, s, pending;
	mps_size whole, i;
	mps_u8 sum;

	if (size < 4 * LANE) {
		mps_descramble_word(state, out, in, size);
		return;
	}
	if (size >= WORTH_ALIGNING && (uintptr_t)out % LANE) {
		mps_size head = LANE - (uintptr_t)out % LANE;

		mps_descramble_word(state, out, in, head);
		out += head;
		in += head;
		size -= head;
	}
	whole = size - size % LANE;
	sum = in[size - 1];

	/* b[-65] is the register's XOR and S[-1] is 0, see mps_scramble.c. */
	b2 = load(state->window);
	b1 = load(state->window + LANE);
	b3 = _mm256_insert_epi8(_mm256_setzero_si256(), (char)state->sum, LANE - 1);
	s = load(in);
	pending = _mm256_xor_si256(_mm256_xor_si256(s, SHIFTED(s, _mm256_setzero_si256(), 1)), SHIFTED(b2, b3, 1));
	for (i = LANE; i < whole; i += LANE) {
		__m256i change = _mm256_xor_si256(load(in + i), load(in + i - 1));
		__m256i period_before = SHIFTED(b1, b2, 1);

		store(out + i - LANE, pending);
		b2 = b1;
		b1 = pending;
		pending = _mm256_xor_si256(change, period_before);
	}
	mps_descramble_down(out + i, in + i, out + i - MPS_PERIOD, size - whole);
	store(out + i - LANE, pending);

	out += size;
	state->sum = sum ^ *(out - MPS_PERIOD);
	store(state->window, load(out - MPS_WINDOW));
	store(state->window + LANE, load(out - LANE));
}
#endif
