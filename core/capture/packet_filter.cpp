// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/packet_filter.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include "core/capture/link_type.h"

namespace mps {
namespace {

constexpr int filter_snaplen = 262144;
constexpr LinkType common_links[] = {1,   101, 113,
                                     276, 105, 0};  // Ethernet first: its error text is the one shown

struct PcapClose {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

/// The error text, or nothing when it compiled into `program`.
std::string compile(const std::string& expression, LinkType link, bpf_program& program) {
  const std::unique_ptr<pcap_t, PcapClose> handle(pcap_open_dead(dlt_of_link_type(link), filter_snaplen));
  if (!handle) return "out of memory";
  if (pcap_compile(handle.get(), &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0) return {};
  return pcap_geterr(handle.get());
}

}  // namespace

/// Empty after a failed compilation, so that it is tried and reported once.
struct PacketFilter::Program {
  bpf_program code{};
  ~Program() { pcap_freecode(&code); }
};

PacketFilter::PacketFilter(std::string expression) : expression_(std::move(expression)) {}
PacketFilter::~PacketFilter() = default;
PacketFilter::PacketFilter(PacketFilter&&) noexcept = default;
PacketFilter& PacketFilter::operator=(PacketFilter&&) noexcept = default;

tl::expected<void, CaptureError> PacketFilter::check() const {
  std::string first_error;
  for (const LinkType link : common_links) {
    Program program;
    std::string error = compile(expression_, link, program.code);
    if (error.empty()) return {};
    if (first_error.empty()) first_error = std::move(error);
  }
  return tl::unexpected(CaptureError{fmt::format("filter '{}'", expression_), 0, first_error});
}

tl::expected<PacketFilter::Program*, std::string> PacketFilter::program_for(LinkType link) {
  const auto [entry, is_new] = programs_.try_emplace(link, nullptr);
  if (!is_new) return entry->second.get();
  entry->second = std::make_unique<Program>();
  if (std::string error = compile(expression_, link, entry->second->code); !error.empty())
    return tl::unexpected(
        fmt::format("filter '{}' does not work on link type {}: {}", expression_, link, error));
  return entry->second.get();
}

tl::expected<bool, std::string> PacketFilter::matches(const Packet& packet) {
  const auto program = program_for(packet.link);
  if (!program) return tl::unexpected(program.error());
  if ((*program)->code.bf_insns == nullptr) return false;
  pcap_pkthdr header{};
  header.caplen = static_cast<bpf_u_int32>(packet.bytes.size());
  header.len = packet.length_on_wire;
  return pcap_offline_filter(&(*program)->code, &header, packet.bytes.data()) != 0;
}

FilteredSource::FilteredSource(std::unique_ptr<PacketSource> source, PacketFilter filter)
    : source_(std::move(source)), filter_(std::move(filter)) {}

bool FilteredSource::next(Packet& packet) {
  while (source_->next(packet)) {
    const auto wanted = filter_.matches(packet);
    if (!wanted) {
      own_errors_.push_back({source_->paths()[packet.path].file, packet.number_in_file, wanted.error()});
    } else if (*wanted) {
      packet.number = ++packets_;
      return true;
    }
  }
  return false;
}

const std::vector<CaptureError>& FilteredSource::errors() const {
  all_errors_ = source_->errors();
  all_errors_.insert(all_errors_.end(), own_errors_.begin(), own_errors_.end());
  return all_errors_;
}

SourceProgress FilteredSource::progress() const {
  SourceProgress progress = source_->progress();
  progress.packets = packets_;
  return progress;
}

}  // namespace mps
