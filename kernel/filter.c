// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See filter.h.
 *
 *     initiator                                                                       listener
 *     output_syn      ASKED       -- SYN, MP_CAPABLE + bit -->                 ASKED    input_syn
 *     input_syn_ack   GRANTED     <-- SYN/ACK, MP_CAPABLE + bit, key B --      GRANTED  output_syn_ack
 *     output_keys     COMPLETE    -- ACK [+ data], MP_CAPABLE + bit, A, B -->  COMPLETE input_keys
 *
 * The bit missing in an answer means no. After GRANTED there is no way back, because the initiator scrambles from
 * then on: if the third ACK gets lost, or something on the way takes the option off, the listener's kernel would fall
 * back to plain TCP and hand scrambled bytes to its application. Therefore the gate: until the third ACK came and the
 * kernel made an MPTCP socket of it, every segment without it is dropped, and after some patience answered with a
 * reset.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/inet_sock.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>

#include "compat.h"
#include "conn.h"
#include "filter.h"
#include "netns.h"
#include "proto.h"
#include "segment.h"
#include "trust.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#define GATE_PATIENCE (5 * HZ)

/* The MPTCP socket on top of a subflow, if it is one of ours. Valid under RCU. */
static const struct sock *our_socket(const struct sock *subflow)
{
	const struct socket *socket;
	const struct sock *sk;

	subflow = sk_to_full_sk((struct sock *)subflow);
	if (!subflow || !sk_fullsock(subflow))
		return NULL;
	socket = READ_ONCE(subflow->sk_socket);
	sk = socket ? READ_ONCE(socket->sk) : NULL;
	return sk && mps_proto_is_ours(sk) ? sk : NULL;
}

static unsigned int accept_or_drop(int err)
{
	return err ? NF_DROP : NF_ACCEPT;
}

static void send_reset(struct mps_segment *segment, const struct nf_hook_state *state)
{
	if (state->pf == NFPROTO_IPV4)
		nf_send_reset(state->net, state->sk, segment->skb, state->hook);
	else
		nf_send_reset6(state->net, state->sk, segment->skb, state->hook);
}

/* ---- outgoing ---------------------------------------------------------------------------------------------------- */

static unsigned int output_syn(struct mps_net *mn, struct mps_segment *segment, const struct mps_tuple *tuple,
			       const struct sock *subflow, struct mps_handshake *known)
{
	const struct mps_capable *capable = &segment->capable;
	u32 isn = ntohl(segment->tcp.seq);
	struct mps_handshake *handshake;
	unsigned int verdict;

	/* A connection that was offered stays so, whatever the settings have become and even if its socket is gone. */
	if (known && known->initiator && known->isn == isn && segment->is_capable)
		return accept_or_drop(mps_segment_set_flags(segment, capable->flags | known->flag));
	/* Another connection on these ports, or the same one after MPTCP was given up for lack of an answer. */
	if (known)
		mps_handshake_forget(known);
	if (!READ_ONCE(mn->enabled) || !segment->is_capable || segment->payload || !our_socket(subflow))
		return NF_ACCEPT;
	if (!mps_trusts(mn, &tuple->local)) {
		mps_count(mn, MPS_COUNT_untrusted);
		return NF_ACCEPT;
	}
	handshake = mps_handshake_start(mn, tuple, true, isn);
	if (!handshake)
		return NF_ACCEPT;
	verdict = accept_or_drop(mps_segment_set_flags(segment, capable->flags | handshake->flag));
	mps_handshake_put(handshake);
	return verdict;
}

static unsigned int output_syn_ack(struct mps_net *mn, struct mps_segment *segment, const struct sock *subflow,
				   struct mps_handshake *known)
{
	const struct mps_capable *capable = &segment->capable;

	if (!known || known->initiator)
		return NF_ACCEPT;
	if (ntohl(segment->tcp.ack_seq) != known->isn + 1 ||
	    (known->stage == MPS_ASKED && !(segment->is_capable && capable->sender_key && our_socket(subflow)))) {
		mps_handshake_forget(known);
		return NF_ACCEPT;
	}
	if (!segment->is_capable || !capable->sender_key)
		return NF_ACCEPT; /* the gate will be shut */
	if (mps_handshake_grant(known, capable->sender_key))
		mps_count(mn, MPS_COUNT_granted);
	return accept_or_drop(mps_segment_set_flags(segment, capable->flags | known->flag));
}

static unsigned int output_keys(struct mps_segment *segment, struct mps_handshake *known)
{
	const struct mps_capable *capable = &segment->capable;

	if (!known || !known->initiator ||
	    !mps_handshake_complete(known, capable->sender_key, capable->receiver_key))
		return NF_ACCEPT;
	return accept_or_drop(mps_segment_set_flags(segment, capable->flags | known->flag));
}

/*
 * The head of a stream (its first 64 bytes) opens all that follows, and belongs on the trusted path. MPTCP may still
 * reinject it on another one: say so.
 */
