// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One end of a transfer: sends a file and receives a file at the same time, each in a chosen manner.
 *
 *   peer [-N netns] -l [-n connections] [-x status] ... HOST PORT    listen; goes to the background when it does
 *   peer [-N netns] [-b local address] [-p local port] ... HOST PORT   connect
 *   peer -M bytes:seed FILE                                          make a file of text
 *   peer [-N netns] -W interface                                     turn offloads off: captures look like the wire
 *   peer [-N netns] -O interface                                     turn them on again
 *
 *   -t          plain TCP instead of MPTCP
 *   -i FILE     send this              -s write|small|writev|sendfile|splice|nonblock
 *   -o FILE     store what comes here  -r read|small|readv|splice|nonblock|peek
 *   -g FILE     send nothing before this file is there
 *   -k BYTES    SO_SNDBUF
 *   -w MS       touch the connection (accept it, or send and read) only after this time
 *   -H MS       hold the connection open this long after the transfer
 *   -c SECONDS  give up after that (default 60)
 */
#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
	const char *netns, *local, *input, *output, *send_mode, *receive_mode, *status, *go;
	bool listen, tcp;
	int connections, local_port, wait_ms, hold_ms, send_buffer, seconds;
};

struct end {
	int fd;
	const struct options *options;
};

static const char *input_bytes; /* the whole input, mapped read-only: nobody may scramble in place */
static size_t input_size;
static int input_fd = -1;

static void map_input(const char *path)
{
	struct stat info;

	input_fd = open(path, O_RDONLY);
	if (input_fd < 0 || fstat(input_fd, &info))
		fail(path);
	input_size = info.st_size;
	if (!input_size)
		return;
	input_bytes = mmap(NULL, input_size, PROT_READ, MAP_SHARED, input_fd, 0);
	if (input_bytes == MAP_FAILED)
		fail("mmap");
}

static void wait_for(int fd, short events)
{
	struct pollfd poller = { .fd = fd, .events = events };

	if (poll(&poller, 1, 30000) != 1)
		fail("poll");
}

/* ---- sending ---------------------------------------------------------------------------------------------------- */

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One call of the chosen kind, for the bytes from @at on. */
static ssize_t send_some(const struct end *end, const char *mode, size_t at)
{
	size_t left = input_size - at;
	struct iovec vec[3];
	loff_t offset = at;
	static __thread int pipe_fds[2] = { -1, -1 };
	ssize_t n;

	if (!strcmp(mode, "small"))
		return write(end->fd, input_bytes + at, min_size(left, 1 + at * 7 % 1500));
	if (!strcmp(mode, "writev")) {
		vec[0] = (struct iovec){ (void *)(input_bytes + at), min_size(left, 1) };
		vec[1] = (struct iovec){ (void *)(input_bytes + at + vec[0].iov_len),
					 min_size(left - vec[0].iov_len, 977) };
		vec[2] = (struct iovec){ (char *)vec[1].iov_base + vec[1].iov_len,
					 min_size(left - vec[0].iov_len - vec[1].iov_len, 40000) };
		return writev(end->fd, vec, 3);
	}
	if (!strcmp(mode, "sendfile"))
		return sendfile(end->fd, input_fd, &offset, left);
	if (!strcmp(mode, "splice")) {
		if (pipe_fds[0] < 0 && pipe(pipe_fds))
			fail("pipe");
		n = splice(input_fd, &offset, pipe_fds[1], NULL, min_size(left, 30000), 0);
		for (ssize_t moved = 0, k; moved < n; moved += k) {
			k = splice(pipe_fds[0], NULL, end->fd, NULL, n - moved, 0);
			if (k <= 0)
				fail("splice");
		}
		return n;
	}
	if (!strcmp(mode, "nonblock")) {
		n = send(end->fd, input_bytes + at, min_size(left, 100000), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) {
			wait_for(end->fd, POLLOUT);
			return 0;
		}
		return n;
	}
	return write(end->fd, input_bytes + at, min_size(left, 200000));
}

