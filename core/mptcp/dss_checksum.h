// SPDX-License-Identifier: GPL-2.0-or-later
/// The DSS checksum (RFC 8684 3.3.1): TCP's ones' complement sum over a pseudo-header of the mapping and the
/// payload it covers, however many segments carry that payload and in whatever order they come.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/mptcp/sequence.h"

namespace mps {

struct DssChecksumResult {
  Ssn ssn;
  Dsn dsn;
  bool right = false;
  // What else a judge of keyed tags needs (core/hardened/dss_tag.h).
  std::uint32_t ssn_on_wire = 0;
  std::uint16_t length = 0;
  std::uint16_t checksum = 0;
  std::vector<std::uint8_t> payload;  ///< if it was to be kept
};

/// Payload kept for judges of keyed tags, of all subflows together: a capture may open many subflows and many
/// mappings on each, and fill none.
struct KeptPayload {
  std::size_t limit = std::size_t{64} << 20;
  std::size_t bytes = 0;
};

/// Checksums of one subflow direction that wait for payload. Bounded: the oldest are given up first, and
/// those whose payload comes in too many separate pieces.
class DssChecksums {
 public:
  /// With `kept`, which must outlive this, results carry the bytes that they judge.
  explicit DssChecksums(KeptPayload* kept = nullptr) : kept_(kept) {}
  ~DssChecksums();
  DssChecksums(const DssChecksums&) = delete;
  DssChecksums& operator=(const DssChecksums&) = delete;

  struct Expectation {
    Ssn ssn;  ///< of the first payload byte
    std::uint32_t ssn_on_wire = 0;
    Dsn dsn;
    std::uint16_t length = 0;  ///< as on the wire, with the DATA_FIN's one
    std::uint16_t payload_length = 0;
    std::uint16_t checksum = 0;
  };
  /// A repeated announcement is ignored. A mapping without payload (DATA_FIN alone) is judged at once.
  std::optional<DssChecksumResult> expect(const Expectation& expectation);

  /// Accounts payload bytes at `ssn`; each byte counts once. Results of mappings completed by them go to
  /// `done`.
  void feed(Ssn ssn, std::span<const std::uint8_t> bytes, std::vector<DssChecksumResult>& done);

  bool idle() const { return open_.empty(); }
  std::size_t given_up() const { return given_up_; }
  /// Times one was given up, and those whose payload was not seen whole. One that was given up may be
  /// announced again and judged after all.
  std::size_t not_judged() const { return given_up_ + open_.size(); }
  std::size_t open() const { return open_.size(); }

 private:
  struct Range {
    Ssn from, to;
  };
  struct Open {
    Expectation expectation;
    std::uint64_t sum = 0;    ///< 16-bit words, not yet folded
    std::vector<Range> seen;  ///< disjoint, ascending
    std::vector<std::uint8_t> payload;
  };
  void close(std::size_t at);
  void give_up(std::size_t at);
  bool make_room(std::size_t count);

  KeptPayload* kept_;
  static constexpr std::size_t max_open = 256;
  static constexpr std::size_t max_recent = 64;
  static constexpr std::size_t max_ranges = 128;  ///< of one mapping; 65535 bytes are 46 Ethernet frames
  std::vector<Open> open_;
  std::vector<Ssn> judged_;  ///< beginnings of the newest judged mappings, to ignore their repetition
  std::size_t given_up_ = 0;
};

}  // namespace mps