static void watch_head(struct mps_net *mn, const struct mps_segment *segment, const struct nf_hook_state *state)
{
	const struct mps_handshake *handshake;
	struct mps_mapping mapping;
	struct mps_tuple tuple;
	bool first_path, trusted;
	const struct sock *sk;
	u64 offset;

	if (!mps_mapping_find(segment->options, segment->options_size, &mapping))
		return;
	sk = our_socket(state->sk);
	/* When the application has closed the connection, its subflows lead to it no more, but the number may. */
	handshake = sk ? mps_conn_handshake(sk) : mps_handshake_by_first_dsn(mapping.dsn);
	if (!handshake)
		return;
	offset = mapping.dsn - handshake->local_dsn;
	if (!mapping.dsn_is_64)
		offset = (u32)offset;
	if (offset >= MPS_WINDOW)
		return;
	mps_segment_tuple(&tuple, segment, state, true);
	first_path = !memcmp(&tuple, &handshake->tuple, sizeof(tuple));
	trusted = mps_trust_is_set(mn) ? mps_trusts(mn, &tuple.local) : first_path;
	if (trusted)
		return;
	mps_count(mn, MPS_COUNT_head_exposed);
	trace_mpscramble_head_exposed(&tuple, (unsigned int)offset, segment->payload);
}

static bool is_active(struct mps_net *mn)
{
	return READ_ONCE(mn->enabled) || atomic_read(&mn->handshakes);
}

static unsigned int on_output(void *unused, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct mps_net *mn = mps_net(state->net);
	struct mps_handshake *known;
	struct mps_segment segment;
	struct mps_tuple tuple;
	unsigned int verdict = NF_ACCEPT;

	if (!is_active(mn) || !mps_segment_read(&segment, skb, state->pf))
		return NF_ACCEPT;
	if (!segment.tcp.syn && !segment.is_capable) {
		if (segment.payload)
			watch_head(mn, &segment, state);
		return NF_ACCEPT;
	}
	mps_segment_tuple(&tuple, &segment, state, true);
	known = mps_handshake_find(&tuple);
	if (segment.tcp.syn && segment.tcp.ack)
		verdict = output_syn_ack(mn, &segment, state->sk ?: skb->sk, known);
	else if (segment.tcp.syn)
		verdict = output_syn(mn, &segment, &tuple, state->sk, known);
	else if (segment.capable.receiver_key)
		verdict = output_keys(&segment, known);
	mps_handshake_put(known);
	return verdict;
}

/* ---- incoming ---------------------------------------------------------------------------------------------------- */

/* gate_join: until the first byte has left, there is only the first path for it. The peer tries again in a second. */
static bool join_comes_too_early(struct mps_net *mn, const struct mps_segment *segment)
{
	struct sock *sk;
	bool early;
	u32 token;

	if (!READ_ONCE(mn->gate_join) || !mps_join_token_find(segment->options, segment->options_size, &token))
		return false;
	sk = (struct sock *)mptcp_token_get_sock(mn->net, token);
	if (!sk)
		return false;
	early = mps_proto_is_ours(sk) && !mps_conn_has_sent(sk);
	sock_put(sk);
	return early;
}

static unsigned int input_syn(struct mps_net *mn, struct mps_segment *segment, const struct mps_tuple *tuple,
			      struct mps_handshake *known)
{
	const struct mps_capable *capable = &segment->capable;
	u32 isn = ntohl(segment->tcp.seq);
	bool same = known && !known->initiator && known->isn == isn;
	u8 flag = same ? known->flag : READ_ONCE(mn->flag);

	if (join_comes_too_early(mn, segment)) {
		mps_count(mn, MPS_COUNT_joins_delayed);
		return NF_DROP;
	}
	if (!segment->is_capable || !(capable->flags & flag)) {
		/* The initiator gave MPTCP up for lack of an answer, and takes no offer any more. */
		if (same && !mps_handshake_is_complete(known))
			mps_handshake_forget(known);
		return NF_ACCEPT;
	}
	if (!same) {
		if (!READ_ONCE(mn->enabled))
			return NF_ACCEPT;
		/* A stray SYN must not take the handshake of a living connection away. */
		if (known && mps_handshake_is_complete(known) && mps_handshake_has_socket(known))
			return NF_ACCEPT;
		if (!mps_trusts(mn, &tuple->local)) {
			mps_count(mn, MPS_COUNT_untrusted);
		} else if (!segment->payload) { /* data with a SYN precedes the keys */
			mps_handshake_put(mps_handshake_start(mn, tuple, false, isn));
		}
	}
	return accept_or_drop(mps_segment_set_flags(segment, capable->flags & ~flag));
}

