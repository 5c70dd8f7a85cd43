/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The implementations of the codec in user space, and which of them mps_scramble() and mps_descramble() use.
 *
 * The choice falls at the first call: what the environment variable MPSCRAMBLE_CODEC names, if this processor can run
 * it, and the fastest supported one otherwise. All of them compute the same function (tests/unit/scramble), so this
 * matters to tests and benchmarks only. Every function here may be called from any thread at any time.
 *
 * Not for freestanding builds: the kernel has mps_default.c instead.
 */
#ifndef MPS_CODECS_H
#define MPS_CODECS_H

#include "mps_scramble.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MPS_CODEC_VARIABLE "MPSCRAMBLE_CODEC"

struct mps_codec {
	const char *name; /* "straight", "revised", "word", "avx2", "avx512" */
	mps_codec_fn *scramble;
	mps_codec_fn *descramble;
	mps_bool (*supported)(void); /* may this processor run it? */
};

/* All implementations that this build contains, slowest first; static storage. */
const struct mps_codec *mps_codecs(mps_size *count);

/* The implementation of that name, or NULL. */
const struct mps_codec *mps_codec_named(const char *name);

/* The one that mps_scramble() and mps_descramble() use now. */
const struct mps_codec *mps_codec_active(void);

/*
 * From now on use the implementation of this name in all threads; NULL chooses as at the first call again. False,
 * and nothing changed, if there is none of this name or the processor cannot run it.
 */
mps_bool mps_codec_force(const char *name);

/* 32 and 64 bytes at a time; only where supported() says so. Declared on x86-64 alone. */
#ifdef __x86_64__
mps_codec_fn mps_scramble_avx2;
mps_codec_fn mps_descramble_avx2;
mps_codec_fn mps_scramble_avx512;
mps_codec_fn mps_descramble_avx512;
#endif

#ifdef __cplusplus
}
#endif
#endif
