// SPDX-License-Identifier: GPL-2.0-or-later
/* See handshake.h. */
#include <crypto/sha2.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "compat.h"
#include "handshake.h"
#include "netns.h"

#define HALF_OPEN_MAX 4096 /* a network namespace: a flood of SYNs costs memory only up to here */
#define HALF_OPEN_LIFE (130 * HZ) /* since the latest SYN: longer than retransmissions of it are apart */
#define UNCLAIMED_AGE (10 * HZ) /* of a complete entry before the collector looks for its socket */
#define COLLECT_EVERY (5 * HZ)
#define AWAIT_KEYS (2 * HZ)

static const struct rhashtable_params table_params = {
	.key_len = sizeof(struct mps_tuple),
	.key_offset = offsetof(struct mps_handshake, tuple),
	.head_offset = offsetof(struct mps_handshake, node),
	.automatic_shrinking = true,
};

/* 64 bits of a hash of a secret: no two connections of a host have the same, or else one is not found. */
static const struct rhashtable_params dsn_params = {
	.key_len = sizeof(u64),
	.key_offset = offsetof(struct mps_handshake, local_dsn),
	.head_offset = offsetof(struct mps_handshake, dsn_node),
	.automatic_shrinking = true,
};

static struct rhashtable table;
static struct rhashtable dsn_table;

static void collect(struct work_struct *work);
static DECLARE_DELAYED_WORK(collector, collect);
static DEFINE_MUTEX(sweep_lock); /* no namespace dies while the table is swept */

struct mps_handshake *mps_handshake_find(const struct mps_tuple *tuple)
{
	struct mps_handshake *found;

	rcu_read_lock();
	found = rhashtable_lookup(&table, tuple, table_params);
	if (found && !refcount_inc_not_zero(&found->refs))
		found = NULL;
	rcu_read_unlock();
	return found;
}

const struct mps_handshake *mps_handshake_by_first_dsn(u64 dsn)
{
	return rhashtable_lookup(&dsn_table, &dsn, dsn_params);
}

void mps_handshake_put(struct mps_handshake *handshake)
{
	if (handshake && refcount_dec_and_test(&handshake->refs)) {
		memzero_explicit(handshake->local_key, MPS_KEY_SIZE);
		memzero_explicit(handshake->remote_key, MPS_KEY_SIZE);
		kfree_rcu(handshake, rcu);
	}
}

/* Under its lock, while it is in the table. */
static void settle(struct mps_handshake *handshake)
{
	if (handshake->half_open)
		atomic_dec(&mps_net(handshake->tuple.net)->half_open);
	handshake->half_open = false;
}

void mps_handshake_forget(struct mps_handshake *handshake)
{
	struct mps_net *mn;
	bool ours;

	spin_lock_bh(&handshake->lock);
	ours = handshake->in_table;
	if (ours) {
		mn = mps_net(handshake->tuple.net);
		handshake->in_table = false;
		atomic_dec(&mn->handshakes);
		settle(handshake);
		if (handshake->in_dsn_table)
			rhashtable_remove_fast(&dsn_table, &handshake->dsn_node, dsn_params);
	}
	spin_unlock_bh(&handshake->lock);
	if (!ours)
		return;
	rhashtable_remove_fast(&table, &handshake->node, table_params);
	wake_up_all(&handshake->completed);
	mps_handshake_put(handshake);
}

static struct mps_handshake *new_handshake(struct mps_net *mn, const struct mps_tuple *tuple, bool initiator,
					   u32 isn)
{
	struct mps_handshake *handshake = kzalloc(sizeof(*handshake), GFP_ATOMIC);

	if (!handshake)
		return NULL;
	refcount_set(&handshake->refs, 2);
	handshake->tuple = *tuple;
	handshake->initiator = initiator;
	handshake->flag = READ_ONCE(mn->flag);
	handshake->init = READ_ONCE(mn->init);
	handshake->key_order = READ_ONCE(mn->key_order);
	handshake->isn = isn;
	spin_lock_init(&handshake->lock);
	init_waitqueue_head(&handshake->completed);
	handshake->in_table = true;
	handshake->half_open = true;
	handshake->touched = jiffies;
	return handshake;
}

