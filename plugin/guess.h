// SPDX-License-Identifier: GPL-2.0-or-later
/// For captures that do not say whether they are scrambled: do a stream's first bytes make sense as they are,
/// or only when descrambled? Signatures of common protocols, nothing statistical. Off by default.
#pragma once

#include <cstdint>
#include <span>

namespace mps::plugin {

/// The first bytes of a connection of HTTP, TLS, SSH, SMTP, FTP, IMAP, POP3.
bool looks_like_a_beginning(std::span<const std::uint8_t> bytes);

}  // namespace mps::plugin
