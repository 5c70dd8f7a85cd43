// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/* mps_scramble() and mps_descramble() where no vector unit is used: the kernel and other freestanding builds. */
#include "mps_scramble.h"

void mps_scramble(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_scramble_word(state, out, in, size);
}

void mps_descramble(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_descramble_word(state, out, in, size);
}
