// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * recvmsg: descrambling (paper, section V.C (3); figure 15).
 *
 * The stock function reads into a buffer of ours; descrambled bytes go on to the application. Once MPTCP has given
 * bytes up they are gone from its queue, so what the application's memory cannot take is stashed for the next read.
 * As in sender.c, the waiting is done here, without a lock.
 */
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "conn.h"
#include "netns.h"
#include "proto.h"

#define CHUNK_MAX 32768u /* bytes read and descrambled at a time */
#define CHUNK_SMALL 128u /* up to here on the stack */
#define PEEK_MAX 262144u /* bytes: Linux 6.1 cannot continue a peek, so it has to be made in one go */

struct reader {
	struct sock *sk;
	struct mps_conn *conn;
	struct msghdr *msg;
	struct msghdr fresh; /* @msg as it came, for its space for control messages */
	int flags;           /* of the application */
	u8 *buffer;
	size_t room;
	bool buffer_is_heap;
	bool faulted; /* the application's memory took less than it was given */
};

/* Reads up to @size bytes as they are in the queue, without waiting. */
static int read_queue(struct reader *reader, u8 *buffer, size_t size, int flags)
{
	struct msghdr part = reader->fresh;
	struct kvec vec = { .iov_base = buffer, .iov_len = size };
	int address_size = 0, n;

	iov_iter_kvec(&part.msg_iter, ITER_DEST, &vec, 1, size);
	n = mps_proto_family(reader->sk)->base->recvmsg(reader->sk, &part, size, flags | MSG_DONTWAIT, &address_size);
	if (n >= 0) {
		/* Control messages (timestamps, bytes left) are those of the last read. */
		reader->msg->msg_control = part.msg_control;
		reader->msg->msg_controllen = part.msg_controllen;
		reader->msg->msg_flags = part.msg_flags;
	}
	return n;
}

/* In place. False when the connection turned out to have failed: bytes that nobody can judge go to nobody. */
static bool descramble(struct reader *reader, u8 *bytes, size_t size, bool peek)
{
	struct mps_state *state, copy;

	switch (mps_conn_decide(reader->sk, reader->conn)) {
	case MPS_SCRAMBLED:
		state = mps_conn_state(reader->conn, &reader->conn->receive);
		if (peek) {
			copy = *state;
			state = &copy;
		}
		mps_descramble(state, bytes, bytes, size);
		return true;
	case MPS_PLAIN:
		return true;
	default:
		return false;
	}
}

/* To the application: how many bytes its memory took. */
static size_t deliver(struct reader *reader, const u8 *bytes, size_t size)
{
	size_t taken;

	if (reader->flags & MSG_TRUNC)
		return size; /* wants to skip them */
	taken = copy_to_iter(bytes, size, &reader->msg->msg_iter);
	reader->faulted = taken < size;
	return taken;
}

/* ---- the stash --------------------------------------------------------------------------------------------------- */

static void free_stash(struct mps_conn *conn)
{
	kvfree(conn->stash);
	conn->stash = NULL;
	conn->stash_at = 0;
	conn->stash_size = 0;
}

static bool has_stash(const struct mps_conn *conn)
{
	return READ_ONCE(conn->stash_size) && READ_ONCE(conn->receive.epoch) == READ_ONCE(conn->epoch);
}

