/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this module keeps for each MPTCP socket. It lies behind the mptcp_sock in the same slab object: where the paper
 * (figure 12) patches struct mptcp_cb.
 *
 * A socket that a listener accepts is a byte copy of the listener, and no function of the protocol is called when the
 * copy is made. So an area is valid only if it says that it belongs to the socket it is found in.
 */
#ifndef MPS_CONN_H
#define MPS_CONN_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <net/sock.h>

#include "handshake.h"
#include "mps_scramble.h"

enum mps_verdict {
	MPS_UNDECIDED, /* the handshake is not over */
	MPS_PLAIN,     /* not negotiated: the stock functions do everything */
	MPS_SCRAMBLED,
	MPS_FAILED, /* negotiated, but the keys never became known */
};

/*
 * One direction of the stream. @lock orders the bytes: it is held from the codec to the queue, and never in a wait for
 * the peer. It is taken before the socket lock.
 */
struct mps_direction {
	struct mutex lock;        /* for the state, and for who is next */
	struct mps_state initial; /* written before the verdict is */
	struct mps_state state;   /* under @lock, valid if @epoch is the connection's */
	u32 epoch;
};

struct mps_conn {
	const struct sock *owner;
	u32 epoch; /* which connection of this socket: disconnect() makes room for another; starts at 1 */
	enum mps_verdict verdict;
	bool sent; /* a first byte has been handed to MPTCP */
	struct mps_handshake __rcu *handshake;
	struct mps_direction send;
	struct mps_direction receive;

	/* Descrambled bytes that a reader's buffer could not take. Under receive.lock. */
	u8 *stash;
	size_t stash_at;
	size_t stash_size;
};

/* The area of @sk, set up if need be. Takes the socket lock then. */
struct mps_conn *mps_conn(struct sock *sk);
/* The same with the socket lock held. */
struct mps_conn *mps_conn_locked(struct sock *sk);
/* Whether that has been done. */
bool mps_conn_is_set_up(const struct sock *sk);

/*
 * Whether the connection is scrambled; looks it up once the handshake is over. MPS_UNDECIDED only before that. May
 * sleep for a moment, and sees nothing of signals.
 */
enum mps_verdict mps_conn_decide(struct sock *sk, struct mps_conn *conn);
/* The state of a direction whose lock is held, at the beginning of the stream if nothing has passed yet. */
struct mps_state *mps_conn_state(struct mps_conn *conn, struct mps_direction *direction);

/*
 * Between these two, both under the socket lock, which the first one may let go of for a moment, nobody is between
 * codec and queue: what is scrambled for one connection of a socket does not get into the next one.
 */
void mps_conn_halt(struct sock *sk);
void mps_conn_resume(struct sock *sk);
/* The connection is over, while halted; the socket may get another one. */
void mps_conn_reset(struct sock *sk);
/* The socket is over. */
void mps_conn_destroy(struct sock *sk);

/* For the packet filter; under RCU. Both can only look. */
const struct mps_handshake *mps_conn_handshake(const struct sock *sk);
bool mps_conn_has_sent(const struct sock *sk);

#endif