static void *send_all(void *argument)
{
	const struct end *end = argument;
	size_t at = 0;

	while (end->options->go && access(end->options->go, F_OK))
		usleep(5000);
	while (at < input_size) {
		ssize_t n = send_some(end, end->options->send_mode, at);

		if (n < 0)
			fail("send");
		at += n;
	}
	if (shutdown(end->fd, SHUT_WR))
		fail("shutdown");
	return NULL;
}

/* ---- receiving -------------------------------------------------------------------------------------------------- */

static void store(int fd, const void *bytes, size_t size)
{
	if (fd >= 0 && write(fd, bytes, size) != (ssize_t)size)
		fail("write");
}

/* One call of the chosen kind: bytes stored, 0 for the end. -1 for "again". */
static ssize_t receive_some(const struct end *end, const char *mode, int out)
{
	static __thread char bytes[65536], peeked[65536];
	static __thread int pipe_fds[2] = { -1, -1 };
	static __thread size_t calls;
	struct iovec vec[3] = { { bytes, 3 }, { bytes + 3, 1111 }, { bytes + 1114, 20000 } };
	ssize_t n, seen;

	calls++;
	if (!strcmp(mode, "small")) {
		n = read(end->fd, bytes, 1 + calls * 13 % 1500);
	} else if (!strcmp(mode, "readv")) {
		n = readv(end->fd, vec, 3);
	} else if (!strcmp(mode, "splice")) {
		if (pipe_fds[0] < 0 && pipe(pipe_fds))
			fail("pipe");
		n = splice(end->fd, NULL, pipe_fds[1], NULL, 30000, 0);
		if (n < 0)
			fail("splice");
		for (ssize_t moved = 0, k; moved < n; moved += k) {
			k = read(pipe_fds[0], bytes, min_size(n - moved, sizeof(bytes)));
			if (k <= 0)
				fail("read pipe");
			store(out, bytes, k);
		}
		return n;
	} else if (!strcmp(mode, "nonblock")) {
		n = recv(end->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN) {
			wait_for(end->fd, POLLIN);
			return -1;
		}
	} else if (!strcmp(mode, "peek")) {
		seen = recv(end->fd, peeked, sizeof(peeked), MSG_PEEK);
		n = recv(end->fd, bytes, seen > 0 ? seen : (ssize_t)sizeof(bytes), seen > 0 ? MSG_WAITALL : 0);
		if (seen < 0 || n != seen || memcmp(bytes, peeked, n)) {
			errno = EILSEQ;
			fail("what was peeked is not what was read");
		}
	} else {
		n = read(end->fd, bytes, sizeof(bytes));
	}
	if (n < 0)
		fail("receive");
	store(out, bytes, n);
	return n;
}

static void receive_all(const struct end *end)
{
	int out = -1;
	ssize_t n;

	if (end->options->output) {
		out = open(end->options->output, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		if (out < 0)
			fail(end->options->output);
	}
	do
		n = receive_some(end, end->options->receive_mode, out);
	while (n);
	if (out >= 0)
		close(out);
}

static void transfer(int fd, const struct options *options)
{
	struct end end = { fd, options };
	pthread_t sender;

	if (options->send_buffer &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &options->send_buffer, sizeof(options->send_buffer)))
		fail("SO_SNDBUF");
	if (pthread_create(&sender, NULL, send_all, &end))
		fail("pthread_create");
	receive_all(&end);
	pthread_join(sender, NULL);
	if (options->hold_ms)
		usleep(options->hold_ms * 1000);
	close(fd);
}

/* ---- roles ------------------------------------------------------------------------------------------------------- */

static void connect_once(const struct options *options, const char *host, int port)
{
	struct sockaddr_storage address, local;
	socklen_t size = make_address(&address, host, port);
	int fd = socket(address.ss_family, SOCK_STREAM, options->tcp ? IPPROTO_TCP : IPPROTO_MPTCP);

	if (fd < 0)
		fail("socket");
	if (options->local) {
		socklen_t local_size = make_address(&local, options->local, options->local_port);

		if (bind(fd, (struct sockaddr *)&local, local_size))
			fail("bind");
	}
	if (connect(fd, (struct sockaddr *)&address, size))
		fail("connect");
	usleep(options->wait_ms * 1000);
	transfer(fd, options);
}

