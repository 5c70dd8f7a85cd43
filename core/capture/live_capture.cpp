// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/live_capture.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>

#include "core/capture/error_list.h"
#include "core/capture/interrupt_event.h"
#include "core/capture/link_type.h"

namespace mps {
namespace {

using Clock = std::chrono::system_clock;  // the one that packets are stamped with

constexpr int block_timeout_ms =
    100;  ///< the kernel hands packets over in blocks, at the latest after this time
constexpr int kernel_buffer_bytes = 16 << 20;

struct PcapClose {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};
using Handle = std::unique_ptr<pcap_t, PcapClose>;

class LiveCapture final : public PacketSource {
 public:
  LiveCapture(Handle handle, const std::string& interface, const LiveOptions& options)
      : handle_(std::move(handle)), most_packets_(options.packets), errors_(interface) {
    if (options.duration) stop_at_ = Clock::now() + *options.duration;
    has_nanoseconds_ = pcap_get_tstamp_precision(handle_.get()) == PCAP_TSTAMP_PRECISION_NANO;
    CapturePath path;
    path.file = interface;
    path.interface_name = interface;
    path.link = link_type_of_dlt(pcap_datalink(handle_.get()));
    path.snaplen = static_cast<std::uint32_t>(pcap_snapshot(handle_.get()));
    paths_.push_back(std::move(path));
  }

  bool next(Packet& packet) override {
    while (!ended_) {
      if (interrupt_.raised() || (most_packets_ != 0 && packets_ == most_packets_)) break;
      pcap_pkthdr* header = nullptr;
      const std::uint8_t* bytes = nullptr;
      const int got = pcap_next_ex(handle_.get(), &header, &bytes);
      if (got == 1) {
        if (fill(*header, bytes, packet)) return true;
        break;
      }
      if (got < 0) {
        errors_.add(packets_ + 1, pcap_geterr(handle_.get()));
        break;
      }
      if (!wait()) break;
    }
    finish();
    return false;
  }

  const std::vector<CapturePath>& paths() const override { return paths_; }
  const std::vector<CaptureError>& errors() const override { return errors_.list(); }
  SourceProgress progress() const override { return {bytes_, 0, packets_, 0}; }
  void interrupt() override { interrupt_.raise(); }
  bool read(std::uint64_t, std::span<std::uint8_t>) override { return false; }

 private:
  /// False for the first packet after the time is up.
  bool fill(const pcap_pkthdr& header, const std::uint8_t* bytes, Packet& packet) {
    packet.time_ns = std::int64_t{header.ts.tv_sec} * 1'000'000'000 +
                     std::int64_t{header.ts.tv_usec} * (has_nanoseconds_ ? 1 : 1000);
    if (stop_at_ && packet.time_ns > std::chrono::nanoseconds(stop_at_->time_since_epoch()).count())
      return false;
    packet.number = packet.number_in_file = ++packets_;
    packet.path = 0;
    packet.link = paths_[0].link;
    packet.length_on_wire = header.len;
    packet.bytes = {bytes, header.caplen};
    packet.locator = no_locator;
    bytes_ += header.caplen;
    return true;
  }

  /// Waits for packets; false when the time is up and the kernel has had time to hand over its last block.
  bool wait() {
    int timeout_ms = -1;
    if (stop_at_) {
      using std::chrono::milliseconds;
      const auto left =
          std::chrono::duration_cast<milliseconds>(*stop_at_ - Clock::now()).count() + 2 * block_timeout_ms;
      if (left <= 0) return false;
      timeout_ms = static_cast<int>(std::min<std::int64_t>(left, 3'600'000));
    }
    interrupt_.wait_readable(pcap_get_selectable_fd(handle_.get()), timeout_ms);
    return true;
  }

  void finish() {
    if (ended_) return;
    ended_ = true;
    pcap_stat statistics{};
    if (pcap_stats(handle_.get(), &statistics) == 0 && statistics.ps_drop > 0)
      errors_.add(0, fmt::format("the kernel dropped {} packets because they were not fetched in time",
                                 statistics.ps_drop));
  }

  Handle handle_;
  InterruptEvent interrupt_;
  std::uint64_t most_packets_;
  std::optional<Clock::time_point> stop_at_;
  bool has_nanoseconds_ = false;
  bool ended_ = false;
  std::uint64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<CapturePath> paths_;
  ErrorList errors_;
};

std::string activation_error(pcap_t* handle, int status) {
  const std::string detail = pcap_geterr(handle);
  const std::string general = pcap_statustostr(status);
  return detail.empty() || detail == general ? general : fmt::format("{} ({})", general, detail);
}

}  // namespace

tl::expected<std::unique_ptr<PacketSource>, CaptureError> open_live_capture(const std::string& interface,
                                                                            const LiveOptions& options) {
  const auto fail = [&](std::string reason) {
    return tl::unexpected(CaptureError{interface, 0, std::move(reason)});
  };
  char error[PCAP_ERRBUF_SIZE] = "";
  Handle handle(pcap_create(interface.c_str(), error));
  if (!handle) return fail(error);
  pcap_set_snaplen(handle.get(), options.snaplen);
  pcap_set_promisc(handle.get(), options.promiscuous);
  pcap_set_timeout(handle.get(), block_timeout_ms);
  pcap_set_buffer_size(handle.get(), kernel_buffer_bytes);
  pcap_set_tstamp_precision(handle.get(), PCAP_TSTAMP_PRECISION_NANO);  // where refused, microseconds stay
  if (const int status = pcap_activate(handle.get()); status < 0)
    return fail(activation_error(handle.get(), status));
  if (!options.filter.empty()) {
    bpf_program program{};
    if (pcap_compile(handle.get(), &program, options.filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) < 0)
      return tl::unexpected(
          CaptureError{fmt::format("filter '{}'", options.filter), 0, pcap_geterr(handle.get())});
    const int set = pcap_setfilter(handle.get(), &program);
    pcap_freecode(&program);
    if (set < 0) return fail(pcap_geterr(handle.get()));
  }
  if (pcap_setnonblock(handle.get(), 1, error) < 0) return fail(error);
  if (pcap_get_selectable_fd(handle.get()) < 0) return fail("this interface cannot be waited for");
  return std::make_unique<LiveCapture>(std::move(handle), interface, options);
}

}  // namespace mps
