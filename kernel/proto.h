/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two protocols derived from the kernel's own IPPROTO_MPTCP, one for IPv4 and one for IPv6 sockets, and registered
 * over it. Applications that ask for MPTCP get them; sockets made before keep the stock ones. Where the paper's JProbe
 * enters tcp_sendmsg() and tcp_recvmsg(), here sendmsg and recvmsg of the derived protocol call those of the base.
 */
#ifndef MPS_PROTO_H
#define MPS_PROTO_H

#include <linux/net.h>
#include <net/protocol.h>
#include <net/sock.h>

struct mps_conn;

struct mps_family {
	int family;
	struct proto *base;
	const struct proto_ops *base_ops;
	struct proto proto;
	struct proto_ops ops;
	struct inet_protosw protosw;
	bool registered;
	bool offered; /* to whoever makes a socket */
};

/* Whether @sk is an MPTCP socket of a derived protocol. */
bool mps_proto_is_ours(const struct sock *sk);
/* The family of such a socket, and the place behind its mptcp_sock. */
const struct mps_family *mps_proto_family(const struct sock *sk);
struct mps_conn *mps_proto_conn(struct sock *sk);

int mps_proto_init(void);
void mps_proto_exit(void);

/* sender.c, receiver.c and steer.c */
int mps_sendmsg(struct sock *sk, struct msghdr *msg, size_t size);
int mps_recvmsg(struct sock *sk, struct msghdr *msg, size_t size, int flags, int *address_size);
__poll_t mps_poll(struct file *file, struct socket *socket, struct poll_table_struct *wait);
int mps_connect(struct socket *socket, struct sockaddr *address, int size, int flags);

#endif
