/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* All that the codec needs from outside: integer types and three memory functions. */
#ifndef MPS_SCRAMBLE_DEPS_H
#define MPS_SCRAMBLE_DEPS_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
#include <string.h>
#else
/* A freestanding compiler may emit calls to these anyway; it ships no header that declares them. */
void *memcpy(void *dest, const void *src, size_t n);
void *memmove(void *dest, const void *src, size_t n);
void *memset(void *dest, int c, size_t n);
#endif
#endif

#ifdef __KERNEL__
typedef u8 mps_u8;
typedef u64 mps_u64;
typedef bool mps_bool;
#else
typedef uint8_t mps_u8;
typedef uint64_t mps_u64;
#ifdef __cplusplus
typedef bool mps_bool;
#else
typedef _Bool mps_bool;
#endif
#endif
typedef size_t mps_size;

#endif
