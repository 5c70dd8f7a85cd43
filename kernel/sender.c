// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sendmsg: scrambling (paper, section V.C (2); figures 13 and 14).
 *
 * Figure 14 scrambles in the buffer of the application, which then reads back what it never wrote, and which may lie
 * in memory that is read-only or shared. Here every byte is copied first, and the copy is scrambled.
 *
 * The stock function is always called with MSG_DONTWAIT, and the waiting is done here without any lock held, so that
 * what MPTCP did not take can be taken back, and so that nobody waits behind a writer who waits.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "conn.h"
#include "proto.h"

#define CHUNK_MAX 32768u /* bytes copied, scrambled and queued at a time */
#define CHUNK_SMALL 128u /* up to here on the stack */
#define CHUNK_PROBE 2048u /* when the queue seems full: the stock function has to see it, to ask for a wakeup */

/* How much to scramble at once: not much more than the queue will take, as the rest would be work in vain. */
static size_t chunk_size(const struct sock *sk, size_t room)
{
	long space = (long)READ_ONCE(sk->sk_sndbuf) - READ_ONCE(sk->sk_wmem_queued);

	return min_t(size_t, room, max_t(long, space, CHUNK_PROBE));
}

/*
 * One chunk from @msg into the send queue: bytes taken (maybe fewer than there are), or a negative error. @msg is
 * advanced by just as many, and so is the register.
 */
static int send_chunk(struct sock *sk, struct mps_conn *conn, struct msghdr *msg, int flags, u8 *buffer, size_t room)
{
	struct msghdr part = { .msg_flags = flags | MSG_DONTWAIT };
	struct mps_state *state, ahead;
	struct kvec vec = { .iov_base = buffer };
	int taken;

	mutex_lock(&conn->send.lock);
	/*
	 * Another thread may have disconnected the socket since the verdict was asked for. It cannot while the lock is
	 * held, and the next connection may have got its registers: pairs with the release in adopt().
	 */
	if (smp_load_acquire(&conn->verdict) != MPS_SCRAMBLED) {
		taken = -EPIPE;
		goto out;
	}
	state = mps_conn_state(conn, &conn->send);
	vec.iov_len = copy_from_iter(buffer, min(chunk_size(sk, room), msg_data_left(msg)), &msg->msg_iter);
	if (!vec.iov_len) {
		taken = -EFAULT;
		goto out;
	}
	ahead = *state;
	mps_scramble(&ahead, buffer, buffer, vec.iov_len);
	if (msg_data_left(msg))
		part.msg_flags |= MSG_MORE;
	iov_iter_kvec(&part.msg_iter, ITER_SOURCE, &vec, 1, vec.iov_len);
	taken = mps_proto_family(sk)->base->sendmsg(sk, &part, vec.iov_len);
	if (taken == vec.iov_len) {
		*state = ahead;
	} else {
		if (taken > 0)
			mps_descramble(state, buffer, buffer, taken);
		iov_iter_revert(&msg->msg_iter, vec.iov_len - max(taken, 0));
	}
	if (taken > 0)
		WRITE_ONCE(conn->sent, true);
out:
	mutex_unlock(&conn->send.lock);
	return taken;
}

/* The stock function consumed the socket's error, but the bytes before it count: the next call shall see it. */
static void give_error_back(struct sock *sk, int err)
{
	if (err == -EAGAIN || err == -EPIPE || err == -EFAULT || err == sock_intr_errno(0) ||
	    err == sock_intr_errno(MAX_SCHEDULE_TIMEOUT))
		return;
	lock_sock(sk);
	if (!sk->sk_err)
		WRITE_ONCE(sk->sk_err, -err);
	release_sock(sk);
}

static int send_scrambled(struct sock *sk, struct mps_conn *conn, struct msghdr *msg)
{
	int flags = msg->msg_flags & (MSG_MORE | MSG_NOSIGNAL);
	long timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	u8 small[CHUNK_SMALL], *buffer = small;
	size_t room = sizeof(small);
	int done = 0, err = 0;

	if (msg_data_left(msg) > sizeof(small)) {
		room = min_t(size_t, msg_data_left(msg), CHUNK_MAX);
		buffer = kvmalloc(room, GFP_KERNEL);
		if (!buffer)
			return -ENOBUFS;
	}
	add_wait_queue(sk_sleep(sk), &wait);
	while (msg_data_left(msg) && done <= INT_MAX - (int)CHUNK_MAX) {
		/* A SIGPIPE after a part was taken would be one that the stock socket does not raise. */
		err = send_chunk(sk, conn, msg, flags | (done ? MSG_NOSIGNAL : 0), buffer, room);
		if (err > 0) {
			done += err;
			err = 0;
			continue;
		}
		if (err != -EAGAIN || !timeo)
			break;
		if (signal_pending(current)) {
			err = sock_intr_errno(timeo);
			break;
		}
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	if (buffer != small)
		kvfree(buffer);
	if (done && err < 0)
		give_error_back(sk, err);
	return done ?: err;
}

/* Waits for the end of the handshake as the stock function would; 0, or the error it gives. */
static int await_connection(struct sock *sk, int flags)
{
	long timeo = sock_sndtimeo(sk, flags & MSG_DONTWAIT);
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	add_wait_queue(sk_sleep(sk), &wait);
	while ((1 << READ_ONCE(sk->sk_state)) & (TCPF_SYN_SENT | TCPF_SYN_RECV)) {
		if (READ_ONCE(sk->sk_err))
			break; /* for the stock function to tell */
		if (!timeo)
			err = -EAGAIN;
		else if (signal_pending(current))
			err = sock_intr_errno(timeo);
		if (err)
			break;
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

/* The socket cannot send: let the stock function say why, without giving it a byte that it might queue after all. */
static int send_nothing(struct sock *sk, struct msghdr *msg)
{
	struct msghdr nothing = { .msg_flags = msg->msg_flags };
	struct kvec vec = {};
	int err;

	iov_iter_kvec(&nothing.msg_iter, ITER_SOURCE, &vec, 1, 0);
	err = mps_proto_family(sk)->base->sendmsg(sk, &nothing, 0);
	return err ?: -EAGAIN;
}

int mps_sendmsg(struct sock *sk, struct msghdr *msg, size_t size)
{
	struct mps_conn *conn = mps_conn(sk);
	int err;

	/* Data in the SYN would precede the negotiation and the keys. */
	if (msg->msg_flags & MSG_FASTOPEN)
		return -EOPNOTSUPP;
	if (size && READ_ONCE(conn->verdict) == MPS_UNDECIDED) {
		err = await_connection(sk, msg->msg_flags);
		if (err)
			return err;
		if (!((1 << READ_ONCE(sk->sk_state)) & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT)))
			return send_nothing(sk, msg);
	}
	switch (size ? mps_conn_decide(sk, conn) : MPS_PLAIN) {
	case MPS_SCRAMBLED:
		return send_scrambled(sk, conn, msg);
	case MPS_PLAIN:
		/*
		 * May wait, and so has no lock of ours. What remains: if other threads end the connection and begin
		 * one that is scrambled just here, before the stock function has the socket lock, these bytes are
		 * queued there as they are.
		 */
		return mps_proto_family(sk)->base->sendmsg(sk, msg, size);
	case MPS_UNDECIDED: /* closed a moment ago */
		return send_nothing(sk, msg);
	case MPS_FAILED:
		break;
	}
	return -ECONNABORTED;
}
