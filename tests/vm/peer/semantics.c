// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a socket promises an application, asked of both ends of an MPTCP connection from one process.
 *
 *   semantics PORT             the listener lives in the network namespace s at 10.0.1.1, the client in c
 *   semantics PORT fastopen    whether data may go with a SYN: it cannot be scrambled there
 *
 * Prints one line a case, with what was observed where kernels may differ: the same program is run with and without
 * the module, and must print the same. Exits with 1 when a case fails.
 * The cases stand in semantics_reading.c, semantics_writing.c and semantics_states.c.
 */
#define _GNU_SOURCE
#include "semantics.h"

#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#define CASE_SECONDS 60

static int port;
static char detail[200];
int listener;

void observe(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(detail, sizeof(detail), format, arguments);
	va_end(arguments);
}

socklen_t server_address(struct sockaddr_storage *address)
{
	return make_address(address, SERVER, port);
}

int client_socket(void)
{
	int fd;

	enter_netns("c");
	fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	if (fd < 0)
		fail("socket");
	return fd;
}

void connect_client(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = server_address(&address);

	if (connect(fd, (struct sockaddr *)&address, size))
		fail("connect");
}

struct pair open_pair(void)
{
	struct pair pair = { .c = client_socket() };

	connect_client(pair.c);
	pair.s = accept(listener, NULL, NULL);
	if (pair.s < 0)
		fail("accept");
	return pair;
}

void close_pair(struct pair pair)
{
	close(pair.c);
	close(pair.s);
}

/* Byte @at of every stream in these cases. */
static char pattern(size_t at)
{
	return (char)(at * 7 + at / 251 + at / 65521);
}

char *make_bytes(size_t at, size_t size)
{
	char *bytes = malloc(size);
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = pattern(at + i);
	return bytes;
}

bool send_bytes(int fd, size_t at, size_t size)
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

bool is_pattern(const char *bytes, size_t at, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (bytes[i] != pattern(at + i))
			return false;
	return true;
}

bool read_bytes(int fd, size_t at, size_t size)
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

void await_bytes(int fd, size_t size)
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
void interrupt_every(int ms)
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

static int report_fast_open(void)
{
	struct sockaddr_storage address;
	socklen_t size = server_address(&address);
	int fd = client_socket(), one = 1;
	bool option, flag;

	option = setsockopt(fd, SOL_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)) == -1 && errno == EOPNOTSUPP;
	flag = sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&address, size) == -1 && errno == EOPNOTSUPP;
	printf("TCP_FASTOPEN_CONNECT %s, MSG_FASTOPEN %s\n", option ? "refused" : "not refused",
	       flag ? "refused" : "not refused");
	return !(option && flag);
}

static bool run_cases(const struct semantics_case *at)
{
	bool all_ok = true;

	for (; at->name; at++) {
		struct pair pair = open_pair();
		bool ok;

		*detail = '\0';
		alarm(CASE_SECONDS);
		ok = at->run(pair);
		alarm(0);
		close_pair(pair);
		printf("%s %s%s%s\n", at->name, ok ? "ok" : "FAILED", *detail ? ": " : "", detail);
		all_ok &= ok;
	}
	return all_ok;
}

int main(int argc, char **argv)
{
	bool ok;

	if (argc < 2)
		return 2;
	port = atoi(argv[1]);
	if (argc == 3 && !strcmp(argv[2], "fastopen"))
		return report_fast_open();
	setvbuf(stdout, NULL, _IOLBF, 0);
	enter_netns("s");
	listener = make_listener("0.0.0.0", port, IPPROTO_MPTCP);
	ok = run_cases(reading_cases);
	ok &= run_cases(writing_cases);
	ok &= run_cases(state_cases);
	return !ok;
}
