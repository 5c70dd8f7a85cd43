// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/wiretap_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <wireshark.h>

#include <wiretap/pcap-encap.h>
#include <wiretap/wtap.h>
#include <wiretap/wtap_opttypes.h>

#include <atomic>
#include <map>
#include <optional>

#include "core/capture/capture_limits.h"
#include "core/capture/error_list.h"
#include "core/capture/lz4_frame.h"
#include "core/capture/wiretap_start.h"

namespace mps {
namespace {

/// LINKTYPE_ numbers by wiretap's encapsulation: the inverse of the one direction that the library exports.
class LinkTable {
 public:
  LinkTable() {
    for (int link = 0; link < 512; ++link) {
      const int encap = wtap_pcap_encap_to_wtap_encap(link);
      if (encap != WTAP_ENCAP_UNKNOWN) link_of_.try_emplace(encap, static_cast<LinkType>(link));
    }
    link_of_[WTAP_ENCAP_RAW_IP] = 101;  // 12 and 14 mean the same on some systems only
    link_of_[WTAP_ENCAP_NULL] = 0;
    // Wiretap takes the header before the packet off and keeps its contents apart.
    link_of_[WTAP_ENCAP_PPP_WITH_PHDR] = 9;
    link_of_[WTAP_ENCAP_CHDLC_WITH_PHDR] = 104;
    link_of_[WTAP_ENCAP_IEEE_802_11_WITH_RADIO] = 105;
    link_of_[WTAP_ENCAP_NETTL_ETHERNET] = 1;
    link_of_[WTAP_ENCAP_NETTL_RAW_IP] = 101;
  }
  LinkType find(int encap) const {
    const auto found = link_of_.find(encap);
    return found == link_of_.end() ? unknown_link : found->second;
  }

 private:
  std::map<int, LinkType> link_of_;
};

LinkType link_of_erf(const erf_mc_phdr& erf) {
  switch (erf.phdr.type & 0x7f) {
    case 2:   // ETH
    case 11:  // COLOR_ETH
    case 16:  // DSM_COLOR_ETH
    case 20:  // COLOR_HASH_ETH
      return 1;
    case 22:  // IPV4
    case 23:  // IPV6
      return 101;
    default:
      return unknown_link;
  }
}

/// Two encapsulations say only inside the record what it holds.
LinkType link_of(const wtap_packet_header& header) {
  static const LinkTable table;
  if (header.pkt_encap == WTAP_ENCAP_ERF) return link_of_erf(header.pseudo_header.erf);
  if (header.pkt_encap == WTAP_ENCAP_NETMON_HEADER)
    return table.find(static_cast<int>(header.pseudo_header.netmon.sub_encap));
  return table.find(header.pkt_encap);
}

std::string text_option(wtap_block_t block, unsigned option) {
  char* value = nullptr;
  if (wtap_block_get_string_option_value(block, option, &value) != WTAP_OPTTYPE_SUCCESS || value == nullptr)
    return {};
  return std::string(value).substr(0, longest_text);
}

std::string comment_option(wtap_block_t block) {
  char* value = nullptr;
  if (wtap_block_get_nth_string_option_value(block, OPT_COMMENT, 0, &value) != WTAP_OPTTYPE_SUCCESS ||
      value == nullptr)
    return {};
  return std::string(value).substr(0, longest_text);
}

/// Wiretap's own words: the general one for the code, then what it says about this file.
std::string reason_of(int error, gchar* info) {
  std::string reason = wtap_strerror(error);
  // The general texts have places for a file name where they speak of writing; those of reading have none.
  if (info != nullptr) reason += fmt::format(" ({})", info);
  g_free(info);
  return reason;
}

class WiretapFile final : public PacketSource {
 public:
  WiretapFile(wtap* file, std::unique_ptr<ByteStream> compressed, std::string name, std::uint64_t size)
      : file_(file), compressed_(std::move(compressed)), name_(std::move(name)), size_(size), errors_(name_) {
    wtap_rec_init(&record_);
    ws_buffer_init(&bytes_, 1514);
    learn_interfaces();
  }
  ~WiretapFile() override {
    ws_buffer_free(&bytes_);
    wtap_rec_cleanup(&record_);
    wtap_close(file_);
  }

  bool next(Packet& packet) override {
    while (!ended_ && !interrupted_.load(std::memory_order_relaxed)) {
      int error = 0;
      gchar* info = nullptr;
      gint64 offset = 0;
      wtap_rec_reset(&record_);
      if (!wtap_read(file_, &record_, &bytes_, &error, &info, &offset)) {
        ended_ = true;
        learn_interfaces();
        if (error != 0)
          errors_.add(numbered_ + 1, reason_of(error, info));
        else if (!is_complete())
          errors_.add(numbered_ + 1, "the compressed file ends before its end mark");
        return false;
      }
      ++numbered_;
      learn_interfaces();
      if (record_.rec_type == REC_TYPE_PACKET && fill(packet)) return true;
    }
    return false;
  }

  const std::vector<CapturePath>& paths() const override { return paths_; }
  const std::vector<CaptureError>& errors() const override { return errors_.list(); }
  SourceProgress progress() const override {
    // The position in the compressed file, as its size is.
    return {static_cast<std::uint64_t>(wtap_read_so_far(file_)), size_, delivered_, 0};
  }
  void interrupt() override { interrupted_.store(true, std::memory_order_relaxed); }
  bool read(std::uint64_t, std::span<std::uint8_t>) override { return false; }

