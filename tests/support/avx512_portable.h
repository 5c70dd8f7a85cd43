/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The AVX-512 form of the codec over a portable model of its intrinsics, see avx512_portable.c. x86-64 only.
 */
#ifndef MPS_TESTS_SUPPORT_AVX512_PORTABLE_H
#define MPS_TESTS_SUPPORT_AVX512_PORTABLE_H

#include "core/scramble/mps_codecs.h"

#ifdef __cplusplus
extern "C" {
#endif

mps_codec_fn mps_scramble_avx512_portable;
mps_codec_fn mps_descramble_avx512_portable;

#ifdef __cplusplus
}
#endif
#endif
