/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The codec with AVX-512 F and BW: 64 bytes at a time, the remainder under a mask. The methods are those of
 * mps_avx2.c; a block is as long as the register, so b[i-64] is simply the block before.
 *
 * MPS_AVX512_PORTABLE lets a test compile this file against a portable model of the intrinsics, so that it is
 * executed on processors without the unit too; it may choose FROM_MEMORY as well, so that short buffers see both loops.
 */
#include "mps_codecs.h"

#ifdef __x86_64__
#ifdef MPS_AVX512_PORTABLE
#define AVX512
#define AVX512_INLINE static inline
#else
#include <immintrin.h>
#define AVX512 __attribute__((target("avx512f,avx512bw")))
#define AVX512_INLINE static inline __attribute__((target("avx512f,avx512bw"), always_inline))
#endif

/* So many bytes come from memory, where loads that cross cache lines, as three of four here, are slow. */
#ifndef FROM_MEMORY
#define FROM_MEMORY (2u << 20)
#endif

AVX512_INLINE __m512i load(const mps_u8 *p)
{
	return _mm512_loadu_si512(p);
}

/* The mask of the first @bytes, at most 64. */
AVX512_INLINE __mmask64 first_of(mps_size bytes)
{
	return bytes ? ~(__mmask64)0 >> (64 - bytes) : 0;
}

AVX512_INLINE __m512i load_some(const mps_u8 *p, __mmask64 which)
{
	return _mm512_maskz_loadu_epi8(which, p);
}

AVX512_INLINE __m512i xor3(__m512i a, __m512i b, __m512i c)
{
	return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

/* What lies @words 32-bit words before each byte of @now; @before is the block before it. */
#define SHIFTED_WORDS(now, before, words) _mm512_alignr_epi32(now, before, 16 - (words))
/* The same by @bytes, less than 16. */
#define SHIFTED(now, before, bytes) _mm512_alignr_epi8(now, SHIFTED_WORDS(now, before, 4), 16 - (bytes))

/* The windows and the original bytes of the block before. */
struct windows {
	__m512i b;
	__m512i w4, w8, w16, w32;
};

AVX512_INLINE __m512i advance(struct windows *w, __m512i b, __m512i w4)
{
	__m512i w8 = _mm512_xor_si512(w4, SHIFTED_WORDS(w4, w->w4, 1));
	__m512i w16 = _mm512_xor_si512(w8, SHIFTED_WORDS(w8, w->w8, 2));
	__m512i w32 = _mm512_xor_si512(w16, SHIFTED_WORDS(w16, w->w16, 4));
	__m512i s = xor3(w32, SHIFTED_WORDS(w32, w->w32, 8), w->b);

	w->b = b;
	w->w4 = w4;
	w->w8 = w8;
	w->w16 = w16;
	w->w32 = w32;
	return s;
}

/* A block whose predecessor is not in front of it in memory. */
AVX512_INLINE __m512i advance_apart(struct windows *w, __m512i b)
{
	__m512i w2 = _mm512_xor_si512(b, SHIFTED(b, w->b, 1));

	return advance(w, b, xor3(w2, SHIFTED(b, w->b, 2), SHIFTED(b, w->b, 3)));
}

/* A block whose predecessor is: three loads instead of four shifts. */
AVX512_INLINE __m512i advance_within(struct windows *w, const mps_u8 *in)
{
	__m512i b = load(in);
	__m512i w2 = _mm512_xor_si512(b, load(in - 1));

	return advance(w, b, xor3(w2, load(in - 2), load(in - 3)));
}

AVX512 void mps_scramble_avx512(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	const __m512i zero = _mm512_setzero_si512();
	struct windows w = { zero, zero, zero, zero, zero };
	__m512i new_window, pending;
	__mmask64 rest = first_of(size % MPS_WINDOW);
	mps_u8 leaving;
	mps_size i;

	if (size < MPS_PERIOD) {
		mps_scramble_word(state, out, in, size);
		return;
	}
	/* The register at the end is known beforehand, and in place only now. */
	new_window = load(in + size - MPS_WINDOW);
	leaving = in[size - MPS_PERIOD];
	advance_apart(&w, load(state->window));
	_mm512_storeu_si512(state->window, new_window);

	pending = advance_apart(&w, load(in));
	for (i = MPS_WINDOW; i + MPS_WINDOW <= size; i += MPS_WINDOW) {
		__m512i s = size < FROM_MEMORY ? advance_within(&w, in + i) : advance_apart(&w, load(in + i));

		_mm512_storeu_si512(out + i - MPS_WINDOW, pending);
		pending = s;
	}
	if (rest) {
		__m512i b = load_some(in + i, rest);
		__m512i w2 = _mm512_xor_si512(b, load_some(in + i - 1, rest));
		__m512i w4 = xor3(w2, load_some(in + i - 2, rest), load_some(in + i - 3, rest));

		_mm512_storeu_si512(out + i - MPS_WINDOW, pending);
		_mm512_mask_storeu_epi8(out + i, rest, advance(&w, b, w4));
	} else {
		_mm512_storeu_si512(out + i - MPS_WINDOW, pending);
	}
	state->sum = out[size - 1] ^ leaving;
}

AVX512 void mps_descramble_avx512(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	const __m512i zero = _mm512_setzero_si512();
	__m512i columns, first;
	__mmask64 rest;
	mps_u8 column, change, sum;
	mps_size rows;

	if (size < MPS_PERIOD) {
		mps_descramble_word(state, out, in, size);
		return;
	}
	sum = in[size - 1];
	first = load(state->window);
	columns = _mm512_xor_si512(SHIFTED(first, zero, 1), _mm512_maskz_set1_epi8(1, (char)state->sum));
	column = state->window[MPS_WINDOW - 1];

	/* The first row has no byte before it. */
	change = in[64] ^ in[63];
	first = load(in);
	columns = xor3(columns, first, SHIFTED(first, zero, 1));
	_mm512_storeu_si512(out, columns);
	column ^= change;
	in += MPS_PERIOD;
	out += MPS_PERIOD;
	size -= MPS_PERIOD;

	/* A row's 65th byte is stored a row late: in place the next row still needs its scrambled value. */
	for (rows = size / MPS_PERIOD; rows; rows--) {
		change = in[64] ^ in[63];
		columns = xor3(columns, load(in), load(in - 1));
		_mm512_storeu_si512(out, columns);
		out[-1] = column;
		column ^= change;
		in += MPS_PERIOD;
		out += MPS_PERIOD;
	}
	size %= MPS_PERIOD;
	rest = first_of(size);
	columns = xor3(columns, load_some(in, rest), load_some(in - 1, rest));
	_mm512_mask_storeu_epi8(out, rest, columns);
	out[-1] = column;

	out += size;
	state->sum = sum ^ *(out - MPS_PERIOD);
	_mm512_storeu_si512(state->window, load(out - MPS_WINDOW));
}
#endif
