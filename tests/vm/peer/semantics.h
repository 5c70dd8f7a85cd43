/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cases of semantics share: a connection with both ends in this process, bytes that can be told apart by
 * their place in the stream, and how a case says what it saw.
 */
#ifndef MPS_VM_SEMANTICS_H
#define MPS_VM_SEMANTICS_H

#include "peer.h"

#include <errno.h>
#include <string.h>

#define SERVER "10.0.1.1"

struct pair {
	int c, s; /* the client's socket and the one that was accepted */
};

struct semantics_case {
	const char *name;
	bool (*run)(struct pair pair); /* of a fresh connection, which is closed afterwards */
};

/* In the order in which they are run; each list ends with a case that has no name. */
extern const struct semantics_case reading_cases[], writing_cases[], state_cases[];

/* Listens at server_address(): who connects without open_pair() accepts from it. */
extern int listener;

/* What the running case observed is printed behind its name: where kernels differ, and why it failed. */
void observe(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			observe("%s:%d: %s (errno %s)", __FILE_NAME__, __LINE__, #condition,    \
				strerrorname_np(errno));                                        \
			return false;                                                           \
		}                                                                               \
	} while (0)

/* Where the listener is. Returns the size of the address. */
socklen_t server_address(struct sockaddr_storage *address);

/* A socket in the client's network namespace, in which the calling thread stays. */
int client_socket(void);
void connect_client(int fd);
struct pair open_pair(void);
void close_pair(struct pair pair);

/* The bytes of a stream from @at on. The caller frees them. */
char *make_bytes(size_t at, size_t size);

/* Whether these are the bytes of a stream from @at on. */
bool is_pattern(const char *bytes, size_t at, size_t size);

/* Whether all of them went, or came, and were right. Sending must leave the sender's memory as it was. */
bool send_bytes(int fd, size_t at, size_t size);
bool read_bytes(int fd, size_t at, size_t size);

/* Until @size bytes are queued for reading, as far as that can be seen. */
void await_bytes(int fd, size_t size);

/* SIGALRM every @ms until called with 0, for calls that shall end with EINTR. */
void interrupt_every(int ms);

#endif
