// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/stream_snapshot.h"

#include <algorithm>
#include <unordered_map>

#include "core/leak/hardened_view.h"
#include "core/scramble/mps_scramble.h"
#include "core/session/labels.h"

namespace mps::gui {

std::string path_label(const SubflowReport& subflow) {
  return subflow.path_name.substr(subflow.path_name.find_last_of('/') + 1);
}

StreamSnapshot::StreamSnapshot(std::shared_ptr<const CaptureDocument> document, std::size_t connection,
                               Direction direction)
    : document_(std::move(document)),
      connection_(connection),
      direction_(direction),
      evidence_(document_->connection(connection), direction, document_->store()),
      lanes_(LaneSegments::of_stream(*document_, connection, direction)),
      truth_(document_->truth(connection, direction)),
      captured_(evidence_.runs_of(evidence_.all_subflows())),
      wire_(evidence_.source(evidence_.all_subflows())) {
  for (const std::uint8_t byte : truth_) ++truth_histogram_[byte];
  fill_matrix();
  place_anomalies();
}

bool StreamSnapshot::scrambled() const {
  return connection().scrambling != Scrambling::plain;
}

std::optional<Scheme> StreamSnapshot::coding() const {
  return scrambled() ? std::optional(connection().scheme) : std::nullopt;
}

std::string StreamSnapshot::route() const {
  if (connection().subflows.empty()) return {};
  const SubflowReport& first = connection().subflows.front();
  const bool forward = direction_ == Direction::initiator_to_listener;
  return to_string(forward ? first.initiator : first.listener) + " > " +
         to_string(forward ? first.listener : first.initiator);
}

SubflowMask StreamSnapshot::labelled(Trust trust) const {
  return mps::labelled(connection(), trust);
}

SubflowMask StreamSnapshot::default_tap() const {
  if (const SubflowMask untrusted = labelled(Trust::untrusted)) return untrusted;
  SubflowMask joined = 0;
  for (const SubflowReport& subflow : connection().subflows)
    if (!subflow.initial) joined |= mask_of(subflow.index);
  return joined ? joined : all();
}

std::vector<std::uint8_t> StreamSnapshot::register_key() const {
  const Connection& connection = evidence_.connection();
  const auto& key = connection.sender_key(direction_);
  if (!key) return {};
  const RegisterChoice& choice = document_->request().session.initial_register;
  const KeyOrder order = report().key_order.value_or(choice.order.value_or(KeyOrder::wire));
  return register_bytes(*key, choice.init, order, connection.hash);
}

std::uint32_t StreamSnapshot::register_key_length() const {
  if (document_->request().session.initial_register.init == InitialRegister::key) return MPS_KEY_SIZE;
  return evidence_.connection().hash == KeyHash::sha1 ? 20 : 32;
}

SchemeParameters StreamSnapshot::scheme(bool key_known) const {
  return {MPS_WINDOW, register_key_length(), key_known};
}

void StreamSnapshot::fill_matrix() {
  const auto subflows = static_cast<unsigned>(std::min<std::size_t>(connection().subflows.size(), 64));
  // Without the stream's beginning nothing is known of the register, and the key is worth nothing.
  const SchemeParameters inside{MPS_WINDOW, MPS_WINDOW, false};
  const bool start = evidence_.start_known();
  const auto without =
      observer_matrix(subflows, start ? scheme(false) : inside, length(), evidence_.coverage());
  const auto with = observer_matrix(subflows, start ? scheme(true) : inside, length(), evidence_.coverage());
  if (!without || !with) return;
  for (std::size_t i = 0; i < without->size(); ++i) {
    const ObserverRow& row = (*without)[i];
    MatrixRow out{row.tapped, row.seen_bytes, row.exact.determined.count(),
                  (*with)[i].exact.determined.count()};
    if (!scrambled()) out.exact_without_key = out.exact_with_key = row.seen_bytes;
    if (scrambled() && is_hardened(connection().scheme)) {
      out.exact_without_key = 0;
      // Where the stream begins is not known: no byte has its place in a keystream.
      out.exact_with_key =
          evidence_.start_known() ? total_length(readable_with_keys(connection().scheme, row.seen)) : 0;
    }
    matrix_.push_back(out);
  }
}

void StreamSnapshot::place_anomalies() {
  const std::vector<Anomaly>& list = document_->report().anomalies.list();
  std::unordered_map<std::uint64_t, std::uint64_t> offset_of;  // [frame] of a segment of this stream
  for (const Anomaly& anomaly : list) offset_of.emplace(anomaly.frame, length());
  for (std::size_t lane = 0; lane < lanes_.lanes(); ++lane)
    for (const LaneSegment& segment : lanes_.lane(lane))
      if (const auto found = offset_of.find(segment.frame); found != offset_of.end())
        found->second = std::min(found->second, segment.offset);
  for (std::size_t entry = 0; entry < list.size(); ++entry) {
    const Anomaly& anomaly = list[entry];
    if (anomaly.connection != evidence_.connection().id || anomaly.frame == 0 ||
        anomaly.subflow >= lanes_.lanes())
      continue;
    AnomalyMark mark;
    mark.entry = entry;
    mark.lane = anomaly.subflow;
    if (const std::uint64_t offset = offset_of.at(anomaly.frame); offset < length()) mark.offset = offset;
    mark.tick = lanes_.tick_of(document_->time_of(anomaly.frame));
    anomalies_.push_back(mark);
  }
  std::stable_sort(anomalies_.begin(), anomalies_.end(),
                   [](const AnomalyMark& a, const AnomalyMark& b) { return a.tick < b.tick; });
}

void StreamSnapshot::read_wire(std::uint64_t offset, std::span<std::uint8_t> out) const {
  read_seen(*wire_, offset, out);
}

void read_seen(SeenSource& source, std::uint64_t offset, std::span<std::uint8_t> out) {
  const std::uint64_t end = offset + out.size();
  std::size_t low = 0, high = source.count();  // the first piece that ends behind `offset`
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (source.piece(middle).end <= offset)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < source.count() && source.piece(low).begin < end; ++low) {
    const Interval piece = source.piece(low);
    const auto bytes = source.bytes(low);
    const std::uint64_t from = std::max(piece.begin, offset), to = std::min(piece.end, end);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(from - piece.begin), to - from,
                out.begin() + static_cast<std::ptrdiff_t>(from - offset));
  }
}

}  // namespace mps::gui
