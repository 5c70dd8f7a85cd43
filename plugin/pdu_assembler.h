// SPDX-License-Identifier: GPL-2.0-or-later
/// Cuts one direction of a connection into the pieces that an application dissector wants, as Wireshark's TCP
/// does for a TCP stream (README.dissector, 2.7: desegment_offset, desegment_len). Knows nothing of
/// Wireshark: the caller shows each piece to a dissector and reports back what that asked for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mps::plugin {

/// How much a dissector still wants before it can go on.
struct Wanted {
  enum class Kind : std::uint8_t { nothing, bytes, one_more_segment, until_end };
  Kind kind = Kind::nothing;
  std::uint32_t bytes = 0;  ///< for Kind::bytes
};

/// Stream bytes that began in one frame and were dissected in a later one.
struct SpanningPdu {
  std::uint64_t offset = 0;
  std::uint32_t frame = 0;  ///< where it was dissected
  std::vector<std::uint8_t> bytes;
};

class PduAssembler {
 public:
  /// `max_pending`: a PDU that grows beyond it is dissected as far as it has come.
  explicit PduAssembler(std::uint64_t max_pending) : max_pending_(max_pending) {}

  /// A piece to be shown to the dissector now.
  struct Piece {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    bool spans = false;   ///< begins in an earlier frame
    bool may_ask = true;  ///< false: nothing more will come
  };

  /// New contiguous bytes, valid until the last next() of this round.
  void begin(std::uint64_t offset, std::span<const std::uint8_t> bytes, bool ends_stream);
  /// False: wait for the next frame; what remains is kept.
  bool next(Piece& piece);
  /// Copies the piece's bytes; `out` is piece.length long.
  void copy(const Piece& piece, std::uint8_t* out) const;
  /// The dissector has consumed `consumed` bytes of the piece and wants more behind them. Returns the index
  /// in spanning() of what was consumed, or none_spanning.
  std::uint32_t dissected(const Piece& piece, std::uint32_t consumed, Wanted wanted, std::uint32_t frame);

  static constexpr std::uint32_t none_spanning = 0xffffffff;
  const std::vector<SpanningPdu>& spanning() const { return spanning_; }
  /// The frame in which the stream's byte at `offset` was dissected together with those of other frames; 0 if
  /// none.
  std::uint32_t dissected_in(std::uint64_t offset) const;
  bool waiting() const { return !pending_.empty(); }

 private:
  std::uint64_t available() const { return pending_.size() + fresh_.size(); }

  std::uint64_t max_pending_;
  std::uint64_t start_ = 0;  ///< stream offset of the first byte not yet dissected
  std::vector<std::uint8_t> pending_;
  std::span<const std::uint8_t> fresh_;
  bool ends_ = false;
  std::uint64_t need_ = 0;  ///< bytes from start_ that the dissector wants in one piece; 0: any
  bool until_end_ = false;
  bool asked_in_vain_ = false;         ///< the dissector has seen all there is and wants the next segment
  std::vector<SpanningPdu> spanning_;  ///< ascending
};

}  // namespace mps::plugin
