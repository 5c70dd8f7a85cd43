// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SYNs that ask for scrambling and are never heard of again, as from a flood, or from a host that crashed.
 *
 *   flood NETNS SOURCE PORT DESTINATION PORT COUNT [PORTS]      IPv4; from as many ports, or from PORTS by turns
 */
#define _GNU_SOURCE
#include "peer.h"

#include <linux/ip.h>
#include <linux/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct syn {
	struct iphdr ip;
	struct tcphdr tcp;
	uint8_t capable[4]; /* MP_CAPABLE, version 1, flags: the bit, HMAC-SHA256 */
};

static uint32_t add(uint32_t sum, const void *bytes, size_t size)
{
	const uint16_t *words = bytes;

	while (size >= 2) {
		sum += *words++;
		size -= 2;
	}
	return sum;
}

static uint16_t checksum_of(const struct syn *syn)
{
	uint32_t sum = htons(IPPROTO_TCP) + htons(sizeof(*syn) - sizeof(syn->ip));

	sum = add(sum, &syn->ip.saddr, 8);
	sum = add(sum, &syn->tcp, sizeof(*syn) - sizeof(syn->ip));
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

int main(int argc, char **argv)
{
	struct syn syn = {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP },
		.tcp = { .doff = 6, .syn = 1, .window = 0xffff },
		.capable = { 30, 4, 0x01, 0x11 },
	};
	struct sockaddr_storage from, to;
	socklen_t size;
	int fd, i, count, ports;

	if (argc != 7 && argc != 8)
		return 2;
	enter_netns(argv[1]);
	make_address(&from, argv[2], atoi(argv[3]));
	size = make_address(&to, argv[4], atoi(argv[5]));
	count = atoi(argv[6]);
	ports = argc == 8 ? atoi(argv[7]) : count;
	syn.ip.saddr = ((struct sockaddr_in *)&from)->sin_addr.s_addr;
	syn.ip.daddr = ((struct sockaddr_in *)&to)->sin_addr.s_addr;
	syn.tcp.dest = htons(atoi(argv[5]));
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (fd < 0)
		fail("raw socket");
	for (i = 0; i < count; i++) {
		syn.tcp.source = htons(atoi(argv[3]) + i % ports);
		syn.tcp.seq = htonl(i + 1);
		syn.tcp.check = 0;
		syn.tcp.check = checksum_of(&syn);
		if (sendto(fd, &syn, sizeof(syn), 0, (struct sockaddr *)&to, size) != sizeof(syn))
			fail("send");
	}
	return 0;
}
