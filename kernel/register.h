/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The initial register of a direction, made from its sender's key. The paper says both the key itself (figure 14) and
 * "HMAC of the key" (section III.B); the latter is read as the HMAC-SHA256 under the key of the empty message. It
 * also leaves open whether the key is taken as it stands on the wire or as a little-endian host copies a u64.
 */
#ifndef MPS_REGISTER_H
#define MPS_REGISTER_H

#include "mps_scramble.h"

enum mps_init { MPS_INIT_KEY, MPS_INIT_HMAC };
enum mps_key_order { MPS_KEY_ORDER_WIRE, MPS_KEY_ORDER_HOST };

/* @key: 8 bytes as on the wire. May sleep (HMAC). 0 or what the crypto API says. */
int mps_register_start(struct mps_state *state, const u8 *key, enum mps_init init, enum mps_key_order order);

/* Whether this kernel can do HMAC-SHA256; MPS_INIT_HMAC is refused otherwise. */
bool mps_register_has_hmac(void);

void mps_register_init(void);
void mps_register_exit(void);

#endif
