/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which local addresses belong to trusted networks (paper, section III.B: "can be done by the IP address of
 * interfaces"). A list of prefixes a network namespace; without one, every address will do for a first subflow.
 * IPv4 addresses appear as IPv4-mapped IPv6 addresses throughout this module.
 */
#ifndef MPS_TRUST_H
#define MPS_TRUST_H

#include <linux/in6.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct mps_net;
struct socket;
struct sockaddr;

#define MPS_PREFIXES_MAX 32u
#define MPS_PREFIX_TEXT_MAX 50u /* bytes: an IPv4-mapped address in full, "/128" and a blank */

struct mps_prefixes {
	struct rcu_head rcu;
	unsigned int count;
	struct mps_prefix {
		struct in6_addr address;
		u8 bits; /* of the IPv4-mapped form: 96 more than written */
	} list[];
};

/* "10.0.1.0/24 2001:db8::/32", separated by spaces or commas; NULL for an empty list, or ERR_PTR(-EINVAL). */
struct mps_prefixes *mps_prefixes_parse(const char *text);
/* Writes at most @size bytes, always terminated. */
void mps_prefixes_print(const struct mps_prefixes *prefixes, char *text, size_t size);

/* Takes over @prefixes. */
void mps_trust_set(struct mps_net *mn, struct mps_prefixes *prefixes);
/* Whether a first subflow may start at @local. */
bool mps_trusts(const struct mps_net *mn, const struct in6_addr *local);
/* Whether a list is there at all. */
bool mps_trust_is_set(const struct mps_net *mn);

#endif
