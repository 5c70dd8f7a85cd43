// SPDX-License-Identifier: GPL-2.0-or-later
/* See segment.h. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "segment.h"

static bool find_tcp_ipv4(struct mps_segment *segment)
{
	const struct iphdr *ip = ip_hdr(segment->skb);

	segment->tcp_at = skb_network_offset(segment->skb) + ip->ihl * 4;
	return ip->protocol == IPPROTO_TCP && !(ip->frag_off & htons(IP_OFFSET));
}

static bool find_tcp_ipv6(struct mps_segment *segment)
{
	unsigned int at = skb_network_offset(segment->skb) + sizeof(struct ipv6hdr);
	u8 protocol = ipv6_hdr(segment->skb)->nexthdr;
	__be16 fragment = 0;
	int found;

	found = ipv6_skip_exthdr(segment->skb, at, &protocol, &fragment);
	segment->tcp_at = found;
	return found >= 0 && protocol == IPPROTO_TCP && !(fragment & htons(IP6_OFFSET));
}

bool mps_segment_read(struct mps_segment *segment, struct sk_buff *skb, u8 family)
{
	unsigned int header_size;
	const u8 *header;

	segment->skb = skb;
	if (!(family == NFPROTO_IPV4 ? find_tcp_ipv4(segment) : find_tcp_ipv6(segment)))
		return false;
	header = skb_header_pointer(skb, segment->tcp_at, sizeof(segment->tcp), segment->copy);
	if (!header)
		return false;
	memcpy(&segment->tcp, header, sizeof(segment->tcp));
	header_size = segment->tcp.doff * 4;
	if (header_size < sizeof(segment->tcp) || skb->len < segment->tcp_at + header_size)
		return false;
	header = skb_header_pointer(skb, segment->tcp_at, header_size, segment->copy);
	if (!header)
		return false;
	segment->payload = skb->len - segment->tcp_at - header_size;
	segment->options = header + sizeof(segment->tcp);
	segment->options_size = header_size - sizeof(segment->tcp);
	segment->is_capable = mps_capable_find(segment->options, segment->options_size, &segment->capable);
	if (segment->is_capable && header != segment->copy) {
		/* Whoever writes flags moves the header, and must not move the keys. */
		memcpy(segment->copy, header, header_size);
		segment->options = segment->copy + sizeof(segment->tcp);
		mps_capable_find(segment->options, segment->options_size, &segment->capable);
	}
	return true;
}

void mps_segment_tuple(struct mps_tuple *tuple, const struct mps_segment *segment, const struct nf_hook_state *state,
		       bool outgoing)
{
	struct in6_addr *source = outgoing ? &tuple->local : &tuple->remote;
	struct in6_addr *destination = outgoing ? &tuple->remote : &tuple->local;

	memset(tuple, 0, sizeof(*tuple));
	tuple->net = state->net;
	if (state->pf == NFPROTO_IPV4) {
		ipv6_addr_set_v4mapped(ip_hdr(segment->skb)->saddr, source);
		ipv6_addr_set_v4mapped(ip_hdr(segment->skb)->daddr, destination);
	} else {
		*source = ipv6_hdr(segment->skb)->saddr;
		*destination = ipv6_hdr(segment->skb)->daddr;
	}
	tuple->local_port = outgoing ? segment->tcp.source : segment->tcp.dest;
	tuple->remote_port = outgoing ? segment->tcp.dest : segment->tcp.source;
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
