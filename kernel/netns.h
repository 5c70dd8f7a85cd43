/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What belongs to one network namespace: the net.mpscramble.* settings, the counters and the files under
 * /proc/net/mpscramble. Settings are read without locks; one that changes holds for handshakes that start later.
 */
#ifndef MPS_NETNS_H
#define MPS_NETNS_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <net/net_namespace.h>

#include "keylog.h"
#include "register.h"

struct mps_prefixes;

/* name in /proc/net/mpscramble/counters, and what is counted */
#define MPS_COUNTERS(X)                                                                                      \
	X(offered)         /* SYNs sent with the bit (first of a connection) */                               \
	X(asked)           /* SYNs received with the bit and taken up */                                      \
	X(granted)         /* SYN/ACKs sent with the bit (first of a connection) */                           \
	X(completed)       /* handshakes after which both keys are known */                                   \
	X(not_granted)     /* offers that the peer, or something on the way, did not take up */               \
	X(untrusted)       /* handshakes neither offered nor taken up: the local address is not trusted */    \
	X(steered)         /* connect() calls bound to a trusted source address */                            \
	X(table_full)      /* handshakes neither offered nor taken up: too many are half open */              \
	X(gated_segments)  /* dropped: they would have made the receiving kernel fall back to plain TCP */    \
	X(gate_resets)     /* connections reset because only such segments came */                            \
	X(joins_delayed)   /* MP_JOIN SYNs dropped by gate_join */                                            \
	X(head_exposed)    /* segments with bytes of the first 64 that left over an untrusted path */         \
	X(key_timeouts)    /* connections failed because their keys did not become known */                   \
	X(stashed)         /* reads whose buffer could not take what had been received already */

enum mps_counter {
#define MPS_COUNTER_ENUM(name) MPS_COUNT_##name,
	MPS_COUNTERS(MPS_COUNTER_ENUM)
#undef MPS_COUNTER_ENUM
	MPS_COUNTER_MAX
};

struct mps_net {
	struct net *net;
	int enabled;   /* negotiate scrambling for new connections */
	int gate_join; /* drop MP_JOIN SYNs until the first byte was sent */
	u8 flag;       /* the bit of the MP_CAPABLE flags */
	enum mps_init init;
	enum mps_key_order key_order;
	struct mps_prefixes __rcu *trusted; /* NULL: every address will do */
	struct mps_key_log key_log;

	atomic_t handshakes; /* entries in the table, of them ... */
	atomic_t half_open;  /* ... not complete yet */
	atomic_long_t counters[MPS_COUNTER_MAX];

	struct ctl_table *sysctl_table;
	struct ctl_table_header *sysctl;
};

/* Valid as long as @net is. */
struct mps_net *mps_net(const struct net *net);

static inline void mps_count(struct mps_net *mn, enum mps_counter counter)
{
	atomic_long_inc(&mn->counters[counter]);
}

int mps_netns_init(void);
void mps_netns_exit(void);

/* sysctl.c and proc.c, for netns.c alone */
int mps_sysctl_register(struct mps_net *mn);
void mps_sysctl_unregister(struct mps_net *mn);
int mps_proc_register(struct mps_net *mn);
void mps_proc_unregister(struct mps_net *mn);

#endif
