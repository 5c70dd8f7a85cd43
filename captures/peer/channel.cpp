// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/peer/channel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <thread>

namespace mps::peer {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds poll_interval{1};

tl::expected<void, std::string> run_command(const std::string& command) {
  if (std::system(command.c_str()) == 0) return {};
  return tl::unexpected(fmt::format("command failed: {}", command));
}

tl::expected<void, std::string> save(std::ofstream& copy, const std::string& name,
                                     std::span<const std::uint8_t> bytes) {
  if (name.empty()) return {};
  copy.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  copy.flush();
  if (!copy) return tl::unexpected(system_error(name));
  return {};
}

}  // namespace

Channel::Channel(MptcpSocket socket, std::unique_ptr<StreamCoder> encoder,
                 std::unique_ptr<StreamCoder> decoder, ChannelSettings settings)
    : socket_(std::move(socket)),
      encoder_(std::move(encoder)),
      decoder_(std::move(decoder)),
      settings_(std::move(settings)),
      head_passed_(settings_.head == 0) {
  std::ranges::stable_sort(settings_.on_received, {}, &ReceiveHook::bytes);
  if (!settings_.sent_file.empty()) sent_copy_.open(settings_.sent_file, std::ios::binary);
  if (!settings_.received_file.empty()) received_copy_.open(settings_.received_file, std::ios::binary);
}

tl::expected<void, std::string> Channel::send(std::span<const std::uint8_t> plaintext) {
  if (sent_ == 0 && !plaintext.empty()) std::this_thread::sleep_for(settings_.delay);
  while (!plaintext.empty()) {
    std::size_t size = std::min(settings_.chunk, plaintext.size());
    if (sent_ < settings_.head) size = std::min(size, settings_.head - sent_);
    const auto chunk = plaintext.first(size);
    plaintext = plaintext.subspan(size);
    encoded_.clear();
    encoder_->process(chunk, encoded_);
    if (auto done = socket_.write_all(encoded_); !done) return done;
    if (auto done = save(sent_copy_, settings_.sent_file, chunk); !done) return done;
    sent_ += size;
    if (sent_ == settings_.head)
      if (auto done = pass_head(); !done) return done;
    if (settings_.pace.count() > 0) std::this_thread::sleep_for(settings_.pace);
  }
  return {};
}

tl::expected<void, std::string> Channel::finish() {
  return socket_.finish_writing();
}

tl::expected<bool, std::string> Channel::receive(std::vector<std::uint8_t>& plaintext) {
  std::array<std::uint8_t, 65536> buffer;
  const auto size = socket_.read_some(buffer);
  if (!size) return tl::unexpected(size.error());
  if (*size == 0) return false;
  const std::size_t start = plaintext.size();
  decoder_->process(std::span(buffer).first(*size), plaintext);
  const auto fresh = std::span(plaintext).subspan(start);
  if (auto done = save(received_copy_, settings_.received_file, fresh); !done)
    return tl::unexpected(done.error());
  received_ += fresh.size();
  if (auto done = run_due_hooks(); !done) return tl::unexpected(done.error());
  return true;
}

tl::expected<void, std::string> Channel::pass_head() {
  if (auto done = wait_for_acknowledgment(); !done) return done;
  {
    const std::lock_guard lock(mutex_);
    head_passed_ = true;
  }
  head_acknowledged_.notify_all();
  if (!settings_.after_head.empty())
    if (auto done = run_command(settings_.after_head); !done) return done;
  return wait_for_subflows();
}

tl::expected<void, std::string> Channel::wait_for_acknowledgment() {
  for (const auto deadline = Clock::now() + settings_.patience; Clock::now() < deadline;) {
    const auto waiting = socket_.unacknowledged();
    if (!waiting) return tl::unexpected(waiting.error());
    if (*waiting == 0) return {};
    std::this_thread::sleep_for(poll_interval);
  }
  return tl::unexpected(fmt::format("the first {} bytes were not acknowledged in time", settings_.head));
}

tl::expected<void, std::string> Channel::wait_for_subflows() {
  for (const auto deadline = Clock::now() + settings_.patience; Clock::now() < deadline;) {
    const auto state = socket_.state();
    if (!state) return tl::unexpected(state.error());
    if (state->joined_subflows >= settings_.subflows) return {};
    std::this_thread::sleep_for(poll_interval);
  }
  return tl::unexpected(fmt::format("{} joined subflows did not come up in time", settings_.subflows));
}

tl::expected<void, std::string> Channel::wait_for_own_head() {
  std::unique_lock lock(mutex_);
  if (head_acknowledged_.wait_for(lock, settings_.patience, [this] { return head_passed_; })) return {};
  return tl::unexpected(std::string("the own head was not acknowledged in time for a receive hook"));
}

tl::expected<void, std::string> Channel::run_due_hooks() {
  for (; next_hook_ < settings_.on_received.size(); ++next_hook_) {
    const ReceiveHook& hook = settings_.on_received[next_hook_];
    if (received_ < hook.bytes) break;
    if (auto done = wait_for_own_head(); !done) return done;
    if (auto done = run_command(hook.command); !done) return done;
  }
  return {};
}

}  // namespace mps::peer
