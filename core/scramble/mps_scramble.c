/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The codec in three forms: as the paper describes it, as the paper revises it (section IV, figure 14), and eight
 * bytes at a time. Freestanding; shared with the kernel module.
 *
 * The word form rests on prefix sums. With P[i] = b[-64] ^ ... ^ b[i] every window XOR is a difference of two of
 * them, S[i] = P[i] ^ P[i-65], and therefore S[i] ^ S[i-1] = b[i] ^ b[i-65]. Seen as rows of 65 bytes the recursion
 * has no serial chain within a word. It starts without a prologue by pretending b[-65] = b[-64] ^ ... ^ b[-1] and
 * S[-1] = 0, which gives S[0] its right value.
 */
#include "mps_scramble.h"

static mps_u8 xor_bytes(const mps_u8 *bytes, mps_size size)
{
	mps_u8 sum = 0;
	mps_size i;

	for (i = 0; i < size; i++)
		sum ^= bytes[i];
	return sum;
}

void mps_state_init(struct mps_state *state, const mps_u8 *key, mps_size size)
{
	if (size > MPS_WINDOW) {
		key += size - MPS_WINDOW;
		size = MPS_WINDOW;
	}
	memset(state->window, 0, sizeof(state->window));
	if (size)
		memcpy(state->window + MPS_WINDOW - size, key, size);
	state->sum = xor_bytes(state->window, MPS_WINDOW);
}

void mps_state_skip(struct mps_state *state, const mps_u8 *original, mps_size size)
{
	if (size >= MPS_WINDOW) {
		memcpy(state->window, original + size - MPS_WINDOW, MPS_WINDOW);
	} else {
		memmove(state->window, state->window + size, MPS_WINDOW - size);
		if (size)
			memcpy(state->window + MPS_WINDOW - size, original, size);
	}
	state->sum = xor_bytes(state->window, MPS_WINDOW);
}

/* ---- straightforward: recompute the XOR and shift the register for every byte -------------------------------- */

static void straight_push(struct mps_state *state, mps_u8 original)
{
	memmove(state->window, state->window + 1, MPS_WINDOW - 1);
	state->window[MPS_WINDOW - 1] = original;
	state->sum = xor_bytes(state->window, MPS_WINDOW);
}

void mps_scramble_straight(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_size i;

	for (i = 0; i < size; i++) {
		mps_u8 b = in[i];

		out[i] = b ^ xor_bytes(state->window, MPS_WINDOW);
		straight_push(state, b);
	}
}

void mps_descramble_straight(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_size i;

	for (i = 0; i < size; i++) {
		mps_u8 b = in[i] ^ xor_bytes(state->window, MPS_WINDOW);

		out[i] = b;
		straight_push(state, b);
	}
}

/* ---- revised: the window is a ring, its XOR is carried along ------------------------------------------------- */

/* The ring's oldest byte is at @oldest; turn it back so that the oldest comes first. */
static void ring_to_window(struct mps_state *state, mps_size oldest)
{
	mps_u8 turned[MPS_WINDOW];

	if (oldest == 0)
		return;
	memcpy(turned, state->window + oldest, MPS_WINDOW - oldest);
	memcpy(turned + MPS_WINDOW - oldest, state->window, oldest);
	memcpy(state->window, turned, MPS_WINDOW);
}

void mps_scramble_revised(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_size oldest = 0;
	mps_u8 sum = state->sum;
	mps_size i;

	for (i = 0; i < size; i++) {
		mps_u8 b = in[i];

		out[i] = b ^ sum;
		sum ^= state->window[oldest] ^ b;
		state->window[oldest] = b;
		oldest = (oldest + 1) % MPS_WINDOW;
	}
	state->sum = sum;
	ring_to_window(state, oldest);
}

void mps_descramble_revised(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_size oldest = 0;
	mps_u8 sum = state->sum;
	mps_size i;

	for (i = 0; i < size; i++) {
		mps_u8 b = in[i] ^ sum;

		out[i] = b;
		sum ^= state->window[oldest] ^ b;
		state->window[oldest] = b;
		oldest = (oldest + 1) % MPS_WINDOW;
	}
	state->sum = sum;
	ring_to_window(state, oldest);
}

