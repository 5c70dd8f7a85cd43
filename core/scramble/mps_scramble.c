// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The codec in three forms: as the paper describes it, as the paper revises it (section IV, figure 14), and eight
 * bytes at a time. Freestanding; shared with the kernel module.
 *
 * The word form rests on prefix sums. With P[i] = b[-64] ^ ... ^ b[i] every window XOR is a difference of two of
 * them, S[i] = P[i] ^ P[i-65], and therefore
 *
 *     S[i] ^ S[i-1] = b[i] ^ b[i-65].
 *
 * Read from the end, this scrambles: S[i-1] follows from S[i], and every byte still needed lies below the bytes
 * already written, so that nothing has to be kept aside even in place. Read in rows of 65 bytes it descrambles: byte
 * i-65 stands in the same column one row above, so each column is an accumulator in a register.
 *
 * It also moves the register's XOR along in one step: after byte i it is S[i] ^ b[i-64].
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

/* With the kernel's compiler options a store would be a call, through two trampolines. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE mps_u64 load64(const mps_u8 *p)
{
	mps_u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

ALWAYS_INLINE void store64(mps_u8 *p, mps_u64 v)
{
	memcpy(p, &v, sizeof(v));
}

static mps_u8 xor_window(const mps_u8 *window)
{
	mps_u64 sum = 0;
	mps_size i;

	for (i = 0; i < MPS_WINDOW; i += 8)
		sum ^= load64(window + i);
	sum ^= sum >> 32;
	sum ^= sum >> 16;
	sum ^= sum >> 8;
	return (mps_u8)sum;
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
	state->sum = xor_window(state->window);
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
	state->sum = xor_window(state->window);
}

/* ---- straightforward: recompute the XOR and shift the register for every byte -------------------------------- */

static void straight_push(struct mps_state *state, mps_u8 original)
{
	memmove(state->window, state->window + 1, MPS_WINDOW - 1);
	state->window[MPS_WINDOW - 1] = original;
}

void mps_scramble_straight(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_size i;

	for (i = 0; i < size; i++) {
		mps_u8 b = in[i];

		out[i] = b ^ xor_bytes(state->window, MPS_WINDOW);
		straight_push(state, b);
	}
	state->sum = xor_window(state->window);
}

