/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kato et al. 2018, figures 12 and 14, as printed: the oracle that every codec is compared with. Not meant to
 * be fast, tidy or used for anything else. Where the print does not compile, figure14.c says what was
 * changed.
 */
#ifndef MPS_REFERENCE_FIGURE14_H
#define MPS_REFERENCE_FIGURE14_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Figure 12. C has no initialisers inside a struct: sFirst and rFirst are set to 1 by figure14_start(). */
struct mptcp_cb {
  uint64_t
      mptcp_loc_key; /* "local Key in this MPTCP connection", and the peer's, in MPTCP's own control block */
  uint64_t mptcp_rem_key;
  unsigned char sScrBuf[64], rScrBuf[64];
  unsigned char sXor, rXor;
  int sIndex, rIndex, sFirst, rFirst;
};

struct tcp_sock {
  struct mptcp_cb* mpcb;
};

void scramble_init(struct tcp_sock* tp);
void scramble(struct tcp_sock* tp, unsigned char* data, size_t len);

/* Not printed: the paper says that descrambling is implemented "in a similar way" (figure 15 shows only its
 * hook). */
void descramble_init(struct tcp_sock* tp);
void descramble(struct tcp_sock* tp, unsigned char* data, size_t len);

/* Not printed: a control block whose keys are these 8 bytes, in this order in memory. */
void figure14_start(struct mptcp_cb* mpcb, const unsigned char local_key[8],
                    const unsigned char remote_key[8]);

#ifdef __cplusplus
}
#endif
#endif