/* ---- word: eight bytes at a time ----------------------------------------------------------------------------- */

static mps_u64 load64(const mps_u8 *p)
{
	mps_u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void store64(mps_u8 *p, mps_u64 v)
{
	memcpy(p, &v, sizeof(v));
}

/* Byte order only decides which way "the byte before" lies in a word. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define TOWARDS_LATER(v, bits) ((v) >> (bits))
#define FIRST_BYTE(b) ((mps_u64)(b) << 56)
#define LAST_BYTE(v) ((mps_u8)(v))
#else
#define TOWARDS_LATER(v, bits) ((v) << (bits))
#define FIRST_BYTE(b) ((mps_u64)(b))
#define LAST_BYTE(v) ((mps_u8)((v) >> 56))
#endif
#define SPREAD(b) ((mps_u64)(b) * 0x0101010101010101ull)

/* Blocks of original bytes, with the 65 before them in front, so that b[i-65] is a plain unaligned load. */
#define WORD_BLOCK 1024u

void mps_descramble_word(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_u8 previous = 0; /* S[i-1], see the head of this file */
	mps_u8 head[MPS_PERIOD + MPS_PERIOD + 7];
	mps_size begin, i;

	if (size == 0)
		return;
	/* The first 65 bytes look back into the register, all later ones into the output itself. */
	head[0] = state->sum;
	memcpy(head + 1, state->window, MPS_WINDOW);
	begin = size < MPS_PERIOD ? size : MPS_PERIOD;
	for (i = 0; i + 8 <= begin; i += 8) {
		mps_u64 s = load64(in + i);
		mps_u64 b = s ^ TOWARDS_LATER(s, 8) ^ FIRST_BYTE(previous) ^ load64(head + i);

		previous = LAST_BYTE(s);
		store64(head + MPS_PERIOD + i, b);
		store64(out + i, b);
	}
	for (; i < begin; i++) {
		mps_u8 s = in[i];

		out[i] = head[MPS_PERIOD + i] = s ^ previous ^ head[i];
		previous = s;
	}
	for (; i + 8 <= size; i += 8) {
		mps_u64 s = load64(in + i);
		mps_u64 b = s ^ TOWARDS_LATER(s, 8) ^ FIRST_BYTE(previous) ^ load64(out + i - MPS_PERIOD);

		previous = LAST_BYTE(s);
		store64(out + i, b);
	}
	for (; i < size; i++) {
		mps_u8 s = in[i];

		out[i] = s ^ previous ^ out[i - MPS_PERIOD];
		previous = s;
	}
	mps_state_skip(state, out, size);
}

void mps_scramble_word(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_u8 original[MPS_PERIOD + WORD_BLOCK]; /* @out may be @in: keep what is still needed */
	mps_u8 previous = 0;                      /* S[i-1] */

	original[0] = state->sum;
	memcpy(original + 1, state->window, MPS_WINDOW);
	while (size) {
		mps_size n = size < WORD_BLOCK ? size : WORD_BLOCK;
		mps_size i;

		memcpy(original + MPS_PERIOD, in, n);
		for (i = 0; i + 8 <= n; i += 8) {
			mps_u64 s = load64(original + MPS_PERIOD + i) ^ load64(original + i); /* S[i] ^ S[i-1] */

			s ^= TOWARDS_LATER(s, 8);
			s ^= TOWARDS_LATER(s, 16);
			s ^= TOWARDS_LATER(s, 32);
			s ^= SPREAD(previous);
			previous = LAST_BYTE(s);
			store64(out + i, s);
		}
		for (; i < n; i++) {
			previous ^= original[MPS_PERIOD + i] ^ original[i];
			out[i] = previous;
		}
		memmove(original, original + n, MPS_PERIOD);
		in += n;
		out += n;
		size -= n;
	}
	memcpy(state->window, original + 1, MPS_WINDOW);
	state->sum = xor_bytes(state->window, MPS_WINDOW);
}
