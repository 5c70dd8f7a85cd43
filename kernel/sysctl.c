// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net.mpscramble.*, a set for each network namespace. Words rather than numbers where there are words: the same as
 * in the analyzer and the dissector.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "compat.h"
#include "netns.h"
#include "option.h"
#include "trust.h"

#define TEXT_MAX (MPS_PREFIXES_MAX * MPS_PREFIX_TEXT_MAX) /* the longest setting is a full list of prefixes */

/* A setting that is text to the user. @read gets the text without blanks around it. */
struct text_setting {
	void (*print)(const struct mps_net *mn, char *text);
	int (*read)(struct mps_net *mn, const char *text);
};

static void print_flag(const struct mps_net *mn, char *text)
{
	scnprintf(text, TEXT_MAX, "0x%02x", mn->flag);
}

static int read_flag(struct mps_net *mn, const char *text)
{
	u8 flag;

	if (kstrtou8(text, 0, &flag) || hweight8(flag) != 1 || (flag & ~MPS_CAPABLE_FREE_BITS))
		return -EINVAL;
	WRITE_ONCE(mn->flag, flag);
	return 0;
}

static const char *const init_words[] = { [MPS_INIT_KEY] = "key", [MPS_INIT_HMAC] = "hmac" };
static const char *const order_words[] = { [MPS_KEY_ORDER_WIRE] = "wire", [MPS_KEY_ORDER_HOST] = "host" };

static void print_init(const struct mps_net *mn, char *text)
{
	strscpy(text, init_words[READ_ONCE(mn->init)], TEXT_MAX);
}

static int read_init(struct mps_net *mn, const char *text)
{
	int init = match_string(init_words, ARRAY_SIZE(init_words), text);

	if (init < 0)
		return -EINVAL;
	if (init == MPS_INIT_HMAC && !mps_register_has_hmac())
		return -EOPNOTSUPP;
	WRITE_ONCE(mn->init, init);
	return 0;
}

static void print_key_order(const struct mps_net *mn, char *text)
{
	strscpy(text, order_words[READ_ONCE(mn->key_order)], TEXT_MAX);
}

static int read_key_order(struct mps_net *mn, const char *text)
{
	int order = match_string(order_words, ARRAY_SIZE(order_words), text);

	if (order < 0)
		return -EINVAL;
	WRITE_ONCE(mn->key_order, order);
	return 0;
}

static void print_trusted(const struct mps_net *mn, char *text)
{
	rcu_read_lock();
	mps_prefixes_print(rcu_dereference(mn->trusted), text, TEXT_MAX);
	rcu_read_unlock();
}

static int read_trusted(struct mps_net *mn, const char *text)
{
	struct mps_prefixes *prefixes = mps_prefixes_parse(text);

	if (IS_ERR(prefixes))
		return PTR_ERR(prefixes);
	mps_trust_set(mn, prefixes);
	return 0;
}

static void print_key_log(const struct mps_net *mn, char *text)
{
	strscpy(text, mps_key_log_enabled(&mn->key_log) ? "1" : "0", TEXT_MAX);
}

static int read_key_log(struct mps_net *mn, const char *text)
{
	u8 enable;

	if (kstrtou8(text, 10, &enable) || enable > 1)
		return -EINVAL;
	return mps_key_log_enable(&mn->key_log, enable);
}

static const struct text_setting flag_setting = { print_flag, read_flag };
static const struct text_setting init_setting = { print_init, read_init };
static const struct text_setting key_order_setting = { print_key_order, read_key_order };
static const struct text_setting trusted_setting = { print_trusted, read_trusted };
static const struct text_setting key_log_setting = { print_key_log, read_key_log };

/*
 * A part of a list trusts other addresses than the list: it comes in one piece, or not at all. (proc_dostring() would
 * take the first line.)
 */
static int write_text(struct mps_net *mn, const struct text_setting *setting, const char *buffer, size_t size,
		      loff_t *pos)
{
	char *text;
	int err;

	if (*pos || size >= TEXT_MAX)
		return -EINVAL;
	text = kmemdup_nul(buffer, size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (strlen(text) + 1 < size) { /* more behind an end */
		kfree(text);
		return -EINVAL;
	}
	err = setting->read(mn, strim(text));
	kfree(text);
	if (!err)
		*pos += size;
	return err;
}

/* extra1 is the namespace, extra2 the text_setting. */
static int handle_text(mps_ctl_table *ctl, int write, void *buffer, size_t *size, loff_t *pos)
{
	struct mps_net *mn = ctl->extra1;
	const struct text_setting *setting = ctl->extra2;
	struct ctl_table text = { .maxlen = TEXT_MAX };
	int err;

	if (write)
		return write_text(mn, setting, buffer, *size, pos);
	text.data = kzalloc(TEXT_MAX, GFP_KERNEL);
	if (!text.data)
		return -ENOMEM;
	setting->print(mn, text.data);
	err = proc_dostring(&text, 0, buffer, size, pos);
	kfree(text.data);
	return err;
}

#define TEXT_SETTING(setting) { .procname = #setting, .mode = 0644, .proc_handler = handle_text, \
				.extra2 = (void *)&setting##_setting }

static const struct ctl_table mps_sysctl_template[] = {
	{ .procname = "enabled", .mode = 0644, .maxlen = sizeof(int), .proc_handler = proc_dointvec_minmax,
	  .extra1 = SYSCTL_ZERO, .extra2 = SYSCTL_ONE },
	{ .procname = "gate_join", .mode = 0644, .maxlen = sizeof(int), .proc_handler = proc_dointvec_minmax,
	  .extra1 = SYSCTL_ZERO, .extra2 = SYSCTL_ONE },
	TEXT_SETTING(flag),
	TEXT_SETTING(init),
	TEXT_SETTING(key_order),
	TEXT_SETTING(trusted),
	TEXT_SETTING(key_log),
	{ }
};

int mps_sysctl_register(struct mps_net *mn)
{
	struct ctl_table *table = kmemdup(mps_sysctl_template, sizeof(mps_sysctl_template), GFP_KERNEL);
	size_t i;

	if (!table)
		return -ENOMEM;
	table[0].data = &mn->enabled;
	table[1].data = &mn->gate_join;
	for (i = 2; i < ARRAY_SIZE(mps_sysctl_template) - 1; i++)
		table[i].extra1 = mn;
	mn->sysctl = mps_register_sysctl(mn->net, "net/mpscramble", table,
					 ARRAY_SIZE(mps_sysctl_template) - 1);
	if (!mn->sysctl) {
		kfree(table);
		return -ENOMEM;
	}
	mn->sysctl_table = table;
	return 0;
}

void mps_sysctl_unregister(struct mps_net *mn)
{
	unregister_net_sysctl_table(mn->sysctl);
	kfree(mn->sysctl_table);
}
