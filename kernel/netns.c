// SPDX-License-Identifier: GPL-2.0-or-later
/* See netns.h. */
#include <net/netns/generic.h>

#include "filter.h"
#include "handshake.h"
#include "netns.h"
#include "option.h"
#include "trust.h"

static unsigned int mps_net_id;

struct mps_net *mps_net(const struct net *net)
{
	return net_generic(net, mps_net_id);
}

static int __net_init mps_net_start(struct net *net)
{
	struct mps_net *mn = mps_net(net);
	int err;

	mn->net = net;
	mn->flag = MPS_CAPABLE_DEFAULT_BIT;
	mn->init = MPS_INIT_KEY;
	mn->key_order = MPS_KEY_ORDER_WIRE;
	mps_key_log_init(&mn->key_log);

	err = mps_proc_register(mn);
	if (err)
		return err;
	err = mps_sysctl_register(mn);
	if (err)
		goto err_proc;
	err = mps_filter_register(net);
	if (err)
		goto err_sysctl;
	return 0;

err_sysctl:
	mps_sysctl_unregister(mn);
err_proc:
	mps_proc_unregister(mn);
	return err;
}

/* A segment may still be inside of a hook. RCU readers end before mps_net_stop(): no handshake starts during that. */
static void __net_exit mps_net_close(struct net *net)
{
	mps_filter_unregister(net);
}

static void __net_exit mps_net_stop(struct net *net)
{
	struct mps_net *mn = mps_net(net);

	mps_handshake_forget_net(net);
	WARN_ON_ONCE(atomic_read(&mn->handshakes)); /* they would point to it */
	mps_sysctl_unregister(mn);
	mps_proc_unregister(mn);
	mps_trust_set(mn, NULL);
	mps_key_log_enable(&mn->key_log, false);
}

static struct pernet_operations mps_net_ops = {
	.init = mps_net_start,
	.pre_exit = mps_net_close,
	.exit = mps_net_stop,
	.id = &mps_net_id,
	.size = sizeof(struct mps_net),
};

int __init mps_netns_init(void)
{
	return register_pernet_subsys(&mps_net_ops);
}

void mps_netns_exit(void)
{
	unregister_pernet_subsys(&mps_net_ops);
}
