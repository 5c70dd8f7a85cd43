// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/peer/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace mps::peer {
namespace {

using Bytes = std::vector<std::uint8_t>;

struct Message {
  std::string start_line;
  Bytes body;
};

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The only header that both sides look at, in the spelling that both sides send.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  const std::size_t at = head.find(name);
  std::size_t length = 0;
  if (at != std::string_view::npos)
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  return length;
}

/// Takes messages out of the stream; bytes beyond one message wait in `pending_` for the next.
class MessageReader {
 public:
  explicit MessageReader(Channel& channel) : channel_(channel) {}

  /// Empty at a clean end of the stream.
  tl::expected<std::optional<Message>, std::string> next() {
    constexpr std::string_view end_of_head = "\r\n\r\n";
    auto head_end = pending_.end();
    for (;;) {
      head_end = std::search(pending_.begin(), pending_.end(), end_of_head.begin(), end_of_head.end());
      if (head_end != pending_.end()) break;
      const auto more = channel_.receive(pending_);
      if (!more) return tl::unexpected(more.error());
      if (!*more && pending_.empty()) return std::optional<Message>();
      if (!*more) return tl::unexpected(std::string("the stream ended inside an HTTP head"));
    }
    const std::string head(pending_.begin(), head_end);
    const std::size_t head_size = head.size() + end_of_head.size();
    const std::size_t total = head_size + content_length(head);
    while (pending_.size() < total) {
      const auto more = channel_.receive(pending_);
      if (!more) return tl::unexpected(more.error());
      if (!*more) return tl::unexpected(std::string("the stream ended inside an HTTP body"));
    }
    const auto body_start = pending_.begin() + static_cast<std::ptrdiff_t>(head_size);
    const auto body_end = pending_.begin() + static_cast<std::ptrdiff_t>(total);
    Message message{head.substr(0, head.find("\r\n")), Bytes(body_start, body_end)};
    pending_.erase(pending_.begin(), body_end);
    return message;
  }

 private:
  Channel& channel_;
  Bytes pending_;
};

std::string media_type(const std::string& name) {
  const std::string extension = std::filesystem::path(name).extension();
  if (extension == ".txt") return "text/plain; charset=utf-8";
  if (extension == ".json") return "application/json";
  if (extension == ".bmp") return "image/bmp";
  if (extension == ".gz") return "application/gzip";
  return "application/octet-stream";
}

tl::expected<void, std::string> respond(Channel& channel, std::string_view status, std::string_view type,
                                        std::span<const std::uint8_t> body) {
  const std::string head =
      fmt::format("HTTP/1.1 {}\r\nServer: mpscramble-peer\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                  status, type, body.size());
  Bytes message(head.begin(), head.end());
  message.insert(message.end(), body.begin(), body.end());
  return channel.send(message);
}

tl::expected<void, std::string> answer(Channel& channel, const std::string& root, const Message& request) {
  std::istringstream words(request.start_line);
  std::string method, target;
  words >> method >> target;
  if (method == "POST")
    return respond(channel, "201 Created", "text/plain",
                   as_bytes(fmt::format("received {} bytes\n", request.body.size())));
  // One plain name only, so that nothing outside the folder can be asked for.
  const std::string name = target.starts_with('/') ? target.substr(1) : target;
  if (method != "GET" || name.empty() || name.starts_with('.') || name.find('/') != std::string::npos)
    return respond(channel, "400 Bad Request", "text/plain", as_bytes("GET /name or POST /name, please\n"));
  const auto body = read_file(root + "/" + name);
  if (!body) return respond(channel, "404 Not Found", "text/plain", as_bytes("no such file\n"));
  return respond(channel, "200 OK", media_type(name), *body);
}

}  // namespace

tl::expected<Bytes, std::string> read_file(const std::string& name) {
  std::error_code ignored;
  if (std::filesystem::is_directory(name, ignored)) {  // opening one succeeds, and reading it throws
    errno = EISDIR;
    return tl::unexpected(system_error(name));
  }
  errno = 0;
  std::ifstream file(name, std::ios::binary);
  if (!file) return tl::unexpected(system_error(name));
  Bytes bytes{std::istreambuf_iterator<char>(file), {}};
  if (file.bad()) return tl::unexpected(system_error(name));
  return bytes;
}

tl::expected<HttpRequest, std::string> parse_request(const std::string& text) {
  std::istringstream words(text);
  HttpRequest request;
  words >> request.method >> request.target >> request.file;
  const bool get = request.method == "GET" && request.file.empty();
  const bool post = request.method == "POST" && !request.file.empty();
  if ((!get && !post) || !request.target.starts_with('/'))
    return tl::unexpected(fmt::format("\"{}\": expected \"GET /name\" or \"POST /name FILE\"", text));
  return request;
}

tl::expected<void, std::string> fetch(Channel& channel, const std::string& host,
                                      const std::vector<HttpRequest>& requests) {
  MessageReader reader(channel);
  for (const HttpRequest& request : requests) {
    std::string head =
        fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: mpscramble-peer\r\nAccept: */*\r\n",
                    request.method, request.target, host);
    Bytes body;
    if (!request.file.empty()) {
      auto content = read_file(request.file);
      if (!content) return tl::unexpected(content.error());
      body = std::move(*content);
      head +=
          fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", media_type(request.file), body.size());
    }
    head += "\r\n";
    body.insert(body.begin(), head.begin(), head.end());
    if (auto done = channel.send(body); !done) return done;
    const auto response = reader.next();
    if (!response) return tl::unexpected(response.error());
    if (!*response) return tl::unexpected(fmt::format("no answer to {} {}", request.method, request.target));
    const std::string& status = (*response)->start_line;
    if (!status.starts_with("HTTP/1.1 20"))
      return tl::unexpected(fmt::format("{} {}: {}", request.method, request.target, status));
  }
  if (auto done = channel.finish(); !done) return done;
  const auto rest = reader.next();
  if (!rest) return tl::unexpected(rest.error());
  return {};
}

tl::expected<void, std::string> serve(Channel& channel, const std::string& root) {
  MessageReader reader(channel);
  for (;;) {
    const auto request = reader.next();
    if (!request) return tl::unexpected(request.error());
    if (!*request) return channel.finish();
    if (auto done = answer(channel, root, **request); !done) return done;
  }
}

}  // namespace mps::peer
