/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trace events: /sys/kernel/tracing/events/mpscramble. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mpscramble

#if !defined(MPS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MPS_TRACE_H

#include <linux/tracepoint.h>

#include "handshake.h"

/* Bytes of the first 64 of a stream leave over an untrusted path; @offset is where in the stream the mapping begins. */
TRACE_EVENT(mpscramble_head_exposed,
	TP_PROTO(const struct mps_tuple *tuple, unsigned int offset, unsigned int size),
	TP_ARGS(tuple, offset, size),
	TP_STRUCT__entry(
		__array(u8, local, 16)
		__array(u8, remote, 16)
		__field(u16, local_port)
		__field(u16, remote_port)
		__field(unsigned int, offset)
		__field(unsigned int, size)
	),
	TP_fast_assign(
		memcpy(__entry->local, &tuple->local, 16);
		memcpy(__entry->remote, &tuple->remote, 16);
		__entry->local_port = ntohs(tuple->local_port);
		__entry->remote_port = ntohs(tuple->remote_port);
		__entry->offset = offset;
		__entry->size = size;
	),
	TP_printk("[%pI6c]:%u > [%pI6c]:%u offset=%u size=%u", __entry->local, __entry->local_port,
		  __entry->remote, __entry->remote_port, __entry->offset, __entry->size)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
