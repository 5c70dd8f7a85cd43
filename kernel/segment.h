/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TCP segment in a netfilter hook: headers read, options copied, and the one byte that this module may change. */
#ifndef MPS_SEGMENT_H
#define MPS_SEGMENT_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>

#include "handshake.h"
#include "option.h"

struct mps_segment {
	struct sk_buff *skb;
	unsigned int tcp_at; /* offset of the TCP header in @skb */
	unsigned int payload; /* bytes */
	struct tcphdr tcp;
	unsigned int options_size;
	const u8 *options; /* in @skb where they can lie there, or in @copy */
	bool is_capable; /* an MP_CAPABLE of version 1 is there: */
	struct mps_capable capable; /* its keys lie in @copy */
	u8 copy[sizeof(struct tcphdr) + MPS_TCP_OPTIONS_MAX];
};

/*
 * False for what is not a whole TCP header. Called for every segment, whether or not it has to do with MPTCP: does as
 * little as it can.
 */
bool mps_segment_read(struct mps_segment *segment, struct sk_buff *skb, u8 family);

/* The connection it belongs to. @outgoing says which of the two addresses is the local one. */
void mps_segment_tuple(struct mps_tuple *tuple, const struct mps_segment *segment, const struct nf_hook_state *state,
		       bool outgoing);

/*
 * Writes the flags of the MP_CAPABLE, and corrects the checksum. -ENOMEM when there is no private copy of the header
 * to be had.
 */
int mps_segment_set_flags(struct mps_segment *segment, u8 flags);

#endif
