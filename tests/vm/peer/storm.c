// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many short connections at once.
 *
 *   storm PORT THREADS ROUNDS SECONDS
 *
 * Every connection carries bytes both ways. Whatever the network does, an application may see an error, but never
 * wrong bytes. Prints "whole N broken N corrupt N"; exits with 1 when a connection was corrupt.
 */
#define _GNU_SOURCE
#include "peer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define BYTES 3000

static int port, threads, rounds, seconds, listener;
static atomic_int whole, broken, corrupt;

static void fill(char *bytes, char first)
{
	for (int i = 0; i < BYTES; i++)
		bytes[i] = (char)(first + i * 31);
}

/* Sends BYTES from @ours and expects BYTES of @theirs. */
static void exchange(int fd, char ours, char theirs)
{
	char sent[BYTES], wanted[BYTES], got[BYTES + 1];
	struct timeval patience = { .tv_sec = seconds };
	size_t size = 0;
	ssize_t n;

	fill(sent, ours);
	fill(wanted, theirs);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	n = send(fd, sent, BYTES, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (n == BYTES && (n = recv(fd, got + size, sizeof(got) - size, 0)) > 0) {
		size += n;
		n = BYTES;
	}
	if (size > BYTES || memcmp(got, wanted, size))
		corrupt++;
	else if (size == BYTES && n == 0)
		whole++;
	else
		broken++;
	close(fd);
}

static void *serve_one(void *argument)
{
	exchange((int)(long)argument, 'S', 'C');
	return NULL;
}

static void *serve(void *argument)
{
	enter_netns("s");
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		pthread_t thread;

		if (fd < 0)
			fail("accept");
		if (pthread_create(&thread, NULL, serve_one, (void *)(long)fd))
			fail("pthread_create");
		pthread_detach(thread);
	}
	return argument;
}

static void *connect_many(void *argument)
{
	struct sockaddr_storage address;
	socklen_t size = make_address(&address, "10.0.1.1", port);
	struct timeval patience = { .tv_sec = seconds };
	int i;

	enter_netns("c");
	for (i = 0; i < rounds; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);

		if (fd < 0)
			fail("socket");
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		if (connect(fd, (struct sockaddr *)&address, size)) {
			broken++;
			close(fd);
		} else {
			exchange(fd, 'C', 'S');
		}
	}
	return argument;
}

int main(int argc, char **argv)
{
	pthread_t server, clients[128];
	int i;

	if (argc != 5)
		return 2;
	port = atoi(argv[1]);
	threads = atoi(argv[2]);
	rounds = atoi(argv[3]);
	seconds = atoi(argv[4]);
	if (threads > 128)
		return 2;
	enter_netns("s");
	listener = make_listener("0.0.0.0", port, IPPROTO_MPTCP);
	pthread_create(&server, NULL, serve, NULL);
	for (i = 0; i < threads; i++)
		pthread_create(&clients[i], NULL, connect_many, NULL);
	for (i = 0; i < threads; i++)
		pthread_join(clients[i], NULL);
	usleep(300000); /* the servers' last counts */
	printf("whole %d broken %d corrupt %d\n", whole, broken, corrupt);
	return corrupt != 0;
}
