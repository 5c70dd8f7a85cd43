// SPDX-License-Identifier: GPL-2.0-or-later
#include "captures/recode/recoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "captures/recode/checksums.h"
#include "core/capture/open_capture.h"
#include "core/hardened/dss_tag.h"
#include "core/hardened/prf_xor.h"
#include "core/hardened/ratchet.h"
#include "core/mptcp/tracker.h"
#include "core/packet/dissect.h"
#include "core/packet/mptcp_option.h"
#include "core/scramble/mps_scramble.h"

namespace mps {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::size_t fixed_tcp_header = 20;
constexpr std::uint64_t longest_stream = std::uint64_t{1} << 31;

/// Where a segment of a subflow lies in the file.
struct Frame {
  const Subflow* subflow = nullptr;
  Endpoint source;
  Endpoint destination;
  std::uint64_t tcp_at = 0;     ///< of the TCP header, in the file
  std::uint32_t options = 0;    ///< bytes
  std::uint32_t payload = 0;    ///< bytes captured
  bool whole = false;           ///< not cut by a snaplen
  std::uint32_t first_seq = 0;  ///< of the first payload byte

  std::size_t header() const { return fixed_tcp_header + options; }
  bool from_opener() const { return subflow->opener == source; }
  Direction direction() const { return subflow->stream_direction(from_opener()); }
};

/// Precondition: both keys are known.
StreamKeys stream_keys(const Connection& connection, Direction direction) {
  return {{*connection.keys[0], *connection.keys[1]}, direction == Direction::listener_to_initiator};
}

/// One direction of one connection, before and after. `wire` ^ `original` is what happens to every copy of a
/// byte, also to one that differs from the first.
struct Recoding {
  Bytes original;
  std::vector<bool> seen;
  Bytes wire;
};

class Recoder {
 public:
  Recoder(Bytes file, const KeyLog& key_log, const RecodeSettings& settings)
      : settings_(settings), tracker_(options(), nullptr, &key_log, nullptr) {
    report_.file = std::move(file);
  }

  tl::expected<void, std::string> read(PacketSource& source);
  RecodeReport run();
  tl::expected<RecodeReport, std::string> run_edits();

 private:
  static TrackerOptions options() {
    TrackerOptions options;
    options.scrambled = ScrambleRule::never;  // the tracker shall only say where each byte belongs
    return options;
  }
  std::string reason_to_leave(const Connection& connection) const;
  Recoding* recoding_of(const Frame& frame);
  template <typename Visit>
  void for_each_piece(const Frame& frame, const Recoding& recoding, Visit&& visit) const;
  Recoding& open_recoding(const Connection& connection, Direction direction);
  void collect(const Frame& frame);
  void scramble(const Connection& connection, Direction direction);
  void rewrite(const Frame& frame);
  void rewrite_option(const Frame& frame, const Recoding& recoding, std::span<std::uint8_t> option);
  bool rewrite_checksum(const Connection& connection, Direction direction, const Recoding& recoding,
                        const DssMapping& mapping, bool fin, std::span<std::uint8_t> checksum) const;

