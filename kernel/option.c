// SPDX-License-Identifier: GPL-2.0-or-later
/* See option.h. */
#include "option.h"

enum { KIND_END = 0, KIND_NOP = 1, KIND_MPTCP = 30 };
enum { SUBTYPE_CAPABLE = 0, SUBTYPE_JOIN = 1, SUBTYPE_DSS = 2 };

/* MP_CAPABLE of version 1: subtype and version, flags, then up to two keys and what belongs to the first data. */
enum { CAPABLE_SYN = 4, CAPABLE_SYN_ACK = 12, CAPABLE_ACK = 20, CAPABLE_DATA = 22, CAPABLE_DATA_CHECKSUM = 24 };
enum { CAPABLE_VERSION = 1, JOIN_SYN = 12 };
enum { DSS_ACK = 0x01, DSS_ACK_64 = 0x02, DSS_MAP = 0x04, DSS_DSN_64 = 0x08 };

static mps_u64 read_number(const mps_u8 *bytes, mps_size size)
{
	mps_u64 value = 0;
	mps_size i;

	for (i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

/* The first MPTCP option of @subtype, its size in @found_size; NULL when there is none. */
static const mps_u8 *find_option(const mps_u8 *options, mps_size size, mps_u8 subtype, mps_size *found_size)
{
	mps_size at = 0;

	while (at < size && options[at] != KIND_END) {
		mps_size option_size;

		if (options[at] == KIND_NOP) {
			at++;
			continue;
		}
		if (size - at < 2)
			break;
		option_size = options[at + 1];
		if (option_size < 2 || option_size > size - at)
			break;
		if (options[at] == KIND_MPTCP && option_size >= 3 && options[at + 2] >> 4 == subtype) {
			*found_size = option_size;
			return options + at;
		}
		at += option_size;
	}
	return NULL;
}

mps_bool mps_capable_find(const mps_u8 *options, mps_size size, struct mps_capable *found)
{
	mps_size n;
	const mps_u8 *option = find_option(options, size, SUBTYPE_CAPABLE, &n);

	if (!option)
		return 0;
	if (n != CAPABLE_SYN && n != CAPABLE_SYN_ACK && n != CAPABLE_ACK && n != CAPABLE_DATA &&
	    n != CAPABLE_DATA_CHECKSUM)
		return 0;
	if ((option[2] & 0x0f) != CAPABLE_VERSION)
		return 0;
	found->flags_at = (mps_size)(option - options) + 3;
	found->flags = option[3];
	found->sender_key = n >= CAPABLE_SYN_ACK ? option + 4 : NULL;
	found->receiver_key = n >= CAPABLE_ACK ? option + 12 : NULL;
	return 1;
}

mps_bool mps_mapping_find(const mps_u8 *options, mps_size size, struct mps_mapping *found)
{
	mps_size n, at = 4, dsn_size;
	const mps_u8 *option = find_option(options, size, SUBTYPE_DSS, &n);

	if (!option || n < 4 || !(option[3] & DSS_MAP))
		return 0;
	if (option[3] & DSS_ACK)
		at += option[3] & DSS_ACK_64 ? 8 : 4;
	dsn_size = option[3] & DSS_DSN_64 ? 8 : 4;
	if (n < at + dsn_size + 6) /* and the subflow sequence number and the length */
		return 0;
	found->dsn = read_number(option + at, dsn_size);
	found->dsn_is_64 = dsn_size == 8;
	found->length = (mps_u16)read_number(option + at + dsn_size + 4, 2);
	return 1;
}

mps_bool mps_join_token_find(const mps_u8 *options, mps_size size, mps_u32 *token)
{
	mps_size n;
	const mps_u8 *option = find_option(options, size, SUBTYPE_JOIN, &n);

	if (!option || n != JOIN_SYN)
		return 0;
	*token = (mps_u32)read_number(option + 4, 4);
	return 1;
}
