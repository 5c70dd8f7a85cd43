// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mpscramble: byte-wise scrambling of Multipath TCP for unmodified applications, after Kato et al., "Proposal and
 * Study on Implementation of Data Eavesdropping Protection Method over Multipath TCP Communication Using Data
 * Scrambling and Path Dispersion" (2018). The paper's JProbes left Linux in 4.15; this does the same with exported
 * symbols alone.
 *
 * This is not encryption. README.md says what it does not protect.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "handshake.h"
#include "mps_scramble.h"
#include "netns.h"
#include "proto.h"
#include "register.h"

static int __init mps_init(void)
{
	int err;

	if (!mps_scramble_self_test()) {
		pr_err("self-test of the codec failed\n");
		return -ENOTRECOVERABLE;
	}
	mps_register_init();
	err = mps_handshake_init();
	if (err)
		goto err_register;
	err = mps_netns_init();
	if (err)
		goto err_handshake;
	err = mps_proto_init();
	if (err)
		goto err_netns;
	pr_info("loaded; sysctl net.mpscramble.enabled=1 turns it on in a network namespace\n");
	return 0;

err_netns:
	mps_netns_exit();
err_handshake:
	mps_handshake_exit();
err_register:
	mps_register_exit();
	return err;
}

/* Runs only when no socket of ours is left: each holds the module. */
static void __exit mps_exit(void)
{
	mps_proto_exit();
	mps_netns_exit();
	mps_handshake_exit();
	mps_register_exit();
}

module_init(mps_init);
module_exit(mps_exit);

MODULE_DESCRIPTION("Data scrambling for Multipath TCP (Kato et al. 2018)");
MODULE_AUTHOR("The mpscramble authors");
MODULE_VERSION(MPS_VERSION);
MODULE_LICENSE("GPL");
MODULE_SOFTDEP("pre: nf_reject_ipv4 nf_reject_ipv6");
