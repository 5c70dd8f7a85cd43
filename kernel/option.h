/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding MPTCP version 1 options (RFC 8684) among the options of one TCP header. Free of kernel types, so that the
 * same file is tested in user space. It reads; whoever changes a byte does so with the offset it was given.
 */
#ifndef MPS_OPTION_H
#define MPS_OPTION_H

#include "mps_scramble_deps.h"

#ifdef __KERNEL__
typedef u16 mps_u16;
typedef u32 mps_u32;
#else
typedef uint16_t mps_u16;
typedef uint32_t mps_u32;
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define MPS_TCP_OPTIONS_MAX 40u /* bytes of options that a TCP header can hold */

/* The bits of the MP_CAPABLE flags that RFC 8684 leaves unassigned (D to G): the ones a scrambler may use. */
#define MPS_CAPABLE_FREE_BITS 0x1eu
#define MPS_CAPABLE_DEFAULT_BIT 0x10u

/* MP_CAPABLE. The keys point into the options, in network byte order; NULL where this segment carries none. */
struct mps_capable {
	mps_size flags_at; /* offset of the flags byte in the options */
	mps_u8 flags;
	const mps_u8 *sender_key;
	const mps_u8 *receiver_key;
};

/* The mapping of a DSS option. @dsn is as wide as the option says: compare modulo 2^32 unless @dsn_is_64. */
struct mps_mapping {
	mps_u64 dsn;
	mps_bool dsn_is_64;
	mps_u16 length;
};

/*
 * Each looks at @size bytes of @options and returns whether a well-formed option of its kind is there; @found is
 * written only then. Damaged lists end the search: what stands before the damage still counts.
 */
mps_bool mps_capable_find(const mps_u8 *options, mps_size size, struct mps_capable *found);
mps_bool mps_mapping_find(const mps_u8 *options, mps_size size, struct mps_mapping *found);
/* Only the MP_JOIN of a SYN carries a token (of the side that receives it). */
mps_bool mps_join_token_find(const mps_u8 *options, mps_size size, mps_u32 *token);

#ifdef __cplusplus
}
#endif
#endif