struct mps_handshake *mps_handshake_start(struct mps_net *mn, const struct mps_tuple *tuple, bool initiator, u32 isn)
{
	struct mps_handshake *handshake = mps_handshake_find(tuple);

	if (handshake) {
		if (handshake->initiator == initiator && handshake->isn == isn) {
			WRITE_ONCE(handshake->touched, jiffies);
			return handshake;
		}
		mps_handshake_forget(handshake);
		mps_handshake_put(handshake);
	}
	if (atomic_inc_return(&mn->half_open) > HALF_OPEN_MAX) {
		mps_count(mn, MPS_COUNT_table_full);
		goto err;
	}
	handshake = new_handshake(mn, tuple, initiator, isn);
	if (!handshake)
		goto err;
	if (rhashtable_lookup_insert_fast(&table, &handshake->node, table_params)) {
		kfree(handshake);
		goto err;
	}
	atomic_inc(&mn->handshakes);
	mps_count(mn, initiator ? MPS_COUNT_offered : MPS_COUNT_asked);
	schedule_delayed_work(&collector, COLLECT_EVERY);
	return handshake;

err:
	atomic_dec(&mn->half_open);
	return NULL;
}

bool mps_handshake_grant(struct mps_handshake *handshake, const u8 *listener_key)
{
	bool news;

	spin_lock_bh(&handshake->lock);
	news = handshake->stage == MPS_ASKED;
	if (news) {
		memcpy(handshake->initiator ? handshake->remote_key : handshake->local_key, listener_key,
		       MPS_KEY_SIZE);
		handshake->stage = MPS_GRANTED;
		handshake->touched = jiffies;
	}
	spin_unlock_bh(&handshake->lock);
	return news;
}

/* RFC 8684, section 3.1: the token begins the hash of a key, and the initial data sequence number ends it. */
static void hash_local_key(struct mps_handshake *handshake)
{
	u8 digest[SHA256_DIGEST_SIZE];
	__be32 token;
	__be64 idsn;

	sha256(handshake->local_key, MPS_KEY_SIZE, digest);
	memcpy(&token, digest, sizeof(token));
	memcpy(&idsn, digest + SHA256_DIGEST_SIZE - sizeof(idsn), sizeof(idsn));
	handshake->local_token = be32_to_cpu(token);
	handshake->local_dsn = be64_to_cpu(idsn) + 1;
}

bool mps_handshake_complete(struct mps_handshake *handshake, const u8 *initiator_key, const u8 *listener_key)
{
	struct mps_net *mn = mps_net(handshake->tuple.net);
	const u8 *known = handshake->initiator ? handshake->remote_key : handshake->local_key;
	bool right, news = false;

	spin_lock_bh(&handshake->lock);
	right = handshake->in_table && handshake->stage != MPS_ASKED && !memcmp(known, listener_key, MPS_KEY_SIZE);
	if (right && handshake->stage == MPS_GRANTED) {
		news = true;
		memcpy(handshake->initiator ? handshake->local_key : handshake->remote_key, initiator_key,
		       MPS_KEY_SIZE);
		hash_local_key(handshake);
		handshake->in_dsn_table =
			!rhashtable_lookup_insert_fast(&dsn_table, &handshake->dsn_node, dsn_params);
		handshake->touched = jiffies;
		if (handshake->initiator)
			settle(handshake);
		/* The keys before the stage: see mps_handshake_is_complete(). */
		smp_store_release(&handshake->stage, MPS_COMPLETE);
	}
	spin_unlock_bh(&handshake->lock);
	if (news) {
		mps_count(mn, MPS_COUNT_completed);
		mps_key_log_add(&mn->key_log, initiator_key, listener_key);
		wake_up_all(&handshake->completed);
	}
	return right;
}

bool mps_handshake_await(struct mps_handshake *handshake)
{
	wait_event_timeout(handshake->completed,
			   mps_handshake_is_complete(handshake) || !READ_ONCE(handshake->in_table), AWAIT_KEYS);
	return mps_handshake_is_complete(handshake);
}

