// SPDX-License-Identifier: GPL-2.0-or-later
/// As much HTTP/1.1 (RFC 9112) as two peers of ours need to make captures that look like the web: GET of a
/// file, POST of a file, Content-Length, keep-alive. Not a web server: it trusts nobody else to talk to it.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "captures/peer/channel.h"

namespace mps::peer {

struct HttpRequest {
  std::string method;  ///< GET or POST
  std::string target;  ///< "/name"
  std::string file;    ///< of a POST: what is uploaded
};

/// "GET /name" or "POST /name FILE"; otherwise what is wrong with it.
tl::expected<HttpRequest, std::string> parse_request(const std::string& text);

/// Sends the requests one after the other, each when the response before is complete, then closes. Fails if a
/// response has another status than 200 or 201.
tl::expected<void, std::string> fetch(Channel& channel, const std::string& host,
                                      const std::vector<HttpRequest>& requests);

/// Answers requests out of the files in `root` (no subfolders) until the peer closes.
tl::expected<void, std::string> serve(Channel& channel, const std::string& root);

tl::expected<std::vector<std::uint8_t>, std::string> read_file(const std::string& name);

}  // namespace mps::peer
