// SPDX-License-Identifier: GPL-2.0-or-later
/* See trust.h. */
#include <linux/err.h>
#include <linux/inet.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "netns.h"
#include "trust.h"

static bool is_ipv4(const struct mps_prefix *prefix)
{
	return ipv6_addr_v4mapped(&prefix->address) && prefix->bits >= 96;
}

static int parse_prefix(char *word, struct mps_prefix *prefix)
{
	char *slash = strchr(word, '/');
	__be32 v4;
	u8 bits, width;

	if (slash)
		*slash++ = '\0';
	if (in4_pton(word, -1, (u8 *)&v4, -1, NULL)) {
		ipv6_addr_set_v4mapped(v4, &prefix->address);
		width = 32;
	} else if (in6_pton(word, -1, prefix->address.s6_addr, -1, NULL)) {
		width = 128;
	} else {
		return -EINVAL;
	}
	bits = width;
	if (slash && (kstrtou8(slash, 10, &bits) || bits > width))
		return -EINVAL;
	prefix->bits = 128 - width + bits;
	return 0;
}

struct mps_prefixes *mps_prefixes_parse(const char *text)
{
	struct mps_prefixes *prefixes;
	char *copy, *rest, *word;
	int err = 0;

	copy = kstrdup(text, GFP_KERNEL);
	prefixes = kzalloc(struct_size(prefixes, list, MPS_PREFIXES_MAX), GFP_KERNEL);
	if (!copy || !prefixes)
		err = -ENOMEM;
	rest = copy;
	while (!err && (word = strsep(&rest, " ,\t\n"))) {
		if (!*word)
			continue;
		if (prefixes->count == MPS_PREFIXES_MAX)
			err = -EINVAL;
		else
			err = parse_prefix(word, &prefixes->list[prefixes->count++]);
	}
	kfree(copy);
	if (!err && prefixes->count)
		return prefixes;
	kfree(prefixes);
	return err ? ERR_PTR(err) : NULL;
}

void mps_prefixes_print(const struct mps_prefixes *prefixes, char *text, size_t size)
{
	size_t at = 0;
	unsigned int i;

	*text = '\0';
	for (i = 0; prefixes && i < prefixes->count; i++) {
		const struct mps_prefix *prefix = &prefixes->list[i];
		const char *gap = i ? " " : "";

		if (is_ipv4(prefix))
			at += scnprintf(text + at, size - at, "%s%pI4/%u", gap, &prefix->address.s6_addr32[3],
					prefix->bits - 96);
		else
			at += scnprintf(text + at, size - at, "%s%pI6c/%u", gap, &prefix->address,
					prefix->bits);
	}
}

void mps_trust_set(struct mps_net *mn, struct mps_prefixes *prefixes)
{
	struct mps_prefixes *old = unrcu_pointer(xchg(&mn->trusted, RCU_INITIALIZER(prefixes)));

	if (old)
		kfree_rcu(old, rcu);
}

/* ::/0 means every IPv6 address, and not the mapped ones too. */
static bool covers(const struct mps_prefix *prefix, const struct in6_addr *address)
{
	return ipv6_addr_v4mapped(address) == is_ipv4(prefix) &&
	       ipv6_prefix_equal(address, &prefix->address, prefix->bits);
}

bool mps_trusts(const struct mps_net *mn, const struct in6_addr *local)
{
	const struct mps_prefixes *prefixes;
	bool trusted = true;
	unsigned int i;

	rcu_read_lock();
	prefixes = rcu_dereference(mn->trusted);
	if (prefixes) {
		trusted = false;
		for (i = 0; i < prefixes->count && !trusted; i++)
			trusted = covers(&prefixes->list[i], local);
	}
	rcu_read_unlock();
	return trusted;
}

bool mps_trust_is_set(const struct mps_net *mn)
{
	return rcu_access_pointer(mn->trusted);
}
