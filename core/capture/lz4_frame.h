// SPDX-License-Identifier: GPL-2.0-or-later
/// Whether an .lz4 file (LZ4 frame format 1.6.2) is there to its last block. Wiretap takes a file cut short
/// for its proper end, and would lose the rest without a word. Walks the blocks, decompresses nothing.
#pragma once

#include "core/capture/byte_stream.h"

namespace mps {

/// `stream` stands at the start. False: the file ends inside a frame. Whatever is not in this format is
/// whole.
bool is_whole_lz4(ByteStream& stream);

}  // namespace mps
