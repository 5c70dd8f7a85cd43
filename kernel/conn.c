// SPDX-License-Identifier: GPL-2.0-or-later
/* See conn.h. */
#include <linux/slab.h>

#include "conn.h"
#include "netns.h"
#include "proto.h"

struct mps_conn *mps_conn_locked(struct sock *sk)
{
	struct mps_conn *conn = mps_proto_conn(sk);

	if (mps_conn_is_set_up(sk))
		return conn;
	memset(conn, 0, sizeof(*conn));
	mutex_init(&conn->send.lock);
	mutex_init(&conn->receive.lock);
	conn->epoch = 1;
	/* Whoever sees the owner sees the rest. */
	smp_store_release(&conn->owner, sk);
	return conn;
}

bool mps_conn_is_set_up(const struct sock *sk)
{
	/* Pairs with the release in mps_conn_locked(). */
	return smp_load_acquire(&mps_proto_conn((struct sock *)sk)->owner) == sk;
}

struct mps_conn *mps_conn(struct sock *sk)
{
	struct mps_conn *conn = mps_proto_conn(sk);

	if (likely(mps_conn_is_set_up(sk)))
		return conn;
	lock_sock(sk);
	mps_conn_locked(sk);
	release_sock(sk);
	return conn;
}

/* Under the socket lock. Keys of both directions into the initial registers, or the reason why not. */
static int start_registers(struct mps_conn *conn, const struct mps_handshake *handshake)
{
	return mps_register_start(&conn->send.initial, handshake->local_key, handshake->init, handshake->key_order) ?:
	       mps_register_start(&conn->receive.initial, handshake->remote_key, handshake->init,
				  handshake->key_order);
}

static void adopt(struct sock *sk, struct mps_conn *conn, struct mps_handshake *handshake)
{
	enum mps_verdict verdict = MPS_FAILED;

	if (mps_handshake_is_complete(handshake) && !start_registers(conn, handshake))
		verdict = MPS_SCRAMBLED;
	else
		mps_count(mps_net(sock_net(sk)), MPS_COUNT_key_timeouts);
	mps_handshake_claim(handshake);
	rcu_assign_pointer(conn->handshake, handshake);
	/* The registers before the verdict. */
	smp_store_release(&conn->verdict, verdict);
}

enum mps_verdict mps_conn_decide(struct sock *sk, struct mps_conn *conn)
{
	struct mps_handshake *handshake = NULL;
	enum mps_verdict verdict;
	struct mps_tuple tuple;
	u32 epoch;

	/* Pairs with the release in adopt(): the registers are there. */
	verdict = smp_load_acquire(&conn->verdict);
	if (verdict != MPS_UNDECIDED)
		return verdict;
	lock_sock(sk);
	if (!((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV | TCPF_LISTEN)) && inet_sk(sk)->inet_dport) {
		epoch = conn->epoch;
		mps_tuple_of_sock(&tuple, sk);
		handshake = mps_handshake_find(&tuple);
		if (!handshake) {
			conn->verdict = MPS_PLAIN;
		} else if (sk->sk_state != TCP_CLOSE || mps_handshake_is_complete(handshake)) {
			release_sock(sk);
			mps_handshake_await(handshake);
			lock_sock(sk);
			if (conn->verdict == MPS_UNDECIDED && conn->epoch == epoch) {
				adopt(sk, conn, handshake);
				handshake = NULL;
			}
		}
	}
	verdict = conn->verdict;
	release_sock(sk);
	mps_handshake_put(handshake);
	return verdict;
}

struct mps_state *mps_conn_state(struct mps_conn *conn, struct mps_direction *direction)
{
	u32 epoch = READ_ONCE(conn->epoch);

	lockdep_assert_held(&direction->lock);
	if (direction->epoch != epoch) {
		direction->state = direction->initial;
		direction->epoch = epoch;
	}
	return &direction->state;
}

static void drop_handshake(struct mps_conn *conn)
{
	struct mps_handshake *handshake = unrcu_pointer(xchg(&conn->handshake, NULL));

	if (handshake) {
		mps_handshake_forget(handshake);
		mps_handshake_put(handshake);
	}
}

void mps_conn_halt(struct sock *sk)
{
	struct mps_conn *conn = mps_conn_locked(sk);

	/* Against the order, but without waiting: mostly nobody is there. */
	if (mutex_trylock(&conn->send.lock)) {
		if (mutex_trylock(&conn->receive.lock))
			return;
		mutex_unlock(&conn->send.lock);
	}
	release_sock(sk);
	mutex_lock(&conn->send.lock);
	mutex_lock(&conn->receive.lock);
	lock_sock(sk);
}

void mps_conn_resume(struct sock *sk)
{
	struct mps_conn *conn = mps_conn_locked(sk);

	mutex_unlock(&conn->receive.lock);
	mutex_unlock(&conn->send.lock);
}

void mps_conn_reset(struct sock *sk)
{
	struct mps_conn *conn = mps_conn_locked(sk);

	lockdep_assert_held(&conn->send.lock);
	lockdep_assert_held(&conn->receive.lock);
	WRITE_ONCE(conn->epoch, conn->epoch + 1);
	conn->verdict = MPS_UNDECIDED;
	WRITE_ONCE(conn->sent, false);
	/* A stash is left to the next reader, who sees by the epoch that it is of another connection. */
	drop_handshake(conn);
}

void mps_conn_destroy(struct sock *sk)
{
	struct mps_conn *conn = mps_proto_conn(sk);

	if (!mps_conn_is_set_up(sk))
		return;
	drop_handshake(conn);
	kvfree_sensitive(conn->stash, conn->stash_at + conn->stash_size);
	memzero_explicit(&conn->send.initial, sizeof(conn->send.initial));
	memzero_explicit(&conn->receive.initial, sizeof(conn->receive.initial));
	conn->stash = NULL;
	conn->owner = NULL;
}

const struct mps_handshake *mps_conn_handshake(const struct sock *sk)
{
	const struct mps_conn *conn = mps_proto_conn((struct sock *)sk);

	return mps_conn_is_set_up(sk) ? rcu_dereference(conn->handshake) : NULL;
}

bool mps_conn_has_sent(const struct sock *sk)
{
	const struct mps_conn *conn = mps_proto_conn((struct sock *)sk);

	return mps_conn_is_set_up(sk) && READ_ONCE(conn->sent);
}
