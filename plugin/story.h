// SPDX-License-Identifier: GPL-2.0-or-later
/// What is to be said about one segment, as plain data: the tree code that prints it runs under Wireshark's
/// longjmp exceptions and must not own C++ objects. Told anew at each visit, since later segments change it
/// ("waiting" becomes "recovered in frame N" or "not in this capture").
#pragma once

#include <cstdint>

#include "plugin/recovery.h"

namespace mps::plugin {

enum class Status : std::uint8_t {
  no_payload,
  recovered,        ///< original bytes are known and belong to this frame
  recovered_later,  ///< arrived early; Story::recovered_in names the frame that closed the gap
  waiting,          ///< for missing bytes; the capture goes on
  not_recoverable,  ///< missing bytes are not in this capture
  no_key,
  no_mapping,  ///< no DSS says where the payload belongs
  cut,         ///< by the snaplen, wholly
  repeated,    ///< retransmitted or reinjected: the first copy counts
  fallback,    ///< plain TCP
  orphan,      ///< the connection's handshake is not in this capture
  ignored,     ///< lies before the stream's first byte or behind its last
};

const char* words(Status status);

struct Story {
  std::uint32_t connection = 0;
  std::uint16_t subflow = 0;
  std::uint16_t subflows = 0;
  Direction direction = Direction::initiator_to_listener;
  bool scrambled = false;
  const char* recognized_by =
      "";                   ///< "flag", "assumed", "decode-as", "key-log", "guess", "plain", "not-visible"
  const char* scheme = "";  ///< of a scrambled connection: "paper", "h1", "h2"
  int capable_flags = -1;
  bool flag_set = false;
  const Key* key = nullptr;  ///< the sender's, if known
  const char* key_source = "unknown";
  bool has_token = false;  ///< of an MP_JOIN whose connection is not in the capture
  std::uint32_t token = 0;
  bool placed = false;
  std::uint64_t dsn = 0;
  bool offset_known = false;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  Status status = Status::no_payload;
  bool repeated = false;
  std::uint32_t cut_bytes = 0;
  bool gap = false;  ///< the stream is held up
  std::uint64_t gap_start = 0;
  std::uint64_t gap_length = 0;  ///< 0: not known
  std::uint64_t gap_dsn = 0;
  const char* gap_reason = "";
  std::uint64_t recovered_to = 0;
  std::uint32_t recovered_in = 0;
  std::uint32_t dissected_in = 0;
  bool capture_ended = false;
  std::uint32_t determined = 0;  ///< bytes of this segment that follow although they lie behind a gap
};

/// `source` is the segment's sender; `payload_on_wire` and `payload_captured` its payload's lengths.
Story tell(const Recovery& recovery, const PacketRecord& record, const Endpoint& source,
           std::uint32_t payload_on_wire, std::uint32_t payload_captured) noexcept;

/// The determined bytes of the segment: the `index`-th run of them, clipped to the segment; false: no more.
struct DeterminedRun {
  std::uint64_t offset = 0;
  const std::uint8_t* bytes = nullptr;
  std::uint32_t length = 0;
};
bool determined_run(const Recovery& recovery, const Story& story, std::size_t index,
                    DeterminedRun& run) noexcept;

}  // namespace mps::plugin