 private:
  /// Asked at an end that wiretap takes for the proper one.
  bool is_complete() { return compressed_ == nullptr || is_whole_lz4(*compressed_); }

  void learn_interfaces() {
    while (const wtap_block_t block = wtap_get_next_interface_description(file_)) {
      const auto* fields =
          static_cast<const wtapng_if_descr_mandatory_t*>(wtap_block_get_mandatory_data(block));
      wtap_packet_header header{};
      header.pkt_encap = fields->wtap_encap;
      CapturePath path;
      path.file = name_;
      path.interface_name = text_option(block, OPT_IDB_NAME);
      path.description = text_option(block, OPT_IDB_DESCRIPTION);
      path.comment = comment_option(block);
      path.link = link_of(header);
      path.snaplen = fields->snap_len;
      paths_.push_back(std::move(path));
    }
  }

  /// Wiretap numbers interfaces within their section and keeps one list of all: a section's first interface
  /// is the first that was not known at the last record before it.
  std::uint32_t path_of_record() {
    if ((record_.presence_flags & WTAP_HAS_SECTION_NUMBER) && record_.section_number != section_) {
      section_ = record_.section_number;
      section_base_ = paths_before_;
    }
    paths_before_ = static_cast<std::uint32_t>(paths_.size());
    std::uint32_t path = section_base_;
    if (record_.presence_flags & WTAP_HAS_INTERFACE_ID) path += record_.rec_header.packet_header.interface_id;
    return path;
  }

  bool fill(Packet& packet) {
    const wtap_packet_header& header = record_.rec_header.packet_header;
    const std::uint32_t path = path_of_record();
    if (paths_.empty()) paths_.push_back({name_, {}, {}, {}, link_of(header), 0, Trust::unknown});
    if (path >= paths_.size()) {
      errors_.add(numbered_, fmt::format("interface {} is not described", header.interface_id));
      return false;
    }
    packet.number = ++delivered_;
    packet.number_in_file = numbered_;
    packet.time_ns =
        (record_.presence_flags & WTAP_HAS_TS)
            ? static_cast<std::int64_t>(static_cast<std::uint64_t>(record_.ts.secs) * 1'000'000'000u) +
                  record_.ts.nsecs
            : 0;
    packet.path = path;
    packet.link = link_of(header);
    packet.length_on_wire = (record_.presence_flags & WTAP_HAS_CAP_LEN) ? header.len : header.caplen;
    packet.bytes = {ws_buffer_start_ptr(&bytes_), header.caplen};
    packet.locator = no_locator;
    return true;
  }

  wtap* file_;
  std::unique_ptr<ByteStream> compressed_;  ///< the file itself, where its end has to be checked
  wtap_rec record_{};
  Buffer bytes_{};
  std::string name_;
  std::uint64_t size_;
  std::atomic<bool> interrupted_{false};
  bool ended_ = false;
  std::uint64_t numbered_ = 0;
  std::uint64_t delivered_ = 0;
  unsigned section_ = 0;
  std::uint32_t section_base_ = 0;
  std::uint32_t paths_before_ = 0;
  std::vector<CapturePath> paths_;
  ErrorList errors_;
};

/// Wireshark shows pictures, JSON and keys as well, each as a file of one frame that is no packet.
bool holds_packets(wtap* file) {
  const int encap = wtap_file_encap(file);
  return encap != WTAP_ENCAP_MIME && encap != WTAP_ENCAP_JSON && encap != WTAP_ENCAP_RFC7468;
}

}  // namespace

tl::expected<std::unique_ptr<PacketSource>, CaptureError> open_wiretap_file(const std::string& path,
                                                                            std::string name) {
  start_wiretap();
  int error = 0;
  gchar* info = nullptr;
  wtap* file = wtap_open_offline(path.c_str(), WTAP_TYPE_AUTO, &error, &info, FALSE);
  if (file == nullptr) return tl::unexpected(CaptureError{std::move(name), 0, reason_of(error, info)});
  if (!holds_packets(file)) {
    const char* what = wtap_file_type_subtype_description(wtap_file_type_subtype(file));
    CaptureError refused{std::move(name), 0, fmt::format("is no capture ({})", what)};
    wtap_close(file);
    return tl::unexpected(std::move(refused));
  }
  int size_error = 0;
  const gint64 size = wtap_file_size(file, &size_error);
  std::unique_ptr<ByteStream> compressed;
  if (wtap_get_compression_type(file) == WTAP_LZ4_COMPRESSED)
    if (const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC); fd >= 0)
      compressed = std::make_unique<FileStream>(fd);
  return std::make_unique<WiretapFile>(file, std::move(compressed), std::move(name),
                                       size < 0 ? 0 : static_cast<std::uint64_t>(size));
}

bool wiretap_knows(const std::string& path) {
  start_wiretap();
  int error = 0;
  gchar* info = nullptr;
  wtap* file = wtap_open_offline(path.c_str(), WTAP_TYPE_AUTO, &error, &info, FALSE);
  g_free(info);
  if (file == nullptr) return error != WTAP_ERR_FILE_UNKNOWN_FORMAT;
  const bool known = holds_packets(file);
  wtap_close(file);
  return known;
}

}  // namespace mps
