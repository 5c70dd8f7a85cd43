// SPDX-License-Identifier: GPL-2.0-or-later
// The paper's own scheme (Kato et al. 2018, III.B, figures 9 and 10) by the codec of core/scramble, the exact
// engine and the attack of core/leak.
#include <algorithm>

#include "core/lab/block_coder.h"
#include "core/lab/catalogue.h"
#include "core/lab/pad_attacks.h"
#include "core/leak/exact_engine.h"
#include "core/scramble/mps_scramble.h"

namespace mps::lab {
namespace {

mps_state start(const Agreement& agreement) {
  mps_state state;
  mps_state_init(&state, agreement.sender_key().data(), agreement.sender_key().size());
  return state;
}

class Collector final : public ExactSink {
 public:
  explicit Collector(ExactView& view) : view_(view) {}
  void determined(std::uint64_t offset, std::span<const std::uint8_t> bytes) override {
    std::ranges::copy(bytes, view_.plaintext.begin() + static_cast<std::ptrdiff_t>(offset));
    append_merged(view_.determined, {offset, offset + bytes.size()});
  }

 private:
  ExactView& view_;
};

class Scrambler final : public Scheme {
 public:
  Scrambler()
      : Scheme({.name = "scramble",
                .title = "the paper's scrambler",
                .reference = "III.B",
                .rule = "each byte XORed with the 64 bytes before it",
                .secret = ""}) {}

  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    return bytewise_encoder([state = start(agreement)](std::span<std::uint8_t> bytes) mutable {
      mps_scramble(&state, bytes.data(), bytes.data(), bytes.size());
    });
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    return bytewise_decoder([state = start(agreement)](std::span<std::uint8_t> bytes) mutable {
      mps_descramble(&state, bytes.data(), bytes.data(), bytes.size());
    });
  }

  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const override {
    ExactView view = blank_view(agreement, wire, sight, Basis::uniform_content);
    const auto lane = std::span(wire.lanes.front().bytes);
    SeenViews seen;
    for (const Interval& run : sight.seen.front()) seen.add(run.begin, lane.subspan(run.begin, run.length()));
    ExactProblem problem;
    problem.range = {0, agreement.length()};
    problem.start =
        sight.handshake ? StartRegister::with_key(agreement.sender_key()) : StartRegister::unknown_key();
    problem.targets = {{Target::Kind::seen, {}}, {Target::Kind::whole, {}}};
    Collector collector(view);
    const auto solved = solve_exactly(problem, seen, &collector);
    if (!solved) return view;  // only a stream beyond 2^60 bytes
    view.covered_leak_bits = solved->targets[0].leak_bits();
    view.whole_leak_bits = solved->targets[1].leak_bits();
    return view;
  }

  AttackResult attack(const Agreement& agreement, const Wire& wire, const Sight& sight,
                      const ExactView& exact, Models models, const AttackLimits& limits) const override {
    return attack_scrambled(wire.lanes.front().bytes, sight.seen.front(), exact, agreement, models, limits);
  }
};

}  // namespace

SchemePtr scrambler() {
  return std::make_shared<Scrambler>();
}

}  // namespace mps::lab
