// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/capture_writer.h"

#include <fmt/format.h>

#include <wireshark.h>

#include <wiretap/wtap.h>

#include "core/capture/wiretap_start.h"

namespace mps {
namespace {

std::string reason(int error, gchar* detail) {
  std::string text = wtap_strerror(error);
  if (detail) text += fmt::format(" ({})", detail);
  g_free(detail);
  return text;
}

class WiretapWriter final : public CaptureWriter {
 public:
  WiretapWriter(wtap_dumper* dumper, std::string path) : dumper_(dumper), path_(std::move(path)) {}
  ~WiretapWriter() override { (void)close(); }

  tl::expected<void, std::string> write(std::int64_t time_ns, std::span<const std::uint8_t> packet) override {
    wtap_rec record{};
    wtap_rec_init(&record);
    record.rec_type = REC_TYPE_PACKET;
    record.presence_flags = WTAP_HAS_TS;
    record.ts.secs = static_cast<time_t>(time_ns / 1'000'000'000);
    record.ts.nsecs = static_cast<int>(time_ns % 1'000'000'000);
    record.rec_header.packet_header.caplen = static_cast<guint32>(packet.size());
    record.rec_header.packet_header.len = static_cast<guint32>(packet.size());
    record.rec_header.packet_header.pkt_encap = WTAP_ENCAP_RAW_IP;
    int error = 0;
    gchar* detail = nullptr;
    const bool written = wtap_dump(dumper_, &record, packet.data(), &error, &detail);
    wtap_rec_cleanup(&record);
    if (!written) return tl::unexpected(fmt::format("{}: {}", path_, reason(error, detail)));
    return {};
  }

  tl::expected<void, std::string> close() override {
    if (!dumper_) return {};
    int error = 0;
    gchar* detail = nullptr;
    gboolean rotated = FALSE;
    const bool closed = wtap_dump_close(dumper_, &rotated, &error, &detail);
    dumper_ = nullptr;
    if (!closed) return tl::unexpected(fmt::format("{}: {}", path_, reason(error, detail)));
    return {};
  }

 private:
  wtap_dumper* dumper_;
  std::string path_;
};

}  // namespace

tl::expected<std::unique_ptr<CaptureWriter>, std::string> CaptureWriter::create(const std::string& path) {
  start_wiretap();
  wtap_dump_params params = WTAP_DUMP_PARAMS_INIT;
  params.encap = WTAP_ENCAP_RAW_IP;
  params.tsprec = WTAP_TSPREC_NSEC;
  int error = 0;
  gchar* detail = nullptr;
  wtap_dumper* dumper = wtap_dump_open(path.c_str(), wtap_pcapng_file_type_subtype(), WTAP_UNCOMPRESSED,
                                       &params, &error, &detail);
  if (!dumper) return tl::unexpected(fmt::format("{}: {}", path, reason(error, detail)));
  return std::make_unique<WiretapWriter>(dumper, path);
}

}  // namespace mps
