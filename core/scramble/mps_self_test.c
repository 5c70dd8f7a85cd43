// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Known answers that a build must give before it is trusted: the kernel module runs this when it is loaded.
 * Key a1b2c3d4e5f60718 throughout: its bytes XOR to 0x08, whereas those of 0123456789abcdef XOR to 0 and would hide
 * a missing key.
 */
#include "mps_scramble.h"

static const mps_u8 test_key[MPS_KEY_SIZE] = { 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18 };

/* The 13 scrambled bytes of "A" * 70 from position 57 on; before it 49 08 49 08 ... 49. */
static const mps_u8 tail_of_As[13] = { 0xa9, 0x5a, 0xd8, 0x4d, 0xe9, 0x5e, 0x18, 0x41, 0x41, 0x41, 0x41, 0x41, 0x41 };

#define N_AS 70u

static mps_bool right_scrambled_As(const mps_u8 *s)
{
	mps_size i;

	for (i = 0; i < N_AS; i++) {
		mps_u8 want = i >= 57 ? tail_of_As[i - 57] : (i % 2 ? 0x08 : 0x49);

		if (s[i] != want)
			return 0;
	}
	return 1;
}

/* Encode in two pieces, in place; compare; decode in two other pieces; compare. */
static mps_bool pair_works(mps_codec_fn *scramble, mps_codec_fn *descramble)
{
	struct mps_state state;
	mps_u8 bytes[N_AS];
	mps_size i;

	memset(bytes, 'A', sizeof(bytes));
	mps_state_init(&state, test_key, sizeof(test_key));
	scramble(&state, bytes, bytes, 33);
	scramble(&state, bytes + 33, bytes + 33, N_AS - 33);
	if (!right_scrambled_As(bytes))
		return 0;
	mps_state_init(&state, test_key, sizeof(test_key));
	descramble(&state, bytes, bytes, 66);
	descramble(&state, bytes + 66, bytes + 66, N_AS - 66);
	for (i = 0; i < N_AS; i++)
		if (bytes[i] != 'A')
			return 0;
	return 1;
}

mps_bool mps_scramble_self_test(void)
{
	return pair_works(mps_scramble_straight, mps_descramble_straight) &&
	       pair_works(mps_scramble_revised, mps_descramble_revised) &&
	       pair_works(mps_scramble_word, mps_descramble_word) && pair_works(mps_scramble, mps_descramble);
}