  RecodeSettings settings_;
  MptcpTracker tracker_;
  RecodeReport report_;
  std::vector<Frame> frames_;
  std::map<const Connection*, std::array<Recoding, 2>> recodings_;
};

tl::expected<void, std::string> Recoder::read(PacketSource& source) {
  Packet packet;
  while (source.next(packet)) {
    SegmentView segment;
    if (dissect_frame(packet.link, packet.bytes, packet.length_on_wire, segment) != DissectStatus::segment)
      continue;
    if (packet.locator == no_locator)
      return tl::unexpected(std::string("compressed, or neither pcap nor pcapng: convert it first"));
    segment.frame = packet.number;
    segment.time_ns = packet.time_ns;
    segment.path = packet.path;
    const Subflow* subflow = tracker_.on_segment(segment);
    if (!subflow || (segment.options.empty() && segment.payload.empty())) continue;
    const std::uint8_t* after_fixed =
        segment.options.empty() ? segment.payload.data() : segment.options.data();
    Frame frame;
    frame.subflow = subflow;
    frame.source = segment.source;
    frame.destination = segment.destination;
    frame.tcp_at =
        packet.locator + static_cast<std::uint64_t>(after_fixed - packet.bytes.data()) - fixed_tcp_header;
    frame.options = static_cast<std::uint32_t>(segment.options.size());
    frame.payload = static_cast<std::uint32_t>(segment.payload.size());
    frame.whole = segment.payload.size() == segment.payload_on_wire;
    frame.first_seq = segment.seq + (segment.flags & tcp_syn ? 1 : 0);
    frames_.push_back(frame);
  }
  for (const CaptureError& error : source.errors()) report_.damage.push_back(error.message());
  tracker_.finish();
  return {};
}

/// Empty if every byte of the connection can be recoded.
std::string Recoder::reason_to_leave(const Connection& connection) const {
  if (connection.fallback) return "it fell back to plain TCP";
  if ((is_hardened(settings_.scheme) || settings_.tag) && !(connection.keys[0] && connection.keys[1]))
    return "one of the keys is not known";
  if (settings_.flag_bit) {
    std::uint8_t announcing = *settings_.flag_bit;
    for (const Scheme scheme : all_schemes) announcing |= SchemeFlags{}.of(scheme);
    for (const auto& flags : connection.capable_flags)
      if (flags && (*flags & announcing)) return "it has a flag bit: it is scrambled already";
  }
  for (const Direction d : both_directions) {
    const DataStream& stream = connection.stream(d);
    if (!stream.any_dsn_seen()) continue;
    if (!connection.sender_key(d)) return fmt::format("the key of {} is not known", short_name(d));
    if (!stream.origin_known()) return fmt::format("the start of {} is not known", short_name(d));
    if (stream.end_seen() > longest_stream) return fmt::format("{} is longer than 2 GiB", short_name(d));
  }
  for (const auto& subflow : connection.subflows)
    for (const SubflowDirection& sent : subflow->sent)
      if (sent.mappings.forgot_any()) return "it has too many mappings";
  return {};
}

Recoding* Recoder::recoding_of(const Frame& frame) {
  const auto found = recodings_.find(frame.subflow->connection);
  return found == recodings_.end() ? nullptr : &found->second[index(frame.direction())];
}

/// visit(position in the payload, stream offset, length) for every part of the frame's payload that has a
/// mapping.
template <typename Visit>
void Recoder::for_each_piece(const Frame& frame, const Recoding& recoding, Visit&& visit) const {
  const SubflowDirection& sent = frame.subflow->sent[frame.from_opener() ? 0 : 1];
  if (!sent.isn) return;
  const Dsn origin = frame.subflow->connection->stream(frame.direction()).origin();
  const Ssn first{extend_32(0, frame.first_seq - *sent.isn)};
  for (std::uint64_t at = 0; at < frame.payload;) {
    const Ssn ssn = first + at;
    const auto mapping = static_cast<std::int64_t>(ssn.value) > 0 ? sent.mappings.find(ssn) : std::nullopt;
    if (!mapping) {
      ++at;
      continue;
    }
    const std::uint64_t length = std::min<std::uint64_t>(mapping->length, frame.payload - at);
    const std::int64_t offset = mapping->dsn - origin;
    if (offset >= 0 && static_cast<std::uint64_t>(offset) + length <= recoding.original.size())
      visit(at, static_cast<std::uint64_t>(offset), length);
    at += length;
  }
}

void Recoder::collect(const Frame& frame) {
  Recoding* recoding = recoding_of(frame);
  if (!recoding) return;
  const std::uint8_t* payload = report_.file.data() + frame.tcp_at + frame.header();
  for_each_piece(frame, *recoding, [&](std::uint64_t at, std::uint64_t offset, std::uint64_t length) {
    for (std::uint64_t i = 0; i < length; ++i) {
      if (recoding->seen[offset + i]) continue;  // the first copy counts
      recoding->seen[offset + i] = true;
      recoding->original[offset + i] = payload[at + i];
    }
  });
}

void Recoder::scramble(const Connection& connection, Direction direction) {
  Recoding& recoding = recodings_.at(&connection)[index(direction)];
  recoding.wire.resize(recoding.original.size());
  if (recoding.original.empty()) return;
  switch (settings_.scheme) {
    case Scheme::h1:
      PrfXor(stream_keys(connection, direction)).apply(0, recoding.original, recoding.wire.data());
      return;
    case Scheme::h2:
      Ratchet(stream_keys(connection, direction)).encode(recoding.original, recoding.wire.data());
      return;
    case Scheme::paper:
      break;
  }
  const auto initial =
      register_bytes(*connection.sender_key(direction), settings_.init, settings_.order, connection.hash);
  mps_state state;
  mps_state_init(&state, initial.data(), initial.size());
  mps_scramble(&state, recoding.wire.data(), recoding.original.data(), recoding.original.size());
}

/// True if the checksum was right before, and is now (or is now a right tag); by an edit also another one.
bool Recoder::rewrite_checksum(const Connection& connection, Direction direction, const Recoding& recoding,
                               const DssMapping& mapping, bool fin, std::span<std::uint8_t> checksum) const {
  const DataStream& stream = connection.stream(direction);
  const Dsn dsn =
      mapping.dsn_is_64 ? Dsn{mapping.dsn} : stream.extend(static_cast<std::uint32_t>(mapping.dsn));
  const std::int64_t offset = dsn - stream.origin();
  const std::size_t length = mapping.length - (fin && mapping.length > 0 ? 1u : 0u);
  if ((length == 0 && !settings_.tag) || offset < 0 ||
      static_cast<std::uint64_t>(offset) + length > recoding.original.size())
    return false;
  const auto start = static_cast<std::ptrdiff_t>(offset);
  const auto end = start + static_cast<std::ptrdiff_t>(length);
  if (std::find(recoding.seen.begin() + start, recoding.seen.begin() + end, false) !=
      recoding.seen.begin() + end)
    return false;  // nobody can tell whether it is right
  const auto sum_of = [&](const Bytes& bytes) {
    return dss_checksum(dsn.value, mapping.ssn, mapping.length, std::span(bytes).subspan(start, length));
  };
  if (sum_of(recoding.original) != *mapping.checksum) return false;
  const std::uint16_t fresh =
      settings_.tag ? DssTag(stream_keys(connection, direction))
                          .of(dsn.value, mapping.ssn, mapping.length,
                              std::span(recoding.wire).subspan(static_cast<std::size_t>(offset), length))
                    : sum_of(recoding.wire);
  checksum[0] = static_cast<std::uint8_t>(fresh >> 8);
  checksum[1] = static_cast<std::uint8_t>(fresh);
  return settings_.edits.empty() || fresh != *mapping.checksum;
}

void Recoder::rewrite_option(const Frame& frame, const Recoding& recoding, std::span<std::uint8_t> option) {
  const Connection& connection = *frame.subflow->connection;
  MptcpOptions parsed;
  if (!parse_mptcp_options(option, parsed)) return;
  // Where either option has a checksum, it is its last two bytes.
  if (const auto* capable = parsed.find<MpCapable>()) {
    if (settings_.flag_bit && settings_.edits.empty()) option[3] |= *settings_.flag_bit;
    if (!capable->data_length || !capable->checksum) return;
    DssMapping mapping;
    mapping.dsn = connection.stream(frame.direction()).origin().value;
    mapping.dsn_is_64 = true;
    mapping.ssn = 1;
    mapping.length = *capable->data_length;
    mapping.checksum = capable->checksum;
    report_.dss_checksums +=
        rewrite_checksum(connection, frame.direction(), recoding, mapping, false, option.last(2));
  } else if (const auto* dss = parsed.find<Dss>(); dss && dss->mapping && dss->mapping->checksum) {
    report_.dss_checksums += rewrite_checksum(connection, frame.direction(), recoding, *dss->mapping,
                                              dss->data_fin, option.last(2));
  }
}

void Recoder::rewrite(const Frame& frame) {
  const Recoding* recoding = recoding_of(frame);
  if (!recoding) return;
  const std::span segment = std::span(report_.file).subspan(frame.tcp_at, frame.header() + frame.payload);
  const Bytes before(segment.begin(), segment.end());
  const bool verified =
      frame.whole && tcp_checksum_verifies(frame.source.address, frame.destination.address, segment);

  const auto options = segment.subspan(fixed_tcp_header, frame.options);
  for (std::size_t at = 0; at < options.size() && options[at] != 0;) {
    if (options[at] == 1) {  // no-operation
      ++at;
      continue;
    }
    if (at + 2 > options.size() || options[at + 1] < 2 || at + options[at + 1] > options.size()) break;
    rewrite_option(frame, *recoding, options.subspan(at, options[at + 1]));
    at += options[at + 1];
  }
  const auto payload = segment.subspan(frame.header());
  for_each_piece(frame, *recoding, [&](std::uint64_t at, std::uint64_t offset, std::uint64_t length) {
    std::uint64_t changed = 0;
    for (std::uint64_t i = 0; i < length; ++i) {
      const int difference = recoding->original[offset + i] ^ recoding->wire[offset + i];
      payload[at + i] ^= static_cast<std::uint8_t>(difference);
      changed += difference != 0;
    }
    report_.payload_bytes += settings_.edits.empty() ? length : changed;
    if (changed) report_.subflows.insert(frame.subflow->index);
  });
  if (!verified || std::ranges::equal(before, segment)) return;
  set_tcp_checksum(frame.source.address, frame.destination.address, segment);
  ++report_.tcp_checksums;
}

Recoding& Recoder::open_recoding(const Connection& connection, Direction direction) {
  Recoding& recoding = recodings_[&connection][index(direction)];
  recoding.original.resize(connection.stream(direction).end_seen());
  recoding.seen.resize(recoding.original.size());
  return recoding;
}

tl::expected<RecodeReport, std::string> Recoder::run_edits() {
  const Connection* edited = nullptr;
  for (const auto& connection : tracker_.connections()) {
    if (connection->merged) continue;
    if (edited) return tl::unexpected(std::string("more than one MPTCP connection: cut one out first"));
    edited = connection.get();
  }
  if (!edited) return std::move(report_);
  for (const Direction d : both_directions) {
    const DataStream& stream = edited->stream(d);
    if (stream.any_dsn_seen() && !stream.origin_known())
      return tl::unexpected(fmt::format("the start of {} is not known", short_name(d)));
    if (stream.end_seen() > longest_stream)
      return tl::unexpected(fmt::format("{} is longer than 2 GiB", short_name(d)));
    open_recoding(*edited, d);
  }
  for (const Frame& frame : frames_) collect(frame);
  for (auto& recoding : recodings_.at(edited)) recoding.wire = recoding.original;
  for (const StreamEdit& edit : settings_.edits) {
    Recoding& recoding = recodings_.at(edited)[index(edit.direction)];
    const std::uint64_t size = recoding.wire.size();
    for (std::size_t k = 0; k < edit.difference.size(); ++k)
      for (std::uint64_t i = edit.offset + k; i <= edit.offset + k + MPS_WINDOW; ++i) {
        if (i == size && i > edit.offset + k) break;  // nothing behind it depends on it
        if (i >= size || !recoding.seen[i])
          return tl::unexpected(
              fmt::format("byte {} of {} is not in this capture", i, short_name(edit.direction)));
        recoding.wire[i] ^= edit.difference[k];
      }
  }
  for (const Frame& frame : frames_) rewrite(frame);
  return std::move(report_);
}

RecodeReport Recoder::run() {
  for (const auto& connection : tracker_.connections()) {
    if (connection->merged) continue;
    if (const std::string reason = reason_to_leave(*connection); !reason.empty()) {
      report_.left_plain.push_back(fmt::format("connection {}: {}", connection->id, reason));
      continue;
    }
    for (const Direction d : both_directions) open_recoding(*connection, d);
    if (connection->keys[0] && connection->keys[1])
      report_.keys.push_back({*connection->keys[0], *connection->keys[1]});
  }
  for (const Frame& frame : frames_) collect(frame);
  for (const auto& [connection, recoding] : recodings_)
    for (const Direction d : both_directions) scramble(*connection, d);
  for (const Frame& frame : frames_) rewrite(frame);
  return std::move(report_);
}

}  // namespace

tl::expected<RecodeReport, std::string> recode(const std::string& capture, const KeyLog& key_log,
                                               const RecodeSettings& settings) {
  auto source = open_capture(capture);  // first: what is no file that can be read ends here
  if (!source) return tl::unexpected(source.error().message());
  errno = 0;
  std::ifstream file(capture, std::ios::binary);
  if (!file) return tl::unexpected(fmt::format("{}: {}", capture, std::strerror(errno ? errno : EIO)));
  Recoder recoder(Bytes(std::istreambuf_iterator<char>(file), {}), key_log, settings);
  if (auto read = recoder.read(**source); !read)
    return tl::unexpected(fmt::format("{}: {}", capture, read.error()));
  if (settings.edits.empty()) return recoder.run();
  auto edited = recoder.run_edits();
  if (!edited) return tl::unexpected(fmt::format("{}: {}", capture, edited.error()));
  return edited;
}

}  // namespace mps
