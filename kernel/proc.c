// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/net/mpscramble: counters for everyone, keys for root (see keylog.h). */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "netns.h"

static const char *const counter_names[] = {
#define MPS_COUNTER_NAME(name) [MPS_COUNT_##name] = #name,
	MPS_COUNTERS(MPS_COUNTER_NAME)
#undef MPS_COUNTER_NAME
};

static int show_counters(struct seq_file *seq, void *unused)
{
	struct mps_net *mn = mps_net(seq_file_single_net(seq));
	int i;

	for (i = 0; i < MPS_COUNTER_MAX; i++)
		seq_printf(seq, "%s %ld\n", counter_names[i], atomic_long_read(&mn->counters[i]));
	seq_printf(seq, "connections %d\nhalf_open %d\n", atomic_read(&mn->handshakes),
		   atomic_read(&mn->half_open));
	return 0;
}

static int show_keys(struct seq_file *seq, void *unused)
{
	mps_key_log_show(&mps_net(seq_file_single_net(seq))->key_log, seq);
	return 0;
}

int mps_proc_register(struct mps_net *mn)
{
	struct proc_dir_entry *dir = proc_net_mkdir(mn->net, "mpscramble", mn->net->proc_net);

	if (!dir)
		return -ENOMEM;
	if (proc_create_net_single("counters", 0444, dir, show_counters, NULL) &&
	    proc_create_net_single("keys", 0400, dir, show_keys, NULL))
		return 0;
	mps_proc_unregister(mn);
	return -ENOMEM;
}

void mps_proc_unregister(struct mps_net *mn)
{
	remove_proc_subtree("mpscramble", mn->net->proc_net);
}
