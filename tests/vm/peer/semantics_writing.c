// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases of semantics: what send() promises to one writer and to several. */
#define _GNU_SOURCE
#include "semantics.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

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

const struct semantics_case writing_cases[] = {
	{ "write_from_bad_address", write_from_bad_address },
	{ "write_from_hole", write_from_hole },
	{ "full_socket", full_socket },
	{ "impatient_writer", impatient_writer },
	{ "interrupted_write", interrupted_write },
	{ "three_writers", three_writers },
	{ "broken_pipe", broken_pipe },
	{ 0 },
};
