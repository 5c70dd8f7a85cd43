// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a socket promises an application, asked of both ends of an MPTCP connection from one process.
 *
 *   semantics PORT             the listener lives in the network namespace s at 10.0.1.1, the client in c
 *   semantics PORT fastopen    whether data may go with a SYN: it cannot be scrambled there
 *
 * Prints one line a case, with what was observed where kernels may differ: the same program is run with and without
 * the module, and must print the same. Exits with 1 when a case fails.
 * Long because it is a list of cases, each of which stands by itself.
 */
#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#define SERVER "10.0.1.1"
#define CASE_SECONDS 60

static int port, listener;
static char detail[200]; /* what the running case observed */

struct pair {
	int c, s;
};

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			snprintf(detail, sizeof(detail), "line %d: %s (errno %s)", __LINE__,    \
				 #condition, strerrorname_np(errno));                           \
			return false;                                                           \
		}                                                                               \
	} while (0)

/* ---- helpers ------------------------------------------------------------------------------------------------------ */

static int client_socket(void)
{
	int fd;

	enter_netns("c");
	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	if (fd < 0)
		fail("socket");
	return fd;
}

static void connect_client(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(&address, SERVER, port);

	if (connect(fd, (struct sockaddr *)&address, size))
		fail("connect");
}

static struct pair open_pair(void)
{
	struct pair pair = { .c = client_socket() };

	connect_client(pair.c);
	pair.s = accept(listener, NULL, NULL);
	if (pair.s < 0)
		fail("accept");
	return pair;
}

static void close_pair(struct pair pair)
{
	close(pair.c);
	close(pair.s);
}

/* Byte @at of every stream in these cases. */
static char pattern(size_t at)
{
	return (char)(at * 7 + at / 251 + at / 65521);
}

static char *make_bytes(size_t at, size_t size)
{
	char *bytes = malloc(size);
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = pattern(at + i);
	return bytes;
}

static bool send_bytes(int fd, size_t at, size_t size)
{
	char *bytes = make_bytes(at, size);
	char *copy = malloc(size);
	size_t done = 0;
	bool untouched;

	memcpy(copy, bytes, size);
	while (done < size) {
		ssize_t n = send(fd, bytes + done, size - done, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		done += n;
	}
	untouched = !memcmp(bytes, copy, size); /* figure 14 of the paper would have scrambled them */
	free(bytes);
	free(copy);
	return done == size && untouched;
}

static bool is_pattern(const char *bytes, size_t at, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (bytes[i] != pattern(at + i))
			return false;
	return true;
}

static bool read_bytes(int fd, size_t at, size_t size)
{
	char bytes[4096];

	while (size) {
		ssize_t n = recv(fd, bytes, size < sizeof(bytes) ? size : sizeof(bytes), 0);

		if (n <= 0 || !is_pattern(bytes, at, n))
			return false;
		at += n;
		size -= n;
	}
	return true;
}

/* Until @size bytes are queued for reading, as far as that can be seen. */
static void await_bytes(int fd, size_t size)
{
	static char bytes[262144];
	int i;

	for (i = 0; i < 500 && recv(fd, bytes, size, MSG_PEEK | MSG_DONTWAIT) < (ssize_t)size; i++)
		usleep(10000);
}

static void on_alarm(int number)
{
	(void)number;
}

/* Every so often, since on a busy machine the first signal may come before the call that it shall interrupt. */
static void interrupt_every(int ms)
{
	struct sigaction action = { .sa_handler = ms ? on_alarm : SIG_DFL };
	struct timeval interval = { .tv_usec = ms * 1000 };
	struct itimerval timer = { interval, interval };

	if (ms)
		sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	if (!ms) {
		sigaction(SIGALRM, &action, NULL);
		alarm(CASE_SECONDS); /* the same timer */
	}
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

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

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static bool write_from_bad_address(struct pair pair)
{
	CHECK(send(pair.c, (void *)8, 1000, 0) == -1 && errno == EFAULT);
	CHECK(send(pair.c, (void *)8, 50, 0) == -1 && errno == EFAULT);
	CHECK(send_bytes(pair.c, 0, 3000));
	CHECK(read_bytes(pair.s, 0, 3000));
	return true;
}

static bool write_from_hole(struct pair pair)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *head = make_bytes(0, 500);
	ssize_t n;

	CHECK(pages != MAP_FAILED && !munmap(pages + 4096, 4096));
	memcpy(pages + 3596, head, 500);
	n = send(pair.c, pages + 3596, 3000, 0);
	CHECK((n == -1 && errno == EFAULT) || (n > 0 && n <= 500));
	if (n < 0)
		n = 0;
	CHECK(send_bytes(pair.c, n, 3000));
	CHECK(read_bytes(pair.s, 0, n + 3000));
	return true;
}

/* Fills the socket without blocking; the number of bytes that it took. */
static size_t fill(int fd)
{
	size_t at = 0;
	ssize_t n;

	do {
		char *bytes = make_bytes(at, 30000);

		n = send(fd, bytes, 30000, MSG_DONTWAIT | MSG_NOSIGNAL);
		free(bytes);
		if (n > 0)
			at += n;
	} while (n > 0 || (errno == EAGAIN && poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 200) == 1));
	return at;
}

