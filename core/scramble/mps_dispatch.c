/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * mps_scramble() and mps_descramble() of user space: the fastest implementation that the processor can run.
 * Freestanding builds take mps_default.c in its place.
 */
#include "mps_codecs.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static mps_bool runs_anywhere(void)
{
	return 1;
}

#ifdef __x86_64__
static mps_bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") != 0;
}

static mps_bool has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
}
#endif

static const struct mps_codec codecs[] = {
	{ "straight", mps_scramble_straight, mps_descramble_straight, runs_anywhere },
	{ "revised", mps_scramble_revised, mps_descramble_revised, runs_anywhere },
	{ "word", mps_scramble_word, mps_descramble_word, runs_anywhere },
#ifdef __x86_64__
	{ "avx2", mps_scramble_avx2, mps_descramble_avx2, has_avx2 },
	{ "avx512", mps_scramble_avx512, mps_descramble_avx512, has_avx512 },
#endif
};

#define N_CODECS (sizeof(codecs) / sizeof(codecs[0]))

/* Set once by whoever comes first; threads that race choose the same, so the order of their stores is irrelevant. */
static _Atomic(const struct mps_codec *) active;

const struct mps_codec *mps_codecs(mps_size *count)
{
	*count = N_CODECS;
	return codecs;
}

const struct mps_codec *mps_codec_named(const char *name)
{
	mps_size i;

	for (i = 0; i < N_CODECS; i++)
		if (strcmp(codecs[i].name, name) == 0)
			return &codecs[i];
	return NULL;
}

static const struct mps_codec *fastest(void)
{
	mps_size i = N_CODECS;

	while (!codecs[--i].supported())
		;
	return &codecs[i];
}

static const struct mps_codec *choose(void)
{
	const char *wish = getenv(MPS_CODEC_VARIABLE);
	const struct mps_codec *codec = wish ? mps_codec_named(wish) : NULL;

	return codec && codec->supported() ? codec : fastest();
}

const struct mps_codec *mps_codec_active(void)
{
	const struct mps_codec *codec = atomic_load_explicit(&active, memory_order_acquire);

	if (!codec) {
		const struct mps_codec *none = NULL;

		codec = choose();
		/* A thread that forced one in the meantime is right. */
		if (!atomic_compare_exchange_strong(&active, &none, codec))
			codec = none;
	}
	return codec;
}

mps_bool mps_codec_force(const char *name)
{
	const struct mps_codec *codec = name ? mps_codec_named(name) : choose();

	if (!codec || !codec->supported())
		return 0;
	atomic_store_explicit(&active, codec, memory_order_release);
	return 1;
}

void mps_scramble(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_codec_active()->scramble(state, out, in, size);
}

void mps_descramble(struct mps_state *state, mps_u8 *out, const mps_u8 *in, mps_size size)
{
	mps_codec_active()->descramble(state, out, in, size);
}
