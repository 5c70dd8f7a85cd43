// SPDX-License-Identifier: GPL-2.0-or-later
// Plain dispersion: what MPTCP does by itself. Who taps a path reads what it carries.
#include "core/lab/block_coder.h"
#include "core/lab/catalogue.h"

namespace mps::lab {
namespace {

class Plain final : public Scheme {
 public:
  Plain()
      : Scheme({.name = "plain",
                .title = "plain dispersion",
                .reference = "II.C",
                .rule = "segments as they are",
                .secret = ""}) {}

  std::unique_ptr<Encoder> encoder(const Agreement&) const override {
    return bytewise_encoder([](std::span<std::uint8_t>) {});
  }
  std::unique_ptr<Decoder> decoder(const Agreement&) const override {
    return bytewise_decoder([](std::span<std::uint8_t>) {});
  }
  ExactView exact(const Agreement& agreement, const Wire& wire, const Sight& sight) const override {
    ExactView view = blank_view(agreement, wire, sight, Basis::any_content);
    view.plaintext = wire.lanes.front().bytes;
    view.determined = view.covered;
    view.covered_leak_bits = view.whole_leak_bits = 8 * total_length(view.covered);
    return view;
  }
};

}  // namespace

SchemePtr plain_dispersion() {
  return std::make_shared<Plain>();
}

}  // namespace mps::lab
