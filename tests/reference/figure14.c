/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figure 14 letter by letter but for one: the print has "tp->mpcb.mptcp_loc_key", where mpcb is a pointer.
 * Line breaks and indentation are the paper's.
 */
#include "figure14.h"

#include <string.h>

void scramble_init(struct tcp_sock *tp) {
int i;
unsigned char x;
  memset(tp->mpcb->sScrBuf, 0, 64);
  memcpy(&tp->mpcb->sScrBuf[56],
&tp->mpcb->mptcp_loc_key, 8);
  for(i=0,x=0;i<64;i++)
    x = x ^ tp->mpcb->sScrBuf[i];
  tp->mpcb->sXor = x;
  tp->mpcb->sIndex = 63;
  tp->mpcb->sFirst = 0;
  return;
}
void scramble(struct tcp_sock *tp,
unsigned char *data, size_t len) {
  int i;
unsigned char x;
  for(i=0;i<len;i++) {
    x = data[i] ^ tp->mpcb->sXor;
    tp->mpcb->sIndex = (tp->mpcb->sIndex+1)%64;
tp->mpcb->sXor = tp->mpcb->sXor
         ^ tp->mpcb->sScrBuf[tp->mpcb->sIndex]
         ^ data[i];
    tp->mpcb->sScrBuf[tp->mpcb->sIndex] = data[i];
    data[i] = x;
}
  return;
}

/* The same for the other direction: here it is the byte that comes out which enters the buffer. */

void descramble_init(struct tcp_sock *tp) {
int i;
unsigned char x;
  memset(tp->mpcb->rScrBuf, 0, 64);
  memcpy(&tp->mpcb->rScrBuf[56],
&tp->mpcb->mptcp_rem_key, 8);
  for(i=0,x=0;i<64;i++)
    x = x ^ tp->mpcb->rScrBuf[i];
  tp->mpcb->rXor = x;
  tp->mpcb->rIndex = 63;
  tp->mpcb->rFirst = 0;
  return;
}
void descramble(struct tcp_sock *tp,
unsigned char *data, size_t len) {
  int i;
unsigned char x;
  for(i=0;i<len;i++) {
    x = data[i] ^ tp->mpcb->rXor;
    tp->mpcb->rIndex = (tp->mpcb->rIndex+1)%64;
tp->mpcb->rXor = tp->mpcb->rXor
         ^ tp->mpcb->rScrBuf[tp->mpcb->rIndex]
         ^ x;
    tp->mpcb->rScrBuf[tp->mpcb->rIndex] = x;
    data[i] = x;
}
  return;
}

void figure14_start(struct mptcp_cb *mpcb, const unsigned char local_key[8], const unsigned char remote_key[8])
{
	memset(mpcb, 0, sizeof(*mpcb));
	memcpy(&mpcb->mptcp_loc_key, local_key, 8);
	memcpy(&mpcb->mptcp_rem_key, remote_key, 8);
	mpcb->sFirst = mpcb->rFirst = 1;
}
