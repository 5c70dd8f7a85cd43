// SPDX-License-Identifier: GPL-2.0-or-later
/* Cases of semantics: sockets before, after and between connections, and those that listen. */
#define _GNU_SOURCE
#include "semantics.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

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
	observe("send %s, recv %s", strerrorname_np(send_errno), strerrorname_np(recv_errno));
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
	observe("connect %s, send %s", strerrorname_np(connect_errno), strerrorname_np(errno));
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
	observe("recv %zd %s, send %s", n, n < 0 ? strerrorname_np(read_errno) : "-", strerrorname_np(errno));
	return true;
}

/* Whether both streams of a socket that was connected again begin with what is written now. */
static bool begins_anew(int fd)
{
	int again = accept(listener, NULL, NULL);

	CHECK(again >= 0);
	CHECK(send_bytes(fd, 0, 1000) && read_bytes(again, 0, 1000));
	CHECK(send_bytes(again, 0, 1000) && read_bytes(fd, 0, 1000));
	close(again);
	return true;
}

/* A socket that is disconnected and connected again has another stream, with other keys. */
static bool disconnect(struct pair pair)
{
	struct sockaddr unspecified = { .sa_family = AF_UNSPEC };

	CHECK(send_bytes(pair.c, 0, 1000) && read_bytes(pair.s, 0, 1000));
	CHECK(send_bytes(pair.s, 0, 777) && read_bytes(pair.c, 0, 700));
	CHECK(!connect(pair.c, &unspecified, sizeof(unspecified)));
	connect_client(pair.c);
	return begins_anew(pair.c);
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
	socklen_t size = server_address(&address);

	reconnector->ok = !connect(reconnector->fd, &unspecified, sizeof(unspecified)) &&
			  !connect(reconnector->fd, (struct sockaddr *)&address, size);
	atomic_store(&reconnector->is_done, true);
	return NULL;
}

struct page_writer {
	int fd;
	const char *page;
	size_t size;
	bool ok;
};

static void *write_page(void *argument)
{
	struct page_writer *writer = argument;

	writer->ok = send(writer->fd, writer->page, writer->size, MSG_NOSIGNAL) == (ssize_t)writer->size;
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
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC), i;
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = {
		.range = { (unsigned long)page, 4096 }, .mode = UFFDIO_REGISTER_MODE_MISSING
	};
	struct uffdio_copy copy = { .dst = (unsigned long)page, .src = (unsigned long)source, .len = 4096 };
	struct page_writer writer = { pair.c, page, 3000, false };
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
	close(fd);
	munmap(page, 4096);
	free(source);
	return begins_anew(pair.c);
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
	observe("recv %s", strerrorname_np(listen_errno));
	return true;
}

static bool connect_without_waiting(struct pair pair)
{
	struct sockaddr_storage address;
	socklen_t size = server_address(&address);
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

const struct semantics_case state_cases[] = {
	{ "unconnected", unconnected },
	{ "refused_connection", refused_connection },
	{ "reset_connection", reset_connection },
	{ "disconnect", disconnect },
	{ "disconnect_under_writer", disconnect_under_writer },
	{ "touched_listener", touched_listener },
	{ "connect_without_waiting", connect_without_waiting },
	{ 0 },
};
