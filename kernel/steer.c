// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * connect: the first packet of a connection goes over a trusted path (paper, section III.B). MPTCP's scheduler starts
 * on the first subflow, so an unbound socket is bound to a trusted source address before it connects, if there is one
 * from which the destination is reached through its own interface. If there is none, connect() goes on as it is, and
 * the packet filter does not offer scrambling.
 */
#include <linux/inetdevice.h>
#include <linux/net.h>
#include <net/addrconf.h>
#include <net/inet_sock.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "netns.h"
#include "proto.h"
#include "trust.h"

/* The device over which @to is reached, and the source address: @from if it is not 0, else the routing's choice. */
static bool route_ipv4(const struct sock *sk, __be32 to, __be32 *from, int *device)
{
	struct flowi4 flow = {
		.daddr = to, .saddr = *from,
		.flowi4_oif = READ_ONCE(sk->sk_bound_dev_if), .flowi4_mark = READ_ONCE(sk->sk_mark),
	};
	struct rtable *route = ip_route_output_key(sock_net(sk), &flow);

	if (IS_ERR(route))
		return false;
	*device = route->dst.dev->ifindex;
	*from = flow.saddr;
	ip_rt_put(route);
	return true;
}

/* A trusted source for @to; false when there is none, or when none is needed. */
static bool choose_ipv4(struct mps_net *mn, const struct sock *sk, __be32 to, struct in6_addr *source)
{
	const struct in_ifaddr *address;
	struct net_device *device;
	bool found = false;
	__be32 from = 0;
	int via;

	if (!route_ipv4(sk, to, &from, &via))
		return false;
	ipv6_addr_set_v4mapped(from, source);
	if (mps_trusts(mn, source))
		return false;
	rcu_read_lock();
	for_each_netdev_rcu(mn->net, device) {
		struct in_device *in_device = __in_dev_get_rcu(device);

		if (found)
			break;
		if (!in_device || !(device->flags & IFF_UP))
			continue;
		in_dev_for_each_ifa_rcu(address, in_device) {
			from = address->ifa_local;
			ipv6_addr_set_v4mapped(from, source);
			found = mps_trusts(mn, source) && route_ipv4(sk, to, &from, &via) &&
				via == device->ifindex;
			if (found)
				break;
		}
	}
	rcu_read_unlock();
	return found;
}

#if IS_ENABLED(CONFIG_MPTCP_IPV6)
static bool route_ipv6(const struct sock *sk, const struct in6_addr *to, struct in6_addr *from, int *device)
{
	struct flowi6 flow = {
		.daddr = *to, .saddr = *from,
		.flowi6_oif = READ_ONCE(sk->sk_bound_dev_if), .flowi6_mark = READ_ONCE(sk->sk_mark),
	};
	struct net *net = sock_net(sk);
	struct dst_entry *route = ip6_route_output(net, NULL, &flow);
	bool ok = !route->error;

	if (ok) {
		*device = route->dev->ifindex;
		if (ipv6_addr_any(from))
			ok = !ipv6_dev_get_saddr(net, route->dev, to, 0, from);
	}
	dst_release(route);
	return ok;
}

static bool choose_ipv6(struct mps_net *mn, const struct sock *sk, const struct in6_addr *to,
			struct in6_addr *source)
{
	const struct inet6_ifaddr *address;
	struct net_device *device;
	bool found = false;
	int via;

	*source = in6addr_any;
	if (!route_ipv6(sk, to, source, &via) || mps_trusts(mn, source))
		return false;
	rcu_read_lock();
	for_each_netdev_rcu(mn->net, device) {
		struct inet6_dev *in6_device = __in6_dev_get(device);

		if (found)
			break;
		if (!in6_device || !(device->flags & IFF_UP))
			continue;
		list_for_each_entry_rcu(address, &in6_device->addr_list, if_list) {
			*source = address->addr;
			if (address->flags & (IFA_F_TENTATIVE | IFA_F_DEPRECATED | IFA_F_DADFAILED))
				continue;
			found = mps_trusts(mn, source) && route_ipv6(sk, to, source, &via) &&
				via == device->ifindex;
			if (found)
				break;
		}
	}
	rcu_read_unlock();
	return found;
}
#endif

static bool choose_source(struct mps_net *mn, const struct sock *sk, const struct sockaddr *address, int size,
			  struct in6_addr *source)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;

	if (address->sa_family == AF_INET && size >= sizeof(*v4))
		return choose_ipv4(mn, sk, v4->sin_addr.s_addr, source);
#if IS_ENABLED(CONFIG_MPTCP_IPV6)
	if (address->sa_family == AF_INET6 && size >= SIN6_LEN_RFC2133) {
		const struct in6_addr *to = &((const struct sockaddr_in6 *)address)->sin6_addr;

		if (ipv6_addr_v4mapped(to))
			return choose_ipv4(mn, sk, to->s6_addr32[3], source);
		return choose_ipv6(mn, sk, to, source);
	}
#endif
	return false;
}

static int bind_source(struct socket *socket, const struct in6_addr *source)
{
	const struct proto_ops *ops = mps_proto_family(socket->sk)->base_ops;
	struct sockaddr_storage address = { .ss_family = socket->sk->sk_family };
	int size = sizeof(struct sockaddr_in), one = 1;

	if (address.ss_family == AF_INET) {
		((struct sockaddr_in *)&address)->sin_addr.s_addr = source->s6_addr32[3];
	} else {
		((struct sockaddr_in6 *)&address)->sin6_addr = *source;
		size = sizeof(struct sockaddr_in6);
	}
	/* Leaves the choice of the port to connect(), where the kernel knows this option for MPTCP. */
	ops->setsockopt(socket, SOL_IP, IP_BIND_ADDRESS_NO_PORT, KERNEL_SOCKPTR(&one), sizeof(one));
	return ops->bind(socket, (struct sockaddr *)&address, size);
}

int mps_connect(struct socket *socket, struct sockaddr *address, int size, int flags)
{
	struct sock *sk = socket->sk;
	struct mps_net *mn = mps_net(sock_net(sk));
	struct in6_addr source;

	/* A number means that the application bound it, or that it is connecting already. */
	if (READ_ONCE(mn->enabled) && mps_trust_is_set(mn) && size >= sizeof(address->sa_family) &&
	    !READ_ONCE(inet_sk(sk)->inet_num) && !READ_ONCE(inet_sk(sk)->inet_rcv_saddr) &&
	    choose_source(mn, sk, address, size, &source) && !bind_source(socket, &source))
		mps_count(mn, MPS_COUNT_steered);
	return mps_proto_family(sk)->base_ops->connect(socket, address, size, flags);
}
