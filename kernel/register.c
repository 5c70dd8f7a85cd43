// SPDX-License-Identifier: GPL-2.0-or-later
/* See register.h. */
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/mutex.h>

#include "register.h"

static struct crypto_shash *hmac; /* holds one key at a time, hence: */
static DEFINE_MUTEX(hmac_lock);

static int hmac_of_nothing(const u8 *key, u8 *out)
{
	int err;

	if (!hmac)
		return -EOPNOTSUPP;
	mutex_lock(&hmac_lock);
	err = crypto_shash_setkey(hmac, key, MPS_KEY_SIZE);
	if (!err)
		err = crypto_shash_tfm_digest(hmac, key, 0, out);
	mutex_unlock(&hmac_lock);
	return err;
}

int mps_register_start(struct mps_state *state, const u8 *key, enum mps_init init, enum mps_key_order order)
{
	u8 ordered[MPS_KEY_SIZE], digest[SHA256_DIGEST_SIZE];
	int i, err = 0;

	for (i = 0; i < MPS_KEY_SIZE; i++)
		ordered[i] = key[order == MPS_KEY_ORDER_HOST ? MPS_KEY_SIZE - 1 - i : i];
	if (init == MPS_INIT_HMAC) {
		err = hmac_of_nothing(ordered, digest);
		if (!err)
			mps_state_init(state, digest, sizeof(digest));
		memzero_explicit(digest, sizeof(digest));
	} else {
		mps_state_init(state, ordered, sizeof(ordered));
	}
	memzero_explicit(ordered, sizeof(ordered));
	return err;
}

bool mps_register_has_hmac(void)
{
	return hmac;
}

void __init mps_register_init(void)
{
	hmac = crypto_alloc_shash("hmac(sha256)", 0, 0);
	if (IS_ERR(hmac)) {
		pr_warn("no hmac(sha256) (%ld): init=hmac is not available\n", PTR_ERR(hmac));
		hmac = NULL;
	}
}

void mps_register_exit(void)
{
	crypto_free_shash(hmac);
}
