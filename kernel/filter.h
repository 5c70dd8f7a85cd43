/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Negotiation in the packet filter (paper, section III.B: "a flag bit in MP_CAPABLE"). Outgoing segments get the bit,
 * incoming ones are read and lose it again before TCP sees them, since the stock MPTCP code ignores an MP_CAPABLE
 * with a bit that it does not know.
 */
#ifndef MPS_FILTER_H
#define MPS_FILTER_H

struct net;

int mps_filter_register(struct net *net);
void mps_filter_unregister(struct net *net);

#endif
