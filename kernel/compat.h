/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between the kernels this module is built for (6.1 and later), and nothing else. */
#ifndef MPS_COMPAT_H
#define MPS_COMPAT_H

#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/net_namespace.h>

/* 6.11 made the table of a proc_handler const. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
typedef const struct ctl_table mps_ctl_table;
#else
typedef struct ctl_table mps_ctl_table;
#endif

/* 6.6 counts the entries of a table, older kernels stop at an empty one: @table has @entries and an empty one. */
static inline struct ctl_table_header *mps_register_sysctl(struct net *net, const char *path,
							   struct ctl_table *table, size_t entries)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return register_net_sysctl_sz(net, path, table, entries);
#else
	return register_net_sysctl(net, path, table);
#endif
}

/* Exported for the socket diagnosis module, but declared in a header that stays inside net/mptcp. */
struct mptcp_sock;
struct mptcp_sock *mptcp_token_get_sock(struct net *net, u32 token);

#endif