/* Keeps the bytes of @reader->buffer from @at on; the buffer itself if it can be kept. */
static void fill_stash(struct reader *reader, size_t at, size_t size)
{
	struct mps_conn *conn = reader->conn;

	if (reader->buffer_is_heap) {
		conn->stash = reader->buffer;
		reader->buffer = NULL;
		reader->room = 0;
	} else {
		conn->stash = kmemdup(reader->buffer, at + size, GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	}
	conn->stash_at = at;
	WRITE_ONCE(conn->stash_size, size);
	mps_count(mps_net(sock_net(reader->sk)), MPS_COUNT_stashed);
}

static size_t read_stash(struct reader *reader, size_t size)
{
	struct mps_conn *conn = reader->conn;
	size_t taken = deliver(reader, conn->stash + conn->stash_at, min(size, conn->stash_size));

	conn->stash_at += taken;
	WRITE_ONCE(conn->stash_size, conn->stash_size - taken);
	if (!conn->stash_size)
		free_stash(conn);
	return taken;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Bytes delivered (fewer than @want: there are no more for now), 0 for the end of the stream, or an error. */
static int receive_chunk(struct reader *reader, size_t want)
{
	struct mps_conn *conn = reader->conn;
	size_t taken;
	int n;

	mutex_lock(&conn->receive.lock);
	if (conn->stash && !has_stash(conn))
		free_stash(conn); /* of an earlier connection of this socket */
	if (conn->stash) {
		n = read_stash(reader, want);
		goto out;
	}
	n = read_queue(reader, reader->buffer, want, 0);
	if (n <= 0)
		goto unlock;
	if (!descramble(reader, reader->buffer, n, false)) {
		n = -ECONNABORTED;
		goto unlock;
	}
	taken = deliver(reader, reader->buffer, n);
	if (taken < n)
		fill_stash(reader, taken, n - taken);
	n = taken;
out:
	if (!n)
		n = -EFAULT;
unlock:
	mutex_unlock(&conn->receive.lock);
	return n;
}

/* The same, without taking anything away; -EAGAIN too if there are fewer than @target bytes and more may come. */
static int peek_chunk(struct reader *reader, size_t want, size_t target)
{
	struct mps_conn *conn = reader->conn;
	size_t stashed;
	int n = 0;

	mutex_lock(&conn->receive.lock);
	if (conn->stash && !has_stash(conn))
		free_stash(conn);
	stashed = min(want, conn->stash_size);
	memcpy(reader->buffer, conn->stash + conn->stash_at, stashed);
	if (stashed < want)
		n = read_queue(reader, reader->buffer + stashed, want - stashed, MSG_PEEK);
	if (n > 0 && !descramble(reader, reader->buffer + stashed, n, true))
		n = -ECONNABORTED;
	if (n < 0 && !stashed)
		goto unlock;
	n = max(n, 0) + stashed;
	if (n > 0 && n < target && !READ_ONCE(reader->sk->sk_err) &&
	    !(READ_ONCE(reader->sk->sk_shutdown) & RCV_SHUTDOWN))
		n = -EAGAIN;
	else if (n > 0)
		n = deliver(reader, reader->buffer, n) ?: -EFAULT;
unlock:
	mutex_unlock(&conn->receive.lock);
	return n;
}

/* Errors that the stock function took off the socket; see sender.c. */
static void give_error_back(struct sock *sk, int err)
{
	if (err == -EAGAIN || err == -ENOTCONN || err == -EFAULT || err == -ECONNABORTED)
		return;
	lock_sock(sk);
	if (!sk->sk_err)
		WRITE_ONCE(sk->sk_err, -err);
	release_sock(sk);
}

static int receive_all(struct reader *reader, size_t size)
{
	bool peek = reader->flags & MSG_PEEK;
	size_t target = sock_rcvlowat(reader->sk, reader->flags & MSG_WAITALL, min_t(size_t, size, INT_MAX));
	long timeo = sock_rcvtimeo(reader->sk, reader->flags & MSG_DONTWAIT);
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	size_t done = 0;
	int err = 0;

	if (peek)
		target = min(target, reader->room);
	add_wait_queue(sk_sleep(reader->sk), &wait);
	while (done < size && !reader->faulted) {
		size_t want = min(size - done, reader->room);

		/* Who cannot wait any longer peeks at what there is. */
		err = !peek ? receive_chunk(reader, want) :
			      peek_chunk(reader, want, timeo && !signal_pending(current) ? target : 1);
		if (err > 0) {
			done += err;
			if (peek || (done >= target && err < want))
				break;
			continue;
		}
		if (err != -EAGAIN || done >= target || !timeo)
			break;
		if (signal_pending(current)) {
			err = done ? 0 : sock_intr_errno(timeo);
			break;
		}
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
	}
	remove_wait_queue(sk_sleep(reader->sk), &wait);
	if (!done)
		return err;
	if (err < 0)
		give_error_back(reader->sk, err);
	return done;
}

int mps_recvmsg(struct sock *sk, struct msghdr *msg, size_t size, int flags, int *address_size)
{
	struct mps_conn *conn = mps_conn(sk);
	enum mps_verdict verdict = MPS_PLAIN;
	u8 small[CHUNK_SMALL];
	struct reader reader = {
		.sk = sk, .conn = conn, .msg = msg, .fresh = *msg, .flags = flags,
		.buffer = small, .room = sizeof(small),
	};
	int ret;

	if (size && !(flags & MSG_ERRQUEUE) && READ_ONCE(sk->sk_state) != TCP_LISTEN)
		verdict = mps_conn_decide(sk, conn);
	if (verdict == MPS_PLAIN)
		return mps_proto_family(sk)->base->recvmsg(sk, msg, size, flags, address_size);
	if (verdict == MPS_FAILED)
		return -ECONNABORTED;

	if (size > sizeof(small)) {
		reader.room = min_t(size_t, size, flags & MSG_PEEK ? PEEK_MAX : CHUNK_MAX);
		/* Accounted, since it may become a stash that stays as long as its owner likes. */
		reader.buffer = kvmalloc(reader.room, GFP_KERNEL_ACCOUNT);
		if (!reader.buffer)
			return -ENOBUFS;
		reader.buffer_is_heap = true;
	}
	ret = receive_all(&reader, size);
	if (reader.buffer_is_heap)
		kvfree(reader.buffer);
	return ret;
}

__poll_t mps_poll(struct file *file, struct socket *socket, struct poll_table_struct *wait)
{
	struct sock *sk = socket->sk;
	__poll_t mask = mps_proto_family(sk)->base_ops->poll(file, socket, wait);

	if (mps_conn_is_set_up(sk) && has_stash(mps_proto_conn(sk)))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}
