/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The scrambling codec of Kato et al. 2018, sections III.B and V.C.
 *
 * One register of 64 original bytes per connection and direction. For stream byte i
 *
 *     S[i] = b[i] ^ (b[i-1] ^ b[i-2] ^ ... ^ b[i-64])                     (figures 9 and 10)
 *
 * where b[-64..-1] is the initial register: zero bytes followed by the sender's key. No byte is added and none
 * is removed; the stream is continuous in data sequence order across all subflows.
 *
 * Freestanding C11: the same file is compiled into the user-space library and into the kernel module. The only
 * outside dependencies are in mps_scramble_deps.h. Nothing here allocates, sleeps, locks or fails.
 *
 * This is not a cipher; see docs/ for what it gives away.
 */
#ifndef MPS_SCRAMBLE_H
#define MPS_SCRAMBLE_H

#include "mps_scramble_deps.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MPS_WINDOW 64u                /* W: original bytes in the register */
#define MPS_PERIOD (MPS_WINDOW + 1u) /* Q: S[i] ^ S[i-1] = b[i] ^ b[i-65] */
#define MPS_KEY_SIZE 8u               /* an MPTCP key, in network byte order */

/*
 * The register of one direction. Plain data: copy it to remember a position, copy it back to return there.
 * Both directions of the codec leave the same state behind after the same original bytes.
 */
struct mps_state {
	mps_u8 window[MPS_WINDOW]; /* b[i-64] first, b[i-1] last */
	mps_u8 sum;                /* XOR of the window */
};

/*
 * Initial register: zeros, then the @size bytes of @key right-aligned. @size is 8 for a raw key, 20 or 32 for an
 * HMAC of it; of more than 64 bytes the last 64 count. @size 0 gives the all-zero register.
 */
void mps_state_init(struct mps_state *state, const mps_u8 *key, mps_size size);

/* Advances @state by @size original bytes without output, as both directions of the codec would. */
void mps_state_skip(struct mps_state *state, const mps_u8 *original, mps_size size);

/*
 * @out and @in are @size bytes each and either the same buffer or disjoint. Any split of a stream into calls gives
 * the same bytes.
 */
void mps_scramble(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size);
void mps_descramble(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size);

/* Every implementation computes the same function; see mps_codecs.h for the vector units of user space. */
typedef void mps_codec_fn(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size);

mps_codec_fn mps_scramble_straight;  /* Table II "straight": 64 XORs and a 64-byte shift a byte */
mps_codec_fn mps_descramble_straight;
mps_codec_fn mps_scramble_revised;   /* Table II "revised": ring buffer and running XOR (figure 14) */
mps_codec_fn mps_descramble_revised;
mps_codec_fn mps_scramble_word;      /* eight bytes at a time in general registers */
mps_codec_fn mps_descramble_word;

/*
 * What the word form is made of; the vector forms finish their last bytes with it. @before points to the original
 * bytes 65 places earlier. Both go from the last byte to the first, so that @out may be @in.
 * Scrambling takes the last S and returns the one before the first: @last is S[size-1], the result S[-1].
 * Descrambling reads @in[-1].
 */
mps_u8 mps_scramble_down(mps_u8 *out, const mps_u8 *in, const mps_u8 *before, mps_size size, mps_u8 last);
void mps_descramble_down(mps_u8 *out, const mps_u8 *in, const mps_u8 *before, mps_size size);

/* The vectors known by heart; false means the build is broken. The kernel module refuses to load then. */
mps_bool mps_scramble_self_test(void);

#ifdef __cplusplus
}
#endif
#endif
