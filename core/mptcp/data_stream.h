// SPDX-License-Identifier: GPL-2.0-or-later
/// One direction of a connection: bytes by data sequence number, whichever subflows carried them (RFC
/// 8684 3.3). Hands bytes on as soon as they are contiguous, keeps the rest by reference. First copy wins;
/// differing copies are counted and reported. Knows nothing of scrambling.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/mptcp/anomaly.h"
#include "core/mptcp/extent.h"
#include "core/mptcp/payload_store.h"
#include "core/mptcp/sequence.h"

namespace mps {

/// A half-open range of stream offsets.
struct StreamRange {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t size() const { return to - from; }
  bool operator==(const StreamRange&) const = default;
};

/// Bytes of the stream as they become contiguous, in order, each once.
class StreamConsumer {
 public:
  virtual ~StreamConsumer() = default;
  /// `bytes` as on the wire (scrambled, if the connection is), valid during the call; `carrier` is what
  /// brought them.
  virtual void on_contiguous(std::uint64_t offset, std::span<const std::uint8_t> bytes,
                             const Extent& carrier) = 0;
};

class DataStream {
 public:
  struct Counters {
    std::uint64_t captured = 0;       ///< distinct stream bytes in the capture
    std::uint64_t retransmitted = 0;  ///< repeated on the subflow that carried them first, by its SSN
    std::uint64_t reinjected = 0;     ///< repeated under new subflow sequence numbers
    std::uint64_t differing = 0;      ///< repeated bytes that differ from the first copy
    std::uint64_t not_compared = 0;   ///< repeated bytes whose first copy was no longer at hand
    std::uint64_t dropped_by_limit = 0;
    std::uint64_t after_fin = 0;
  };
  struct Piece {
    Dsn dsn;
    std::span<const std::uint8_t> bytes;
    std::uint64_t locator =
        no_locator;  ///< of bytes[0], already held in the store; no_locator if it must be held yet
    const SegmentView* segment = nullptr;  ///< the segment that `bytes` lies in; null if `locator` is set
    std::uint32_t frame = 0;
    std::uint16_t subflow = 0;
    bool new_ssn = true;  ///< these subflow bytes were not seen before: a repetition is a reinjection
  };
  /// What became of a piece.
  struct Accepted {
    std::uint64_t offset = 0;  ///< stream offset of the piece's first byte; see origin_known()
    std::uint64_t fresh = 0;   ///< bytes that had not been captured before
    std::uint64_t repeated = 0;
    std::uint64_t differing = 0;
    bool limit_reached = false;
    bool before_start = false;  ///< lies before the first stream byte (a probe of an old sequence number)
    std::optional<Extent> outvoted;  ///< see outvotes()
  };

  // --- the origin: which DSN is stream offset 0 ---
  bool origin_known() const { return origin_known_; }
  Dsn origin() const { return origin_; }
  bool any_dsn_seen() const { return any_dsn_; }
  /// The initial DSN became known: offset 0 is IDSN + 1. Bytes that came before are put in their places;
  /// those that lie before it are given back to the store. Returns what must be added to DSNs that extend()
  /// or a caller had before, 0 unless only their low 32 bits were known.
  std::uint64_t set_origin(Dsn first_byte, PayloadStore& store);
  /// A mapping names this number: until bytes come, it stands for the newest one.
  void note(Dsn dsn) {
    if (!announced_) announced_ = dsn;
  }
  /// Only low 32 bits of data sequence numbers were seen so far.
  bool is_short() const;
  /// The first 64-bit number in a stream that is_short(); returns the same as set_origin().
  std::uint64_t widen(Dsn wide);
  /// `dsn` as extend() gives it if it is no more than its low 32 bits.
  Dsn resolve(Dsn dsn) const;
  /// Extends a 32-bit data sequence number to the value nearest to the newest one of this stream.
  Dsn extend(std::uint32_t low) const;
  /// Distance of `dsn` from the stream's newest byte is beyond any window; see AnomalyKind::implausible_dsn.
  bool is_implausible(Dsn dsn) const;

  /// The other end has every byte before this number (DATA_ACK, RFC 8684 3.3.2).
  void acknowledge(Dsn next);
  /// A segment of one byte is no more than a question for the window. Linux sends it when everything is
  /// acknowledged and the window is closed: under the number of the last byte, with the value of another one.
  /// A byte that is acknowledged before it is seen is no probe if it is the next one: then the capture has
  /// the answer first, as of several interfaces or clocks.
  bool is_window_probe(Dsn dsn) const;