static unsigned int input_syn_ack(struct mps_net *mn, struct mps_segment *segment, struct mps_handshake *known)
{
	const struct mps_capable *capable = &segment->capable;

	if (!known || !known->initiator || ntohl(segment->tcp.ack_seq) != known->isn + 1)
		return NF_ACCEPT;
	if (segment->is_capable && capable->sender_key && (capable->flags & known->flag)) {
		mps_handshake_grant(known, capable->sender_key);
		return accept_or_drop(mps_segment_set_flags(segment, capable->flags & ~known->flag));
	}
	if (known->stage == MPS_ASKED) {
		mps_count(mn, MPS_COUNT_not_granted);
		mps_handshake_forget(known);
	}
	return NF_ACCEPT;
}

/* A third ACK with the bit that fits no handshake of ours: its sender scrambles, and nobody here can tell. */
static unsigned int refuse(struct mps_net *mn, struct mps_segment *segment, const struct nf_hook_state *state)
{
	mps_count(mn, MPS_COUNT_gated_segments);
	mps_count(mn, MPS_COUNT_gate_resets);
	send_reset(segment, state);
	return NF_DROP;
}

static unsigned int input_keys(struct mps_net *mn, struct mps_segment *segment, const struct nf_hook_state *state,
			       struct mps_handshake *known)
{
	const struct mps_capable *capable = &segment->capable;

	if (!known)
		return READ_ONCE(mn->enabled) ? refuse(mn, segment, state) : NF_ACCEPT;
	if (known->initiator)
		return NF_ACCEPT;
	if (!mps_handshake_complete(known, capable->sender_key, capable->receiver_key))
		return refuse(mn, segment, state);
	return accept_or_drop(mps_segment_set_flags(segment, capable->flags & ~known->flag));
}

static unsigned int input_gated(struct mps_net *mn, struct mps_segment *segment, const struct nf_hook_state *state,
				struct mps_handshake *known)
{
	unsigned long now = jiffies ?: 1;

	mps_count(mn, MPS_COUNT_gated_segments);
	WRITE_ONCE(known->touched, now);
	if (!READ_ONCE(known->gated_since)) {
		WRITE_ONCE(known->gated_since, now);
	} else if (time_after(now, READ_ONCE(known->gated_since) + GATE_PATIENCE)) {
		mps_count(mn, MPS_COUNT_gate_resets);
		send_reset(segment, state);
	}
	return NF_DROP;
}

static unsigned int input_other(struct mps_net *mn, struct mps_segment *segment, const struct nf_hook_state *state)
{
	struct mps_handshake *known;
	unsigned int verdict = NF_ACCEPT;
	struct mps_tuple tuple;
	u8 flag;

	if (segment->tcp.rst || (!segment->is_capable && !atomic_read(&mn->half_open)))
		return NF_ACCEPT;
	mps_segment_tuple(&tuple, segment, state, false);
	known = mps_handshake_find(&tuple);
	flag = known ? known->flag : READ_ONCE(mn->flag);
	if (segment->is_capable && segment->capable.receiver_key && (segment->capable.flags & flag))
		verdict = input_keys(mn, segment, state, known);
	else if (known && !known->initiator && READ_ONCE(known->stage) != MPS_ASKED &&
		 !mps_handshake_is_confirmed(known))
		verdict = input_gated(mn, segment, state, known);
	mps_handshake_put(known);
	return verdict;
}

static unsigned int on_input(void *unused, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct mps_net *mn = mps_net(state->net);
	struct mps_handshake *known;
	struct mps_segment segment;
	struct mps_tuple tuple;
	unsigned int verdict;

	if (!is_active(mn) || !mps_segment_read(&segment, skb, state->pf))
		return NF_ACCEPT;
	if (!segment.tcp.syn)
		return input_other(mn, &segment, state);
	mps_segment_tuple(&tuple, &segment, state, false);
	known = mps_handshake_find(&tuple);
	verdict = segment.tcp.ack ? input_syn_ack(mn, &segment, known) : input_syn(mn, &segment, &tuple, known);
	mps_handshake_put(known);
	return verdict;
}

/* ---- hooks: nearest to the sockets, so that the addresses are those that the sockets know ------------------------ */

static const struct nf_hook_ops hooks[] = {
	{ .hook = on_output, .pf = NFPROTO_IPV4, .hooknum = NF_INET_LOCAL_OUT, .priority = NF_IP_PRI_FIRST },
	{ .hook = on_input, .pf = NFPROTO_IPV4, .hooknum = NF_INET_LOCAL_IN, .priority = NF_IP_PRI_LAST },
	{ .hook = on_output, .pf = NFPROTO_IPV6, .hooknum = NF_INET_LOCAL_OUT, .priority = NF_IP6_PRI_FIRST },
	{ .hook = on_input, .pf = NFPROTO_IPV6, .hooknum = NF_INET_LOCAL_IN, .priority = NF_IP6_PRI_LAST },
};

int mps_filter_register(struct net *net)
{
	return nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

void mps_filter_unregister(struct net *net)
{
	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}
