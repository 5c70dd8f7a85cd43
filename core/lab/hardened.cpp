// SPDX-License-Identifier: GPL-2.0-or-later
// H1 and H2 of core/hardened: what keeps the promise that the paper makes. Both make their secrets of the two
// MPTCP keys, so that they protect against those who did not see the handshake; H2 also against those who
// did, as soon as data was missed.
#include <algorithm>

#include "core/hardened/prf_xor.h"
#include "core/hardened/ratchet.h"
#include "core/lab/block_coder.h"
#include "core/lab/catalogue.h"

namespace mps::lab {
namespace {

StreamKeys stream_keys(const Agreement& agreement) {
  return {{agreement.keys[0], agreement.keys[1]}, agreement.listener_sends};
}

/// Marks what is seen of `where` as determined; both schemes add no byte, so that lane and stream positions
/// agree.
void determine(ExactView& view, const Sight& sight, Interval where) {
  for (const Interval& range : intersection(sight.seen.front(), normalised({where})))
    append_merged(view.determined, range);
}

void count_leak(ExactView& view) {
  view.covered_leak_bits = view.whole_leak_bits = 8 * total_length(view.determined);
}

auto h1_coder(const Agreement& agreement) {
  return [cipher = PrfXor(stream_keys(agreement)),
          offset = std::uint64_t{0}](std::span<std::uint8_t> bytes) mutable {
    cipher.apply(offset, bytes, bytes.data());
    offset += bytes.size();
  };
}

class H1 final : public Scheme {
 public:
  H1()
      : Scheme({.name = "h1",
                .title = "H1, keystream by place",
                .reference = "not in the paper",
                .rule = "XORed with a keystream bound to both keys, direction and stream offset",
                .secret = ""}) {}

  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    return bytewise_encoder(h1_coder(agreement));
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    return bytewise_decoder(h1_coder(agreement));
  }

  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const override {
    ExactView view = blank_view(agreement, wire, sight, Basis::handshake_prf);
    if (!sight.handshake) return view;
    view.plaintext = wire.lanes.front().bytes;
    h1_coder(agreement)(view.plaintext);
    determine(view, sight, {0, agreement.length()});
    view.basis = Basis::any_content;
    count_leak(view);
    return view;
  }
};

class H2 final : public Scheme {
 public:
  H2()
      : Scheme({.name = "h2",
                .title = "H2, ratchet over the data",
                .reference = "not in the paper",
                .rule = "XORed with a keystream of a state that absorbed both keys and all earlier data",
                .secret = ""}) {}

  std::unique_ptr<Encoder> encoder(const Agreement& agreement) const override {
    return bytewise_encoder(
        [ratchet = Ratchet(stream_keys(agreement))](std::span<std::uint8_t> bytes) mutable {
          ratchet.encode(bytes, bytes.data());
        });
  }
  std::unique_ptr<Decoder> decoder(const Agreement& agreement) const override {
    return bytewise_decoder(
        [ratchet = Ratchet(stream_keys(agreement))](std::span<std::uint8_t> bytes) mutable {
          ratchet.decode(bytes, bytes.data());
        });
  }

  /// With the keys: everything up to the first byte that was missed, and what was seen of the rest of its
  /// block.
  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const override {
    ExactView view = blank_view(agreement, wire, sight, Basis::random_oracle);
    if (!sight.handshake) return view;
    const Intervals missed = complement(sight.seen.front(), {0, agreement.length()});
    const std::uint64_t begin = missed.empty() ? agreement.length() : missed.front().begin;
    Ratchet ratchet(stream_keys(agreement));
    const auto lane = std::span(wire.lanes.front().bytes);
    ratchet.decode(lane.first(begin), view.plaintext.data());
    const std::uint64_t reach = std::min(ratchet.reach(), agreement.length());
    ratchet.decode_ahead(begin, lane.subspan(begin, reach - begin), view.plaintext.data() + begin);
    determine(view, sight, {0, reach});
    if (missed.empty()) view.basis = Basis::any_content;
    count_leak(view);
    return view;
  }
};

}  // namespace

SchemePtr hardened_h1() {
  return std::make_shared<H1>();
}

SchemePtr hardened_h2() {
  return std::make_shared<H2>();
}

}  // namespace mps::lab
