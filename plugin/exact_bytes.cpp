// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/exact_bytes.h"

#include "core/leak/exact_engine.h"
#include "core/mptcp/behind_gap.h"

namespace mps::plugin {
namespace {

/// What waits behind the gap, read from the store piece by piece.
class HeldPieces final : public SeenSource {
 public:
  HeldPieces(const DataStream& stream, const PayloadStore& store) : store_(store) {
    stream.held().for_each([&](const Extent& extent) { pieces_.push_back(extent); });
  }
  std::size_t count() const override { return pieces_.size(); }
  Interval piece(std::size_t index) const override { return {pieces_[index].offset, pieces_[index].end()}; }
  bool has_bytes() const override { return true; }
  std::span<const std::uint8_t> bytes(std::size_t index) override {
    buffer_.resize(pieces_[index].length);
    if (!store_.read(pieces_[index].locator, buffer_)) failed_ = true;
    return buffer_;
  }
  bool failed() const { return failed_; }

 private:
  const PayloadStore& store_;
  std::vector<Extent> pieces_;
  std::vector<std::uint8_t> buffer_;
  bool failed_ = false;
};

class Collector final : public ExactSink {
 public:
  void determined(std::uint64_t offset, std::span<const std::uint8_t> bytes) override {
    if (found.empty() || found.back().offset + found.back().bytes.size() != offset)
      found.push_back({offset, {}});
    found.back().bytes.insert(found.back().bytes.end(), bytes.begin(), bytes.end());
  }
  std::vector<DeterminedBytes> found;
};

}  // namespace

std::vector<DeterminedBytes> determined_behind_gap(const Connection& connection, Direction direction,
                                                   StreamDecoder* decoder, const RegisterChoice& choice,
                                                   const PayloadStore& store) {
  const DataStream& stream = connection.stream(direction);
  if (stream.held().empty()) return {};
  if (connection.scrambled && is_hardened(connection.scheme)) {
    Collector readable;
    const bool whole = decode_behind_gap(connection, direction, decoder, store,
                                         [&](std::uint64_t offset, std::span<const std::uint8_t> bytes) {
                                           readable.determined(offset, bytes);
                                         });
    return whole ? std::move(readable.found) : std::vector<DeterminedBytes>{};
  }
  HeldPieces held(stream, store);
  ExactProblem problem;
  problem.range = {stream.origin_known() ? stream.contiguous() : stream.first_offset(), stream.end_seen()};
  const auto before = register_at_gap(connection, direction, decoder, choice);
  problem.start = before ? StartRegister::resumed(before->window) : StartRegister::interior();
  Collector collector;
  const auto solved = solve_exactly(problem, held, &collector);
  if (!solved || held.failed()) return {};
  return std::move(collector.found);
}

}  // namespace mps::plugin
