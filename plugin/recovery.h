// SPDX-License-Identifier: GPL-2.0-or-later
/// The plugin's memory of one capture: feeds TCP segments to the MPTCP tracker, descrambles what becomes
/// contiguous and remembers per segment what came of it. Free of Wireshark types, so that C++ objects and
/// Wireshark's longjmp exceptions never meet: nothing here calls into epan, and nothing here lets an
/// exception out.
///
/// Lifetime: one object from Wireshark's init routine to its cleanup routine. First visits must come in
/// capture order (Wireshark guarantees that), everything else may be asked in any order.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "core/mptcp/stream_decoder.h"
#include "core/mptcp/tracker.h"
#include "core/secrets/key_log.h"
#include "plugin/exact_bytes.h"
#include "plugin/packet_record.h"
#include "plugin/pdu_assembler.h"

namespace mps::plugin {

struct RecoveryOptions {
  TrackerOptions tracker;
  RegisterChoice initial_register;
  bool plain = true;   ///< reassemble unscrambled connections too
  bool guess = false;  ///< no flag, but the first bytes make sense only when descrambled
  std::uint64_t max_pdu = std::uint64_t{256} << 20;
};

/// Bytes that became contiguous when a gap closed: partly from earlier frames, so they cannot be computed
/// from one.
struct Release {
  std::uint64_t offset = 0;
  std::uint32_t frame = 0;
  std::vector<std::uint8_t> bytes;
};

/// One direction of one connection from its first contiguous byte on.
struct RecoveredStream {
  RecoveredStream(const Connection& connection, Direction direction, const RecoveryOptions& options)
      : decoder(connection, direction, options.initial_register), pdus(options.max_pdu) {}
  StreamDecoder decoder;
  PduAssembler pdus;
  std::uint64_t decoded = 0;
  bool ended = false;
  std::vector<Release> releases;  ///< ascending
};

class Recovery final : private TrackerListener {
 public:
  /// The user's choice for a pair of ports (Decode As).
  using ClaimedPorts = bool (*)(std::uint16_t, std::uint16_t);
  /// `key_log` must outlive this object; `claimed` may be null.
  Recovery(const RecoveryOptions& options, const KeyLog* key_log, ClaimedPorts claimed);
  ~Recovery() override;

  /// First visit of a segment. Null: not part of MPTCP. The pointer stays valid.
  PacketRecord* take(const SegmentView& segment) noexcept;
  /// A later visit.
  PacketRecord* find(std::uint32_t frame, std::uint32_t fingerprint) noexcept;
  /// Any segment of the frame.
  PacketRecord* find(std::uint32_t frame) noexcept;
  /// The key log has more keys than before.
  void keys_grew() noexcept;
  /// Every frame has been visited once.
  void end_of_capture() noexcept;
  bool ended() const { return ended_; }
  /// Memory ran out or the like: recovery has stopped, dissection goes on without it.
  bool failed() const { return failed_; }

  // --- what became of a segment ---
  std::size_t delivery_count(const PacketRecord& record) const;
  Delivery delivery(const PacketRecord& record, std::size_t index) const;
  /// Original bytes of a delivery; `payload` is that of the segment, `out` is delivery.length long.
  bool read(const Delivery& delivery, std::span<const std::uint8_t> payload,
            std::uint8_t* out) const noexcept;
  std::size_t pdu_count(const PacketRecord& record) const;
  PduSpan pdu(const PacketRecord& record, std::size_t index) const;
  void add_pdu(PacketRecord& record, const PduSpan& span) noexcept;
  std::span<const Anomaly> notes(const PacketRecord& record) const;
  RecoveredStream* stream(std::uint32_t connection, Direction direction) const noexcept;
  /// Bytes that follow from the capture behind the stream's first gap; empty until the capture has ended.
  std::span<const DeterminedBytes> determined(std::uint32_t connection, Direction direction) const noexcept;

  // --- about connections ---
  bool chosen_by_user(const Connection& connection) const;
  bool in_key_log(const Connection& connection) const;
  /// Why the bytes of the stream's first gap are missing; a constant clause.
  const char* gap_reason(const Connection& connection, Direction direction) const noexcept;

  const MptcpTracker& tracker() const { return tracker_; }
  const RecoveryOptions& options() const { return options_; }
  /// Bytes held by all that was remembered for later visits; PDUs and releases not included.
  std::uint64_t bytes_per_record_total() const;

  static std::uint32_t fingerprint(std::uint16_t source_port, std::uint16_t destination_port,
                                   std::uint32_t seq, std::uint32_t payload_length);

 private:
  struct Arrival;

  void on_stream(Connection& connection, Direction direction, std::uint64_t offset,
                 std::span<const std::uint8_t> wire, const Extent& carrier) override;
  void on_placed(const Subflow& subflow, Direction direction, const DataStream::Accepted& accepted,
                 std::size_t length, std::uint64_t frame) override;
  void on_anomaly(const Anomaly& anomaly) override;
  ScrambleRule rule_for(const Connection& connection, ScrambleRule configured) override;

  RecoveredStream& open_stream(Connection& connection, Direction direction,
                               std::span<const std::uint8_t> first);
  void settle_streams(const Connection& connection);
  void keep(PacketRecord& record);
  std::uint32_t keep_history(const StreamDecoder::Place& place);
  StreamDecoder::Place place_of(const Delivery& delivery, const StreamDecoder& decoder) const;
  ScrambleRule rule_of(const Connection& connection) const;
  bool claims(const Subflow& subflow, bool placed_all) const;
  RecordExtra& extra(PacketRecord& record);
  std::deque<PacketRecord>::iterator first_of(std::uint32_t frame) noexcept;
  PacketRecord* find_record(std::uint32_t frame, const Subflow* subflow);

  RecoveryOptions options_;
  const KeyLog* key_log_;
  ClaimedPorts claimed_;
  MptcpTracker tracker_;
  std::deque<PacketRecord> records_;  ///< by frame
  std::deque<RecordExtra> extras_;
  std::deque<std::array<std::uint8_t, MPS_WINDOW>> histories_;            ///< of the paper's scheme
  std::deque<Ratchet> ratchets_;                                          ///< of H2
  std::vector<std::array<std::unique_ptr<RecoveredStream>, 2>> streams_;  ///< by Connection::id
  std::vector<std::array<std::vector<DeterminedBytes>, 2>> determined_;   ///< likewise
  struct ExplainedGap {
    std::uint64_t start = ~std::uint64_t{0};
    const char* reason = "";
  };
  mutable std::vector<std::array<ExplainedGap, 2>> gap_reasons_;  ///< likewise; once the capture has ended
  std::unique_ptr<Arrival> arrival_;                              ///< the segment being taken in
  std::vector<std::uint8_t> scratch_;
  bool ended_ = false;
  bool failed_ = false;
};

}  // namespace mps::plugin
