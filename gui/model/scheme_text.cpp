// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/scheme_text.h"

#include <fmt/format.h>

#include "core/hardened/ratchet.h"
#include "core/scramble/mps_scramble.h"
#include "gui/model/observation.h"

namespace mps::gui {

std::string known_plaintext_obstacle(Coding coding) {
  if (!coding)
    return "This stream is not scrambled: every tapped byte is read as it is, and known bytes have nothing "
           "left to open.";
  switch (*coding) {
    case Scheme::paper:
      return {};
    case Scheme::h1:
      return "The curve is about the paper's scrambler and does not apply to H1 (PRF-xor). There each byte "
             "has a keystream byte of its own: a known byte shows that one and opens no other. Known bytes "
             "serve to check a guess of the keys, no more.";
    case Scheme::h2:
      return "The curve is about the paper's scrambler and does not apply to H2 (ratchet). There the "
             "keystream of a block follows from the keys and all blocks before: without the keys a known "
             "byte opens no other; with them a gap that is known whole opens what comes behind it.";
  }
  return {};
}

std::string step_through_note(Coding coding) {
  if (!coding)
    return "The stream in the window is not scrambled. These are the figures of the paper's scrambler.";
  switch (*coding) {
    case Scheme::paper:
      return {};
    case Scheme::h1:
      return "The stream in the window is under H1 (PRF-xor), which has no register: c[i] = p[i] ^ K[i], the "
             "keystream of a cipher. These are the figures of the paper's scrambler.";
    case Scheme::h2:
      return "The stream in the window is under H2 (ratchet), which has no register of bytes: each block of "
             "64 is XORed with a hash of a state that has taken in all blocks before. These are the figures "
             "of the paper's scrambler.";
  }
  return {};
}

std::string exact_reason(const Observation& observation) {
  const Leakage& leakage = observation.leakage;
  const Coding coding = observation.stream->coding();
  const std::uint64_t bytes = observation.exact_bytes();
  if (!coding)
    return fmt::format("{} bytes are seen, and nothing is scrambled: they are read as they are.", bytes);
  if (*coding == Scheme::paper)
    return fmt::format(
        "{} bytes follow from what was tapped by linear algebra alone, whatever the content is. A stretch "
        "whose 64 bytes before are missing determines none of its bytes.",
        bytes);
  const std::string decoded = fmt::format("{} bytes are decoded. ", bytes);
  if (!leakage.has_key) return decoded + "Without the keys no byte follows with certainty.";
  if (!leakage.start_known)
    return decoded + "Where the stream begins is not in the capture: no byte has its place in the keystream.";
  return decoded + (*coding == Scheme::h1 ? "Under H1 the keys open every byte that is seen."
                                          : "Under H2 the keys open what is seen up to the end of the first "
                                            "block of 64 with an unseen byte.");
}

std::string inferred_reason(const Observation& observation) {
  const Coding coding = observation.stream->coding();
  if (!coding) return "Nothing is scrambled, so there is nothing to infer.";
  if (is_hardened(*coding))
    return fmt::format(
        "{} bytes more from the attacks, which are made for the paper's scheme. On {} they serve as a "
        "control and find what chance gives.",
        observation.inferred_bytes(), name_of(*coding));
  const auto& inference = observation.leakage.inference;
  return fmt::format(
      "{} bytes more from guessing which text fits: S[i] ^ S[i-1] = b[i] ^ b[i-65] is a repeating key of 65 "
      "bytes, and a language model solves it.{}",
      observation.inferred_bytes(), inference ? fmt::format(" Model: {}.", inference->model) : std::string());
}

std::string claim_reason(Coding coding) {
  if (!coding) return "The paper claims nothing about plain Multipath TCP.";
  if (*coding == Scheme::paper)
    return "Kato et al. 2018: whoever taps only untrusted paths cannot observe any data.";
  return fmt::format(
      "The paper's claim is about its own scrambler. What is known of {} is in docs/hardened.md.",
      name_of(*coding));
}

std::string byte_rule(Coding coding, std::uint64_t offset, bool start_known) {
  if (!coding) return fmt::format("byte {}: not scrambled, S[i] = b[i]", offset);
  if (*coding == Scheme::h1) {
    if (!start_known)
      return fmt::format("c[{0}] = p[{0}] ^ K[{0}], H1; its place in the keystream is not known", offset);
    return fmt::format("c[{0}] = p[{0}] ^ K[{0}], byte {1} of block {2} of ChaCha20 under both keys (H1)",
                       offset, offset % 64, offset / 64);
  }
  if (*coding == Scheme::h2) {
    if (!start_known) return fmt::format("c[{0}] = p[{0}] ^ K[{0}], H2; its block is not known", offset);
    const std::uint64_t block = offset / Ratchet::block_size;
    return fmt::format(
        "c[{0}] = p[{0}] ^ K[{0}], byte {1} of block {2}: K from both keys{3} (H2)", offset,
        offset % Ratchet::block_size, block,
        block == 0 ? std::string() : fmt::format(" and bytes 0 to {}", block * Ratchet::block_size - 1));
  }
  if (offset >= MPS_PERIOD)
    return fmt::format("b[{0}] = S[{0}] ^ S[{1}] ^ b[{2}]", offset, offset - 1, offset - MPS_PERIOD);
  return start_known
             ? fmt::format(
                   "byte {0}: S[{0}] = b[{0}] ^ the 64 bytes before, which reach into the initial register",
                   offset)
             : fmt::format(
                   "byte {0}: S[{0}] = b[{0}] ^ the 64 bytes before, which reach back before the first "
                   "captured one",
                   offset);
}

}  // namespace mps::gui