  // --- bytes ---
  /// `release` true: hand contiguous bytes to the consumer; false: hold everything (keys not known yet).
  void set_consumer(StreamConsumer* consumer) { consumer_ = consumer; }
  StreamConsumer* consumer() const { return consumer_; }
  bool released() const { return released_; }
  void release(PayloadStore& store);
  Accepted accept(const Piece& piece, PayloadStore& store);
  /// The first one counts. False if it contradicts bytes beyond it, and is ignored.
  bool set_fin(Dsn fin);

  /// Moves everything that is held here into `into` (the connection that an orphan turned out to belong to).
  /// `fresh` gets, by subflow number here, the bytes that were new there.
  void move_to(DataStream& into, PayloadStore& store, std::uint16_t first_subflow,
               std::vector<std::uint64_t>& fresh);

  /// Keep an Extent of every accepted piece, repetitions included, for observers that look at the stream
  /// later.
  void keep_extents(bool keep) { keep_extents_ = keep; }
  const std::vector<Extent>& extents() const { return extents_; }

  // --- results ---
  std::uint64_t contiguous() const { return frontier_; }  ///< bytes from offset 0 handed on
  Dsn newest() const { return origin_ + (end_seen_ > frontier_ ? end_seen_ : frontier_); }
  std::uint64_t end_seen() const { return end_seen_; }  ///< offset after the last byte captured
  std::optional<std::uint64_t> length() const;          ///< by DATA_FIN; needs the origin
  bool complete() const {
    return origin_known_ && released_ && fin_ && frontier_ == *length() && held_.empty();
  }
  bool every_byte_captured() const { return origin_known_ && held_.empty() && frontier_ == end_seen_; }
  const ExtentTable& held() const { return held_; }
  std::vector<StreamRange> gaps() const;  ///< up to the DATA_FIN, or else to the last byte seen
  std::uint64_t first_offset() const;     ///< of what was captured; 0 where the origin is known
  const Counters& counters() const { return counters_; }
  bool read_failed() const { return read_failed_; }

 private:
  std::uint64_t position(Dsn dsn) const { return dsn.value - origin_.value; }
  void deliver(std::uint64_t offset, std::span<const std::uint8_t> bytes, const Extent& carrier);
  void drain(PayloadStore& store);
  void remember(const Extent& delivered);
  void give_back(const Piece& piece, std::uint64_t from, std::uint64_t to, PayloadStore& store);
  void insert_new(const Piece& piece, std::uint64_t at, StreamRange range, PayloadStore& store,
                  Accepted& result);
  /// A single byte that waits is a window probe after all, if a longer piece says something else of it: the
  /// acknowledgement that would have told went another way. One byte that is left of a longer piece is none.
  bool outvotes(const Piece& piece, const Extent& first) const;
  void note_single(const Extent& single);
  void give_up(const Extent& probe, PayloadStore& store);
  std::uint64_t count_differing(const Extent& first, StreamRange range, const Piece& piece, std::uint64_t at,
                                PayloadStore& store);
  void compare_delivered(const Piece& piece, std::uint64_t at, std::uint64_t to, PayloadStore& store,
                         Accepted& result);

  Dsn origin_{};
  std::optional<Dsn> announced_;     ///< see note()
  std::optional<Dsn> acknowledged_;  ///< see acknowledge()
  bool origin_known_ = false;
  bool any_dsn_ = false;
  bool released_ = false;
  bool keep_extents_ = false;
  bool read_failed_ = false;
  std::uint64_t frontier_ = 0;
  std::uint64_t end_seen_ = 0;
  std::optional<Dsn> fin_;  ///< the DSN that DATA_FIN occupies
  ExtentTable held_;
  std::vector<Extent> recent_;  ///< ring of what was handed on last, ascending, to compare repetitions with
  std::size_t recent_next_ = 0;
  std::vector<Extent> extents_;
  std::vector<std::uint64_t> singles_;  ///< offsets of segments of one byte that wait, the newest few
  std::vector<StreamRange> fresh_;      ///< of the piece being accepted
  StreamConsumer* consumer_ = nullptr;
  Counters counters_;
};

}  // namespace mps
