// SPDX-License-Identifier: GPL-2.0-or-later
/* See segment.h. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "segment.h"

static bool read_ipv4(struct mps_segment *segment, struct in6_addr *source, struct in6_addr *destination)
{
	const struct iphdr *ip = ip_hdr(segment->skb);

	if (ip->protocol != IPPROTO_TCP || (ip->frag_off & htons(IP_OFFSET)))
		return false;
	segment->tcp_at = skb_network_offset(segment->skb) + ip->ihl * 4;
	ipv6_addr_set_v4mapped(ip->saddr, source);
	ipv6_addr_set_v4mapped(ip->daddr, destination);
	return true;
}

static bool read_ipv6(struct mps_segment *segment, struct in6_addr *source, struct in6_addr *destination)
{
	const struct ipv6hdr *ip = ipv6_hdr(segment->skb);
	u8 protocol = ip->nexthdr;
	__be16 fragment = 0;
	int at;

	at = ipv6_skip_exthdr(segment->skb, skb_network_offset(segment->skb) + sizeof(*ip), &protocol, &fragment);
	if (at < 0 || protocol != IPPROTO_TCP || (fragment & htons(IP6_OFFSET)))
		return false;
	segment->tcp_at = at;
	*source = ip->saddr;
	*destination = ip->daddr;
	return true;
}

bool mps_segment_read(struct mps_segment *segment, struct sk_buff *skb, const struct nf_hook_state *state,
		      bool outgoing)
{
	struct mps_tuple *tuple = &segment->tuple;
	struct in6_addr *source = outgoing ? &tuple->local : &tuple->remote;
	struct in6_addr *destination = outgoing ? &tuple->remote : &tuple->local;
	const struct tcphdr *tcp;
	unsigned int header_size;

	segment->skb = skb;
	memset(tuple, 0, sizeof(*tuple));
	tuple->net = state->net;
	if (!(state->pf == NFPROTO_IPV4 ? read_ipv4(segment, source, destination) :
					  read_ipv6(segment, source, destination)))
		return false;

	tcp = skb_header_pointer(skb, segment->tcp_at, sizeof(segment->tcp), &segment->tcp);
	if (!tcp)
		return false;
	if (tcp != &segment->tcp)
		segment->tcp = *tcp;
	tcp = &segment->tcp;
	header_size = tcp->doff * 4;
	if (header_size < sizeof(*tcp) || skb->len < segment->tcp_at + header_size)
		return false;
	tuple->local_port = outgoing ? tcp->source : tcp->dest;
	tuple->remote_port = outgoing ? tcp->dest : tcp->source;
	segment->payload = skb->len - segment->tcp_at - header_size;

	segment->options_size = header_size - sizeof(*tcp);
	if (skb_copy_bits(skb, segment->tcp_at + sizeof(*tcp), segment->options, segment->options_size))
		return false;
	segment->is_capable = mps_capable_find(segment->options, segment->options_size, &segment->capable);
	return true;
}

int mps_segment_set_flags(struct mps_segment *segment, u8 flags)
{
	/* The checksum is over 16-bit words; TCP headers and their options begin at even offsets. */
	unsigned int at = sizeof(struct tcphdr) + segment->capable.flags_at;
	unsigned int word_at = segment->tcp_at + (at & ~1U);
	struct sk_buff *skb = segment->skb;
	__be16 before, after;
	struct tcphdr *tcp;

	if (flags == segment->capable.flags)
		return 0;
	if (skb_ensure_writable(skb, segment->tcp_at + segment->tcp.doff * 4))
		return -ENOMEM;
	tcp = (struct tcphdr *)(skb->data + segment->tcp_at);
	memcpy(&before, skb->data + word_at, sizeof(before));
	skb->data[segment->tcp_at + at] = flags;
	memcpy(&after, skb->data + word_at, sizeof(after));
	inet_proto_csum_replace2(&tcp->check, skb, before, after, false);
	segment->capable.flags = flags;
	return 0;
}
