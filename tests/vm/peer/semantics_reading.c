// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases of semantics: what recv() and its flags promise. */
#define _GNU_SOURCE
#include "semantics.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

static bool peek(struct pair pair)
{
	char bytes[5000];

	CHECK(send_bytes(pair.s, 0, 5000));
	await_bytes(pair.c, 1000);
	CHECK(recv(pair.c, bytes, 100, MSG_PEEK) == 100 && is_pattern(bytes, 0, 100));
	CHECK(recv(pair.c, bytes, 1000, MSG_PEEK) == 1000 && is_pattern(bytes, 0, 1000));
	CHECK(read_bytes(pair.c, 0, 90));
	CHECK(recv(pair.c, bytes, 50, MSG_PEEK) == 50 && is_pattern(bytes, 90, 50));
	CHECK(recv(pair.c, NULL, 50, MSG_PEEK | MSG_TRUNC) == 50);
	CHECK(read_bytes(pair.c, 90, 4910));
	return true;
}

static void *send_later(void *argument)
{
	int fd = *(int *)argument, i;

	for (i = 0; i < 3; i++) {
		usleep(60000);
		if (!send_bytes(fd, i * 1000, 1000))
			return NULL;
	}
	return argument;
}

static bool waitall(struct pair pair)
{
	char bytes[3000];
	pthread_t sender;

	pthread_create(&sender, NULL, send_later, &pair.s);
	CHECK(recv(pair.c, bytes, 3000, MSG_WAITALL) == 3000 && is_pattern(bytes, 0, 3000));
	pthread_join(sender, NULL);
	return true;
}

static bool low_water_mark(struct pair pair)
{
	int mark = 2500;
	char bytes[3000];
	pthread_t sender;
	ssize_t n;

	CHECK(!setsockopt(pair.c, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof(mark)));
	pthread_create(&sender, NULL, send_later, &pair.s);
	n = recv(pair.c, bytes, 3000, 0);
	CHECK(n >= mark && is_pattern(bytes, 0, n));
	pthread_join(sender, NULL);
	return true;
}

static bool discard(struct pair pair)
{
	CHECK(send_bytes(pair.s, 0, 100000));
	await_bytes(pair.c, 5000);
	CHECK(recv(pair.c, NULL, 5000, MSG_TRUNC | MSG_WAITALL) == 5000);
	CHECK(read_bytes(pair.c, 5000, 10));
	CHECK(recv(pair.c, NULL, 80000, MSG_TRUNC | MSG_WAITALL) == 80000);
	CHECK(read_bytes(pair.c, 85010, 14990));
	return true;
}

static bool read_to_bad_address(struct pair pair)
{
	CHECK(send_bytes(pair.s, 0, 3000));
	await_bytes(pair.c, 3000);
	CHECK(recv(pair.c, (void *)8, 1000, 0) == -1 && errno == EFAULT);
	CHECK(recv(pair.c, (void *)8, 50, 0) == -1 && errno == EFAULT);
	CHECK(read_bytes(pair.c, 0, 3000));
	return true;
}

static bool read_into_hole(struct pair pair)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct pollfd poller = { .fd = pair.c, .events = POLLIN };
	char peeked[200];
	ssize_t n;

	CHECK(pages != MAP_FAILED && !munmap(pages + 4096, 4096));
	CHECK(send_bytes(pair.s, 0, 3000));
	await_bytes(pair.c, 3000);
	n = recv(pair.c, pages + 4096 - 100, 3000, 0);
	CHECK((n == -1 && errno == EFAULT) || (n > 0 && n <= 100 && is_pattern(pages + 3996, 0, n)));
	if (n < 0)
		n = 0;
	/* What was not delivered is still there for poll, for a peek and for the next read. */
	CHECK(poll(&poller, 1, 0) == 1 && (poller.revents & POLLIN));
	CHECK(recv(pair.c, peeked, 200, MSG_PEEK) == 200 && is_pattern(peeked, n, 200));
	CHECK(send_bytes(pair.s, 3000, 500));
	CHECK(read_bytes(pair.c, n, 3500 - n));
	return true;
}

static bool receive_timeout(struct pair pair)
{
	struct timeval timeout = { .tv_usec = 50000 };
	char byte;

	CHECK(!setsockopt(pair.c, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
	CHECK(recv(pair.c, &byte, 1, 0) == -1 && errno == EAGAIN);
	CHECK(recv(pair.c, &byte, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	CHECK(send_bytes(pair.s, 0, 10));
	CHECK(read_bytes(pair.c, 0, 10));
	return true;
}

static bool interrupted_read(struct pair pair)
{
	char byte;
	ssize_t n;

	interrupt_every(50);
	n = recv(pair.c, &byte, 1, 0);
	interrupt_every(0);
	CHECK(n == -1 && errno == EINTR);
	CHECK(send_bytes(pair.s, 0, 10));
	CHECK(read_bytes(pair.c, 0, 10));
	return true;
}

static bool bytes_left(struct pair pair)
{
	char bytes[100], control[100];
	struct iovec vec = { bytes, 100 };
	struct msghdr message = {
		.msg_iov = &vec, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *header;
	int one = 1, left;

	CHECK(!setsockopt(pair.c, SOL_TCP, TCP_INQ, &one, sizeof(one)));
	CHECK(send_bytes(pair.s, 0, 1000));
	await_bytes(pair.c, 1000);
	CHECK(recvmsg(pair.c, &message, 0) == 100 && is_pattern(bytes, 0, 100));
	header = CMSG_FIRSTHDR(&message);
	CHECK(header && header->cmsg_type == TCP_CM_INQ);
	memcpy(&left, CMSG_DATA(header), sizeof(left));
	CHECK(left == 900);
	CHECK(read_bytes(pair.c, 100, 900));
	return true;
}

static bool read_after_close(struct pair pair)
{
	char byte;

	CHECK(send_bytes(pair.s, 0, 70000));
	CHECK(!shutdown(pair.s, SHUT_WR));
	usleep(50000);
	CHECK(read_bytes(pair.c, 0, 70000));
	CHECK(recv(pair.c, &byte, 1, 0) == 0 && recv(pair.c, &byte, 1, 0) == 0);
	CHECK(send_bytes(pair.c, 0, 10)); /* the other direction is open */
	CHECK(read_bytes(pair.s, 0, 10));
	return true;
}

static bool empty_calls(struct pair pair)
{
	char byte;

	CHECK(send(pair.c, "", 0, 0) == 0);
	CHECK(recv(pair.c, &byte, 0, MSG_DONTWAIT) == 0);
	CHECK(send_bytes(pair.c, 0, 10));
	CHECK(read_bytes(pair.s, 0, 10));
	return true;
}

const struct semantics_case reading_cases[] = {
	{ "peek", peek },
	{ "waitall", waitall },
	{ "low_water_mark", low_water_mark },
	{ "discard", discard },
	{ "read_to_bad_address", read_to_bad_address },
	{ "read_into_hole", read_into_hole },
	{ "receive_timeout", receive_timeout },
	{ "interrupted_read", interrupted_read },
	{ "bytes_left", bytes_left },
	{ "read_after_close", read_after_close },
	{ "empty_calls", empty_calls },
	{ 0 },
};
