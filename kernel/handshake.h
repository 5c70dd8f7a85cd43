/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of handshakes: what the packet filter learned about a connection (is it scrambled, under which keys),
 * kept until the connection's socket is gone. Found by the addresses and ports of the first subflow as its socket
 * sees them, that is outside of any NAT of this host.
 *
 * An entry is born when the SYN with the bit passes, and dies when the peer does not take up the offer, when it
 * stays half open too long, when another connection reuses its ports, or with its socket. Two ends on one host are
 * two entries.
 */
#ifndef MPS_HANDSHAKE_H
#define MPS_HANDSHAKE_H

#include <linux/in6.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "mps_scramble.h"
#include "register.h"

struct mps_net;
struct net;
struct sock;

/* Hashed as bytes: clear it before filling it in. IPv4 addresses are mapped. */
struct mps_tuple {
	const struct net *net;
	struct in6_addr local;
	struct in6_addr remote;
	__be16 local_port;
	__be16 remote_port;
	u32 zero;
};

enum mps_stage {
	MPS_ASKED,    /* the SYN carried the bit */
	MPS_GRANTED,  /* so did the SYN/ACK: from here on it is scrambled or nothing */
	MPS_COMPLETE, /* so did the third ACK, and both keys are known */
};

struct mps_handshake {
	struct rhash_head node;
	struct rhash_head dsn_node; /* once complete, if its number was free */
	struct rcu_head rcu;
	refcount_t refs; /* one of them the table's */
	struct mps_tuple tuple;

	/* Fixed at birth: what holds for this connection, whatever the settings become. */
	bool initiator;
	u8 flag;
	enum mps_init init;
	enum mps_key_order key_order;
	u32 isn; /* of the SYN */

	spinlock_t lock; /* for what follows */
	bool in_table;
	bool in_dsn_table;
	bool half_open;            /* counted as such: until it is complete and, of a listener, confirmed */
	enum mps_stage stage;
	bool claimed;              /* a socket will forget it; the collector need not care */
	unsigned long touched;     /* jiffies of the latest SYN or change of stage */
	unsigned long gated_since; /* jiffies of the first segment dropped by the gate, 0 for none */
	u8 local_key[MPS_KEY_SIZE];
	u8 remote_key[MPS_KEY_SIZE];
	u32 local_token; /* of our key; valid when complete, as is: */
	u64 local_dsn;   /* data sequence number of the first byte we send */
	wait_queue_head_t completed;
};

/* A reference to the entry, or NULL. */
struct mps_handshake *mps_handshake_find(const struct mps_tuple *tuple);
void mps_handshake_put(struct mps_handshake *handshake);

/* The complete handshake of the connection whose first byte we send has this number, or NULL. Under RCU. */
const struct mps_handshake *mps_handshake_by_first_dsn(u64 dsn);

/*
 * The SYN with the bit passes, for the first time or again. Returns a reference, or NULL when there is no room. An
 * entry of another connection (another @isn or role) that had these ports before is forgotten.
 */
struct mps_handshake *mps_handshake_start(struct mps_net *mn, const struct mps_tuple *tuple, bool initiator, u32 isn);
/* Takes it out of the table; harmless when it is out already. */
void mps_handshake_forget(struct mps_handshake *handshake);

/* The SYN/ACK with the bit passed; @listener_key is the key in it. Says whether this is news. */
bool mps_handshake_grant(struct mps_handshake *handshake, const u8 *listener_key);
/* The third ACK (or the first data) with both keys passed. False when @listener_key is not the granted one. */
bool mps_handshake_complete(struct mps_handshake *handshake, const u8 *initiator_key, const u8 *listener_key);
static inline bool mps_handshake_is_complete(const struct mps_handshake *handshake)
{
	/* Pairs with the release that publishes the keys. */
	return smp_load_acquire(&handshake->stage) == MPS_COMPLETE;
}

/*
 * Waits, uninterruptibly but briefly, until it is complete; false when it does not become so. The application of an
 * initiator may run before its own third ACK passes the filter.
 */
bool mps_handshake_await(struct mps_handshake *handshake);

/* Whether a living MPTCP socket belongs to this complete handshake. */
bool mps_handshake_has_socket(const struct mps_handshake *handshake);

/*
 * Whether the kernel has taken the third ACK as we have. It may drop it after us, or take a later segment first that
 * another CPU received, and then make a plain TCP socket of it.
 */
bool mps_handshake_is_confirmed(struct mps_handshake *handshake);

/* A socket adopts its handshake; it has to mps_handshake_forget() and put it when it dies. */
void mps_handshake_claim(struct mps_handshake *handshake);

/* The tuple of the connection whose MPTCP socket is @sk, whose lock is held. */
void mps_tuple_of_sock(struct mps_tuple *tuple, const struct sock *sk);

/* The network namespace dies. May sleep. */
void mps_handshake_forget_net(const struct net *net);

int mps_handshake_init(void);
void mps_handshake_exit(void);

#endif