/* Each connection in a process of its own; all of them write to the same output. Returns the worst status. */
static int serve(int listener, const struct options *options)
{
	int i, status, worst = 0;

	usleep(options->wait_ms * 1000);
	for (i = 0; i < options->connections; i++) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			fail("accept");
		if (options->connections == 1) {
			transfer(fd, options);
		} else if (!fork()) {
			close(listener);
			alarm(options->seconds);
			transfer(fd, options);
			exit(0);
		} else {
			close(fd);
		}
	}
	close(listener);
	while (wait(&status) > 0)
		if (status)
			worst = 1;
	return worst;
}

/* The caller's process ends when the listener is there; the service goes on, and leaves its exit status in a file. */
static void listen_in_background(const struct options *options, const char *host, int port)
{
	int listener = make_listener(host, port, options->tcp ? IPPROTO_TCP : IPPROTO_MPTCP);
	int status;
	FILE *file;

	if (fork())
		return;
	setsid();
	if (!fork()) {
		alarm(options->seconds);
		exit(serve(listener, options));
	}
	close(listener);
	wait(&status);
	if (options->status) {
		file = fopen(options->status, "w");
		if (!file)
			fail(options->status);
		fprintf(file, "%d\n", status);
		fclose(file);
	}
}

static void make_file(const char *what, const char *path)
{
	unsigned long size = 0, seed = 0, line, at = 0;
	FILE *file = fopen(path, "w");
	char text[128];

	if (!file || sscanf(what, "%lu:%lu", &size, &seed) != 2)
		fail(path);
	for (line = 0; at < size; line++) {
		int n = snprintf(text, sizeof(text), "line %06lu of %lu: the quick brown fox jumps over %lu lazy dogs\n",
				 line, seed, (line * 2654435761UL + seed) % 100003);

		at += fwrite(text, 1, min_size(n, size - at), file);
	}
	if (fclose(file))
		fail(path);
}

static void set_offloads(const char *interface, bool on)
{
	static const unsigned int settings[] = { ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ethtool_value value = { .data = on };
	struct ifreq request = { .ifr_data = (void *)&value };
	size_t i;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		value.cmd = settings[i];
		if (ioctl(fd, SIOCETHTOOL, &request))
			fail(interface);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	struct options options = { .send_mode = "write", .receive_mode = "read", .connections = 1, .seconds = 60 };
	const char *make = NULL, *interface = NULL;
	bool offloads = false;
	int option;

	while ((option = getopt(argc, argv, "N:ln:x:b:p:ti:o:s:r:g:k:w:H:c:M:W:O:")) != -1) {
		switch (option) {
		case 'N': options.netns = optarg; break;
		case 'l': options.listen = true; break;
		case 'n': options.connections = atoi(optarg); break;
		case 'x': options.status = optarg; break;
		case 'b': options.local = optarg; break;
		case 'p': options.local_port = atoi(optarg); break;
		case 't': options.tcp = true; break;
		case 'i': options.input = optarg; break;
		case 'o': options.output = optarg; break;
		case 's': options.send_mode = optarg; break;
		case 'r': options.receive_mode = optarg; break;
		case 'g': options.go = optarg; break;
		case 'k': options.send_buffer = atoi(optarg); break;
		case 'w': options.wait_ms = atoi(optarg); break;
		case 'H': options.hold_ms = atoi(optarg); break;
		case 'c': options.seconds = atoi(optarg); break;
		case 'M': make = optarg; break;
		case 'W': interface = optarg; break;
		case 'O': interface = optarg; offloads = true; break;
		default: return 2;
		}
	}
	if (options.netns)
		enter_netns(options.netns);
	if (interface) {
		set_offloads(interface, offloads);
		return 0;
	}
	if (make && optind + 1 == argc) {
		make_file(make, argv[optind]);
		return 0;
	}
	if (optind + 2 != argc)
		return 2;
	if (options.input)
		map_input(options.input);
	if (options.listen) {
		listen_in_background(&options, argv[optind], atoi(argv[optind + 1]));
		return 0;
	}
	alarm(options.seconds);
	connect_once(&options, argv[optind], atoi(argv[optind + 1]));
	return 0;
}