void mps_handshake_claim(struct mps_handshake *handshake)
{
	spin_lock_bh(&handshake->lock);
	handshake->claimed = true;
	spin_unlock_bh(&handshake->lock);
}

void mps_tuple_of_sock(struct mps_tuple *tuple, const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);

	memset(tuple, 0, sizeof(*tuple));
	tuple->net = sock_net(sk);
	tuple->local_port = inet->inet_sport;
	tuple->remote_port = inet->inet_dport;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		tuple->local = sk->sk_v6_rcv_saddr;
		tuple->remote = sk->sk_v6_daddr;
		return;
	}
#endif
	ipv6_addr_set_v4mapped(inet->inet_saddr, &tuple->local);
	ipv6_addr_set_v4mapped(inet->inet_daddr, &tuple->remote);
}

/* ---- the collector: entries that no socket will forget --------------------------------------------------------- */

/* That is the socket which owns the token of our key, accepted by the application or not. */
bool mps_handshake_has_socket(const struct mps_handshake *handshake)
{
	struct mptcp_sock *msk;

	if (READ_ONCE(handshake->claimed))
		return READ_ONCE(handshake->in_table);
	msk = mptcp_token_get_sock((struct net *)handshake->tuple.net, handshake->local_token);
	if (!msk)
		return false;
	sock_put((struct sock *)msk);
	return true;
}

bool mps_handshake_is_confirmed(struct mps_handshake *handshake)
{
	if (!READ_ONCE(handshake->half_open))
		return true;
	if (!mps_handshake_is_complete(handshake) || !mps_handshake_has_socket(handshake))
		return false;
	spin_lock_bh(&handshake->lock);
	if (handshake->in_table)
		settle(handshake);
	spin_unlock_bh(&handshake->lock);
	return true;
}

static bool is_stale(struct mps_handshake *handshake)
{
	bool confirmed = mps_handshake_is_confirmed(handshake);
	unsigned long until = READ_ONCE(handshake->touched) + (confirmed ? UNCLAIMED_AGE : HALF_OPEN_LIFE);

	/* It may have been touched, in the next jiffy even, while another processor comes to this line. */
	return time_after(jiffies, until) && !(confirmed && mps_handshake_has_socket(handshake));
}

/* One walk through the table; whether it took something out. Then the walk may have passed over what stood behind. */
static bool sweep_once(const struct net *net)
{
	struct mps_handshake *handshake;
	struct rhashtable_iter iter;
	bool found = false;

	rhashtable_walk_enter(&table, &iter);
	rhashtable_walk_start(&iter);
	while ((handshake = rhashtable_walk_next(&iter))) {
		if (IS_ERR(handshake) || !refcount_inc_not_zero(&handshake->refs))
			continue; /* the table is being resized, and the walk starts again */
		rhashtable_walk_stop(&iter);
		if (net ? handshake->tuple.net == net : is_stale(handshake)) {
			mps_handshake_forget(handshake);
			found = true;
		}
		mps_handshake_put(handshake);
		rhashtable_walk_start(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return found;
}

/* @net: every entry of it; NULL: every stale one. */
static void sweep(const struct net *net)
{
	mutex_lock(&sweep_lock);
	while (sweep_once(net))
		cond_resched();
	mutex_unlock(&sweep_lock);
}

static void collect(struct work_struct *work)
{
	sweep(NULL);
	if (atomic_read(&table.nelems))
		schedule_delayed_work(&collector, COLLECT_EVERY);
}

void mps_handshake_forget_net(const struct net *net)
{
	sweep(net);
}

int __init mps_handshake_init(void)
{
	int err = rhashtable_init(&table, &table_params);

	if (err)
		return err;
	err = rhashtable_init(&dsn_table, &dsn_params);
	if (err)
		rhashtable_destroy(&table);
	return err;
}

void mps_handshake_exit(void)
{
	cancel_delayed_work_sync(&collector);
	rhashtable_destroy(&dsn_table);
	rhashtable_destroy(&table);
}