void mps_descramble_straight(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_size i;

	for (i = 0; i < size; i++) {
		mps_u8 b = in[i] ^ xor_bytes(state->window, MPS_WINDOW);

		out[i] = b;
		straight_push(state, b);
	}
	state->sum = xor_window(state->window);
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

/* Byte order only decides which way "the byte before" lies in a word. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define TOWARDS_LATER(v, bits) ((v) >> (bits))
#define TOWARDS_EARLIER(v, bits) ((v) << (bits))
#define AS_FIRST(b) ((mps_u64)(b) << 56)
#define FIRST_BYTE(v) ((mps_u8)((v) >> 56))
#else
#define TOWARDS_LATER(v, bits) ((v) << (bits))
#define TOWARDS_EARLIER(v, bits) ((v) >> (bits))
#define AS_FIRST(b) ((mps_u64)(b))
#define FIRST_BYTE(v) ((mps_u8)(v))
#endif
#define SPREAD(b) ((mps_u64)(b) * 0x0101010101010101ull)

/* The 65 bytes before the stream position: b[-65], chosen so that S[-1] is 0, and the register. */
static void load_period(mps_u8 *period, const struct mps_state *state)
{
	period[0] = state->sum;
	memcpy(period + 1, state->window, MPS_WINDOW);
}

/* Each byte becomes the XOR of itself and the later ones of its word. */
static mps_u64 xor_to_end(mps_u64 v)
{
	v ^= TOWARDS_EARLIER(v, 8);
	v ^= TOWARDS_EARLIER(v, 16);
	return v ^ TOWARDS_EARLIER(v, 32);
}

mps_u8 mps_scramble_down(mps_u8 *out, const mps_u8 *in, const mps_u8 *before, mps_size size, mps_u8 last)
{
	mps_u64 s, near, far;

	while (size % 8) {
		mps_u8 change;

		size--;
		change = in[size] ^ before[size];
		out[size] = last;
		last ^= change;
	}
	s = SPREAD(last);
	if (size % 16) {
		size -= 8;
		near = xor_to_end(load64(in + size) ^ load64(before + size));
		store64(out + size, TOWARDS_EARLIER(near, 8) ^ s);
		s ^= SPREAD(FIRST_BYTE(near));
	}
	/* Two words at a time: only the XOR with @s makes one wait for the other. */
	while (size) {
		size -= 16;
		near = xor_to_end(load64(in + size + 8) ^ load64(before + size + 8));
		far = xor_to_end(load64(in + size) ^ load64(before + size));
		store64(out + size + 8, TOWARDS_EARLIER(near, 8) ^ s);
		s ^= SPREAD(FIRST_BYTE(near));
		store64(out + size, TOWARDS_EARLIER(far, 8) ^ s);
		s ^= SPREAD(FIRST_BYTE(far));
	}
	return (mps_u8)s;
}

void mps_descramble_down(mps_u8 *out, const mps_u8 *in, const mps_u8 *before, mps_size size)
{
	while (size % 8) {
		size--; /* may be 0, and in[-1] the byte before: as a signed step, not as an index that wraps */
		out[size] = in[size] ^ (in + size)[-1] ^ before[size];
	}
	while (size) {
		size -= 8;
		store64(out + size, load64(in + size) ^ load64(in + size - 1) ^ load64(before + size));
	}
}

/* Up to one period: all that lies 65 bytes back is in the register. */
static void scramble_short(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_u8 original[MPS_PERIOD + MPS_PERIOD];

	load_period(original, state);
	memcpy(original + MPS_PERIOD, in, size);
	mps_scramble_down(out, in, original, size, xor_window(original + size) ^ original[size + MPS_WINDOW]);
	memcpy(state->window, original + MPS_PERIOD + size - MPS_WINDOW, MPS_WINDOW);
	state->sum = xor_window(state->window);
}

void mps_scramble_word(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_u8 period[MPS_PERIOD];
	mps_u8 last, leaving;

	if (size == 0)
		return;
	if (size <= MPS_PERIOD) {
		scramble_short(state, out, in, size);
		return;
	}
	load_period(period, state);
	leaving = in[size - MPS_PERIOD];
	last = xor_window(in + size - MPS_WINDOW) ^ leaving;
	memcpy(state->window, in + size - MPS_WINDOW, MPS_WINDOW);
	state->sum = last ^ leaving;
	last = mps_scramble_down(out + MPS_PERIOD, in + MPS_PERIOD, in, size - MPS_PERIOD, last);
	mps_scramble_down(out, in, period, MPS_PERIOD, last);
}

static void descramble_short(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_u8 period[MPS_PERIOD];
	mps_u8 scrambled[1 + MPS_WINDOW];

	load_period(period, state);
	scrambled[0] = 0; /* S[-1] */
	memcpy(scrambled + 1, in, size);
	mps_descramble_down(out, scrambled + 1, period, size);
	mps_state_skip(state, out, size);
}

/* Eight of a row's columns: one word, taken from the end of the row to its beginning, since it needs S[i-1] as well. */
#define COLUMNS(k, acc)                                                        \
	do {                                                                   \
		(acc) ^= load64(in + 8 * (k)) ^ load64(in + 8 * (k) - 1);      \
		store64(out + 8 * (k), acc);                                   \
	} while (0)

void mps_descramble_word(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	const mps_u8 *window = state->window;
	mps_u64 a0, a1, a2, a3, a4, a5, a6, a7, first;
	mps_u8 a8, change, sum;
	mps_size rows;

	if (size == 0)
		return;
	if (size < MPS_PERIOD) {
		descramble_short(state, out, in, size);
		return;
	}
	sum = in[size - 1];
	a0 = TOWARDS_LATER(load64(window), 8) ^ AS_FIRST(state->sum);
	a1 = load64(window + 7);
	a2 = load64(window + 15);
	a3 = load64(window + 23);
	a4 = load64(window + 31);
	a5 = load64(window + 39);
	a6 = load64(window + 47);
	a7 = load64(window + 55);
	a8 = window[63];

	/* The first row has no byte before it. */
	change = in[64] ^ in[63];
	COLUMNS(7, a7);
	COLUMNS(6, a6);
	COLUMNS(5, a5);
	COLUMNS(4, a4);
	COLUMNS(3, a3);
	COLUMNS(2, a2);
	COLUMNS(1, a1);
	first = load64(in);
	a0 ^= first ^ TOWARDS_LATER(first, 8);
	store64(out, a0);
	a8 ^= change;
	in += MPS_PERIOD;
	out += MPS_PERIOD;
	size -= MPS_PERIOD;

	/* A row's 65th byte is stored a row late: in place the next row still needs its scrambled value. */
	for (rows = size / MPS_PERIOD; rows; rows--) {
		change = in[64] ^ in[63];
		COLUMNS(7, a7);
		COLUMNS(6, a6);
		COLUMNS(5, a5);
		COLUMNS(4, a4);
		COLUMNS(3, a3);
		COLUMNS(2, a2);
		COLUMNS(1, a1);
		COLUMNS(0, a0);
		out[-1] = a8;
		a8 ^= change;
		in += MPS_PERIOD;
		out += MPS_PERIOD;
	}
	size %= MPS_PERIOD;
	mps_descramble_down(out, in, out - MPS_PERIOD, size);
	out[-1] = a8;

	out += size;
	state->sum = sum ^ *(out - MPS_PERIOD);
	memcpy(state->window, out - MPS_WINDOW, MPS_WINDOW);
}
