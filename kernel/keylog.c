// SPDX-License-Identifier: GPL-2.0-or-later
/* See keylog.h. */
#include <linux/slab.h>

#include "keylog.h"

void mps_key_log_init(struct mps_key_log *log)
{
	spin_lock_init(&log->lock);
}

int mps_key_log_enable(struct mps_key_log *log, bool enable)
{
	struct mps_key_pair *fresh = NULL, *old;

	if (enable) {
		if (mps_key_log_enabled(log))
			return 0;
		fresh = kcalloc(MPS_KEY_LOG_SIZE, sizeof(*fresh), GFP_KERNEL);
		if (!fresh)
			return -ENOMEM;
	}
	spin_lock_bh(&log->lock);
	old = log->pairs;
	log->pairs = fresh;
	log->count = 0;
	spin_unlock_bh(&log->lock);
	kfree_sensitive(old);
	return 0;
}

bool mps_key_log_enabled(const struct mps_key_log *log)
{
	return READ_ONCE(log->pairs);
}

void mps_key_log_add(struct mps_key_log *log, const u8 *initiator, const u8 *listener)
{
	struct mps_key_pair *pair;

	if (!mps_key_log_enabled(log))
		return;
	spin_lock_bh(&log->lock);
	if (log->pairs) {
		pair = &log->pairs[log->count++ % MPS_KEY_LOG_SIZE];
		memcpy(pair->initiator, initiator, MPS_KEY_SIZE);
		memcpy(pair->listener, listener, MPS_KEY_SIZE);
	}
	spin_unlock_bh(&log->lock);
}

void mps_key_log_show(struct mps_key_log *log, struct seq_file *seq)
{
	unsigned long i;

	spin_lock_bh(&log->lock);
	i = log->count > MPS_KEY_LOG_SIZE ? log->count - MPS_KEY_LOG_SIZE : 0;
	for (; log->pairs && i < log->count; i++) {
		const struct mps_key_pair *pair = &log->pairs[i % MPS_KEY_LOG_SIZE];

		seq_printf(seq, "MPTCP_KEYS %*phN %*phN\n", (int)MPS_KEY_SIZE, pair->initiator,
			   (int)MPS_KEY_SIZE, pair->listener);
	}
	spin_unlock_bh(&log->lock);
}
