// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See proto.h.
 *
 * Every socket holds a reference to its protocol's owner, this module: it cannot be unloaded while one lives, and no
 * unloading races with a sleeping reader.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/tcp.h>
#include <net/ipv6.h>

#include "conn.h"
#include "proto.h"

static struct mps_family families[] = {
	{ .family = AF_INET },
#if IS_ENABLED(CONFIG_MPTCP_IPV6)
	{ .family = AF_INET6 },
#endif
};

static unsigned int conn_at; /* offset of struct mps_conn from the socket, the same in both families */

bool mps_proto_is_ours(const struct sock *sk)
{
	return mps_proto_family(sk);
}

const struct mps_family *mps_proto_family(const struct sock *sk)
{
	const struct proto *proto = READ_ONCE(sk->sk_prot);
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		if (proto == &families[i].proto)
			return &families[i];
	return NULL;
}

struct mps_conn *mps_proto_conn(struct sock *sk)
{
	return (struct mps_conn *)((u8 *)sk + conn_at);
}

static int mps_setsockopt(struct sock *sk, int level, int name, sockptr_t value, unsigned int size)
{
	/* Data in the SYN would precede the negotiation and the keys. */
	if (level == SOL_TCP && name == TCP_FASTOPEN_CONNECT)
		return -EOPNOTSUPP;
	return mps_proto_family(sk)->base->setsockopt(sk, level, name, value, size);
}

static int mps_disconnect(struct sock *sk, int flags)
{
	int err;

	mps_conn_halt(sk);
	err = mps_proto_family(sk)->base->disconnect(sk, flags);
	if (!err)
		mps_conn_reset(sk);
	mps_conn_resume(sk);
	return err;
}

static void mps_destroy(struct sock *sk)
{
	mps_conn_destroy(sk);
	mps_proto_family(sk)->base->destroy(sk);
}

/* The stock protocol is static, but every socket of it points there. */
static int find_base(struct mps_family *family)
{
	struct socket *socket;
	int err = sock_create_kern(&init_net, family->family, SOCK_STREAM, IPPROTO_MPTCP, &socket);

	if (err)
		return err;
	family->base = socket->sk->sk_prot;
	family->base_ops = socket->ops;
	sock_release(socket);
	return 0;
}

static void derive(struct mps_family *family)
{
	struct proto *proto = &family->proto;

	*proto = *family->base;
	scnprintf(proto->name, sizeof(proto->name), "MPS-%s", family->base->name);
	proto->owner = THIS_MODULE;
	proto->slab = NULL;
	proto->obj_size = conn_at + sizeof(struct mps_conn);
#if IS_ENABLED(CONFIG_MPTCP_IPV6)
	/* Linux 6.1 lays a new socket's ipv6_pinfo at the end of the object, that of an accepted one as in the base. */
	proto->obj_size = ALIGN(proto->obj_size, __alignof__(struct ipv6_pinfo)) + sizeof(struct ipv6_pinfo);
#endif
	proto->sendmsg = mps_sendmsg;
	proto->recvmsg = mps_recvmsg;
	proto->setsockopt = mps_setsockopt;
	proto->disconnect = mps_disconnect;
	proto->destroy = mps_destroy;

	family->ops = *family->base_ops;
	family->ops.connect = mps_connect;
	family->ops.poll = mps_poll;
	/*
	 * Short cuts past recvmsg, should a kernel have them: generic code then takes the long way. A peek at an offset
	 * would need the bytes before it.
	 */
	family->ops.splice_read = NULL;
	family->ops.read_sock = NULL;
	family->ops.read_skb = NULL;
	family->ops.set_peek_off = NULL;

	family->protosw = (struct inet_protosw){
		.type = SOCK_STREAM,
		.protocol = IPPROTO_MPTCP,
		.prot = proto,
		.ops = &family->ops,
		.flags = INET_PROTOSW_ICSK,
	};
}

/* Put before the stock entry, which is not permanent, and which shows again when this one is taken away. */
static int offer(struct mps_family *family)
{
	int err = 0;

	if (family->family == AF_INET)
		inet_register_protosw(&family->protosw); /* cannot fail */
#if IS_ENABLED(CONFIG_MPTCP_IPV6)
	else
		err = inet6_register_protosw(&family->protosw);
#endif
	family->offered = !err;
	return err;
}

static void take_back(struct mps_family *family)
{
	if (family->offered && family->family == AF_INET)
		inet_unregister_protosw(&family->protosw);
#if IS_ENABLED(CONFIG_MPTCP_IPV6)
	else if (family->offered)
		inet6_unregister_protosw(&family->protosw);
#endif
	family->offered = false;
}

int __init mps_proto_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		err = find_base(&families[i]);
		if (err == -EAFNOSUPPORT && families[i].family != AF_INET)
			continue; /* booted without IPv6 */
		if (err == -ENOPROTOOPT)
			pr_err("MPTCP is off: set net.mptcp.enabled=1 in the first network namespace\n");
		if (err)
			return err;
		conn_at = max_t(unsigned int, conn_at, families[i].base->obj_size);
	}
	conn_at = ALIGN(conn_at, __alignof__(struct mps_conn));
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (!families[i].base)
			continue;
		derive(&families[i]);
		err = proto_register(&families[i].proto, 1);
		if (err)
			goto err_registered;
		families[i].registered = true;
	}
	/* A socket that somebody makes now is in the way of giving up: what cannot fail comes last. */
	for (i = ARRAY_SIZE(families) - 1; i >= 0; i--) {
		err = families[i].registered ? offer(&families[i]) : 0;
		if (err)
			goto err_registered;
	}
	return 0;

err_registered:
	mps_proto_exit();
	return err;
}

void mps_proto_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(families); i++)
		take_back(&families[i]);
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (families[i].registered)
			proto_unregister(&families[i].proto);
		families[i].registered = false;
	}
}
