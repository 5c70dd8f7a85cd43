/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of the latest connections, for decoders that did not see the handshake. Off by default; who turns it on
 * reads /proc/net/mpscramble/keys, which only root of the network namespace can. Keys appear nowhere else, in
 * particular never in the kernel log.
 */
#ifndef MPS_KEYLOG_H
#define MPS_KEYLOG_H

#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "mps_scramble.h"

#define MPS_KEY_LOG_SIZE 512u

struct mps_key_pair {
	u8 initiator[MPS_KEY_SIZE];
	u8 listener[MPS_KEY_SIZE];
};

struct mps_key_log {
	spinlock_t lock;            /* for the rest */
	struct mps_key_pair *pairs; /* a ring of MPS_KEY_LOG_SIZE; NULL while off */
	unsigned long count;        /* pairs ever added since it was turned on */
};

void mps_key_log_init(struct mps_key_log *log);
/* Turning off wipes what was logged. May sleep. -ENOMEM when the ring cannot be had. */
int mps_key_log_enable(struct mps_key_log *log, bool enable);
bool mps_key_log_enabled(const struct mps_key_log *log);
void mps_key_log_add(struct mps_key_log *log, const u8 *initiator, const u8 *listener);
/* One line "MPTCP_KEYS <initiator> <listener>" a connection, oldest first. */
void mps_key_log_show(struct mps_key_log *log, struct seq_file *seq);

#endif
