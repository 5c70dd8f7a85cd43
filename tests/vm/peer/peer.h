/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs of the virtual machine share: sockets in network namespaces, and giving up with a message. */
#ifndef MPS_VM_PEER_H
#define MPS_VM_PEER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* Prints "program: what: strerror" and ends with 1. */
void fail(const char *what) __attribute__((noreturn));

/* The calling thread moves into a network namespace made by `ip netns add`. */
void enter_netns(const char *name);

/* A socket address from numbers; IPv6 when there is a colon in @host. Returns its size. */
socklen_t make_address(struct sockaddr_storage *address, const char *host, int port);

/* A listener of @protocol, of both families when @host is "::". */
int make_listener(const char *host, int port, int protocol);

#endif