static bool full_socket(struct pair pair)
{
	int size = 20000;
	size_t at;

	CHECK(!setsockopt(pair.c, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	at = fill(pair.c);
	CHECK(errno == EAGAIN && at > 20000);
	CHECK(read_bytes(pair.s, 0, at));
	CHECK(send_bytes(pair.c, at, 10000));
	CHECK(read_bytes(pair.s, at, 10000));
	return true;
}

struct writer {
	int fd;
	size_t at, size;
	bool ok;
};

static void *write_blocking(void *argument)
{
	struct writer *writer = argument;

	writer->ok = send_bytes(writer->fd, writer->at, writer->size);
	return NULL;
}

/* A writer who waits must not make one wait who does not want to. */
static bool impatient_writer(struct pair pair)
{
	int size = 20000;
	size_t at;
	struct writer writer;
	pthread_t thread;
	struct timespec before, after;

	CHECK(!setsockopt(pair.c, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	at = fill(pair.c);
	writer = (struct writer){ pair.c, at, 100000, false };
	pthread_create(&thread, NULL, write_blocking, &writer);
	usleep(50000);
	clock_gettime(CLOCK_MONOTONIC, &before);
	CHECK(send(pair.c, "x", 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &after);
	CHECK(after.tv_sec - before.tv_sec <= 1);
	CHECK(read_bytes(pair.s, 0, at + 100000));
	pthread_join(thread, NULL);
	CHECK(writer.ok);
	return true;
}

static bool interrupted_write(struct pair pair)
{
	int size = 20000;
	size_t at;
	ssize_t n;
	char *bytes;

	CHECK(!setsockopt(pair.c, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	at = fill(pair.c);
	bytes = make_bytes(at, 100000);
	interrupt_every(50);
	n = send(pair.c, bytes, 100000, 0);
	interrupt_every(0);
	free(bytes);
	CHECK((n == -1 && errno == EINTR) || (n > 0 && n < 100000));
	if (n > 0)
		at += n;
	CHECK(read_bytes(pair.s, 0, at));
	CHECK(send_bytes(pair.c, at, 1000));
	CHECK(read_bytes(pair.s, at, 1000));
	return true;
}

#define RECORD 100u
#define RECORDS 300u

static void *write_records(void *argument)
{
	struct writer *writer = argument;
	char record[RECORD];
	size_t i;

	writer->ok = true;
	for (i = 0; i < RECORDS && writer->ok; i++) {
		memset(record, 'a' + (int)writer->at, sizeof(record));
		writer->ok = send(writer->fd, record, sizeof(record), 0) == sizeof(record);
	}
	return NULL;
}

static bool three_writers(struct pair pair)
{
	struct writer writers[3];
	pthread_t threads[3];
	char record[RECORD], whole[RECORD];
	size_t counts[3] = { 0 }, i;
	int size = 1000000;

	CHECK(!setsockopt(pair.c, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	for (i = 0; i < 3; i++) {
		writers[i] = (struct writer){ .fd = pair.c, .at = i };
		pthread_create(&threads[i], NULL, write_records, &writers[i]);
	}
	for (i = 0; i < 3 * RECORDS; i++) {
		CHECK(recv(pair.s, record, RECORD, MSG_WAITALL) == RECORD);
		memset(whole, record[0], RECORD);
		CHECK(record[0] >= 'a' && record[0] <= 'c' && !memcmp(record, whole, RECORD));
		counts[record[0] - 'a']++;
	}
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		CHECK(writers[i].ok && counts[i] == RECORDS);
	}
	return true;
}

static volatile sig_atomic_t pipes;

static void on_pipe(int number)
{
	(void)number;
	pipes++;
}

static bool broken_pipe(struct pair pair)
{
	struct sigaction action = { .sa_handler = on_pipe };

	pipes = 0;
	sigaction(SIGPIPE, &action, NULL);
	CHECK(!shutdown(pair.c, SHUT_WR));
	CHECK(send(pair.c, "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE && pipes == 0);
	CHECK(send(pair.c, "x", 1, 0) == -1 && errno == EPIPE && pipes == 1);
	CHECK(send_bytes(pair.s, 0, 10));
	CHECK(read_bytes(pair.c, 0, 10));
	return true;
}

/* ---- states ------------------------------------------------------------------------------------------------------- */

static bool unconnected(struct pair pair)
{
	int fd = client_socket();
	char byte;
	int send_errno, recv_errno;

	(void)pair;
	CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1);
	send_errno = errno;
	CHECK(recv(fd, &byte, 1, 0) == -1);
	recv_errno = errno;
	close(fd);
	snprintf(detail, sizeof(detail), "send %s, recv %s", strerrorname_np(send_errno), strerrorname_np(recv_errno));
	return true;
}

static bool refused_connection(struct pair pair)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(&address, SERVER, 1);
	int fd = client_socket(), connect_errno;

	(void)pair;
	CHECK(connect(fd, (struct sockaddr *)&address, size) == -1);
	connect_errno = errno;
	CHECK(send(fd, "x", 1, MSG_NOSIGNAL) == -1);
	snprintf(detail, sizeof(detail), "connect %s, send %s", strerrorname_np(connect_errno), strerrorname_np(errno));
	close(fd);
	return true;
}

static bool reset_connection(struct pair pair)
{
	struct linger linger = { .l_onoff = 1 };
	char byte;
	int read_errno;
	ssize_t n;

	CHECK(send_bytes(pair.c, 0, 100) && read_bytes(pair.s, 0, 100));
	CHECK(!setsockopt(pair.s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	CHECK(send_bytes(pair.c, 100, 100)); /* unread: close() becomes a reset */
	usleep(20000);
	close(pair.s);
	usleep(100000);
	n = recv(pair.c, &byte, 1, 0);
	read_errno = errno;
	CHECK(send(pair.c, "x", 1, MSG_NOSIGNAL) == -1);
	snprintf(detail, sizeof(detail), "recv %zd %s, send %s", n, n < 0 ? strerrorname_np(read_errno) : "-",
		 strerrorname_np(errno));
	return true;
}

/* A socket that is disconnected and connected again has another stream, with other keys. */
static bool disconnect(struct pair pair)
{
	struct sockaddr unspecified = { .sa_family = AF_UNSPEC };
	int again;

	CHECK(send_bytes(pair.c, 0, 1000) && read_bytes(pair.s, 0, 1000));
	CHECK(send_bytes(pair.s, 0, 777) && read_bytes(pair.c, 0, 700));
	CHECK(!connect(pair.c, &unspecified, sizeof(unspecified)));
	connect_client(pair.c);
	again = accept(listener, NULL, NULL);
	CHECK(again >= 0);
	CHECK(send_bytes(pair.c, 0, 1000) && read_bytes(again, 0, 1000));
	CHECK(send_bytes(again, 0, 1000) && read_bytes(pair.c, 0, 1000));
	close(again);
	return true;
}

struct reconnector {
	int fd;
	atomic_bool is_done;
	bool ok;
};

static void *reconnect(void *argument)
{
	struct reconnector *reconnector = argument;
	struct sockaddr unspecified = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage address;
	socklen_t size = make_address(&address, SERVER, port);

	reconnector->ok = !connect(reconnector->fd, &unspecified, sizeof(unspecified)) &&
			  !connect(reconnector->fd, (struct sockaddr *)&address, size);
	atomic_store(&reconnector->is_done, true);
	return NULL;
}

static void *write_page(void *argument)
{
	struct writer *writer = argument;

	writer->ok = send(writer->fd, (void *)writer->at, writer->size, MSG_NOSIGNAL) == (ssize_t)writer->size;
	return NULL;
}

/*
 * A writer sleeps in the middle of send(), for a page of its memory, while another thread makes the socket that of
 * another connection. Its bytes are of the old one: they must not begin the new one.
 */
static bool disconnect_under_writer(struct pair pair)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *source = make_bytes(1000, 4096);
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC), again, i;
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = {
		.range = { (unsigned long)page, 4096 }, .mode = UFFDIO_REGISTER_MODE_MISSING
	};
	struct uffdio_copy copy = { .dst = (unsigned long)page, .src = (unsigned long)source, .len = 4096 };
	struct writer writer = { pair.c, (size_t)page, 3000, false };
	struct reconnector reconnector = { .fd = pair.c };
	pthread_t threads[2];
	struct uffd_msg fault;

	CHECK(page != MAP_FAILED && fd >= 0 && !ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &area));
	CHECK(send_bytes(pair.c, 0, 1000) && read_bytes(pair.s, 0, 1000));
	pthread_create(&threads[0], NULL, write_page, &writer);
	CHECK(read(fd, &fault, sizeof(fault)) == sizeof(fault) && fault.event == UFFD_EVENT_PAGEFAULT);
	pthread_create(&threads[1], NULL, reconnect, &reconnector);
	for (i = 0; i < 50 && !atomic_load(&reconnector.is_done); i++)
		usleep(10000); /* it may have to wait for the writer */
	CHECK(!ioctl(fd, UFFDIO_COPY, &copy));
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	CHECK(reconnector.ok);
	again = accept(listener, NULL, NULL);
	CHECK(again >= 0);
	CHECK(send_bytes(pair.c, 0, 1000) && read_bytes(again, 0, 1000));
	CHECK(send_bytes(again, 0, 1000) && read_bytes(pair.c, 0, 1000));
	close(again);
	close(fd);
	munmap(page, 4096);
	free(source);
	return true;
}

/* An accepted socket is a copy of the listener: also of one that was used before. */
static bool touched_listener(struct pair pair)
{
	char byte;
	int listen_errno;

	(void)pair;
	CHECK(recv(listener, &byte, 1, 0) == -1);
	listen_errno = errno;
	for (int i = 0; i < 3; i++) {
		struct pair fresh = open_pair();

		CHECK(send_bytes(fresh.c, 0, 500) && read_bytes(fresh.s, 0, 500));
		CHECK(send_bytes(fresh.s, 0, 500) && read_bytes(fresh.c, 0, 500));
		close_pair(fresh);
	}
	snprintf(detail, sizeof(detail), "recv %s", strerrorname_np(listen_errno));
	return true;
}

static bool connect_without_waiting(struct pair pair)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(&address, SERVER, port);
	int fd, accepted, n;
	char byte;

	(void)pair;
	enter_netns("c");
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_MPTCP);
	CHECK(connect(fd, (struct sockaddr *)&address, size) == -1 && errno == EINPROGRESS);
	n = recv(fd, &byte, 1, 0);
	CHECK(n == -1 && errno == EAGAIN);
	CHECK(poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 5000) == 1);
	accepted = accept(listener, NULL, NULL);
	CHECK(send(fd, "\0\7", 2, 0) == 2 && read_bytes(accepted, 0, 2));
	close(fd);
	close(accepted);
	return true;
}

static const struct {
	const char *name;
	bool (*run)(struct pair pair);
} cases[] = {
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
	{ "write_from_bad_address", write_from_bad_address },
	{ "write_from_hole", write_from_hole },
	{ "full_socket", full_socket },
	{ "impatient_writer", impatient_writer },
	{ "interrupted_write", interrupted_write },
	{ "three_writers", three_writers },
	{ "broken_pipe", broken_pipe },
	{ "unconnected", unconnected },
	{ "refused_connection", refused_connection },
	{ "reset_connection", reset_connection },
	{ "disconnect", disconnect },
	{ "disconnect_under_writer", disconnect_under_writer },
	{ "touched_listener", touched_listener },
	{ "connect_without_waiting", connect_without_waiting },
};

static int report_fast_open(void)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(&address, SERVER, port);
	int fd = client_socket(), one = 1;
	bool option, flag;

	option = setsockopt(fd, SOL_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)) == -1 && errno == EOPNOTSUPP;
	flag = sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&address, size) == -1 && errno == EOPNOTSUPP;
	printf("TCP_FASTOPEN_CONNECT %s, MSG_FASTOPEN %s\n", option ? "refused" : "not refused",
	       flag ? "refused" : "not refused");
	return !(option && flag);
}

int main(int argc, char **argv)
{
	int failed = 0;
	size_t i;

	if (argc < 2)
		return 2;
	port = atoi(argv[1]);
	if (argc == 3 && !strcmp(argv[2], "fastopen"))
		return report_fast_open();
	setvbuf(stdout, NULL, _IOLBF, 0);
	enter_netns("s");
	listener = make_listener("0.0.0.0", port, IPPROTO_MPTCP);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pair pair = open_pair();
		bool ok;

		*detail = '\0';
		alarm(CASE_SECONDS);
		ok = cases[i].run(pair);
		alarm(0);
		close_pair(pair);
		printf("%s %s%s%s\n", cases[i].name, ok ? "ok" : "FAILED", *detail ? ": " : "", detail);
		failed |= !ok;
	}
	return failed;
}
