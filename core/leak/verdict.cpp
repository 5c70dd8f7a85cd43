// SPDX-License-Identifier: GPL-2.0-or-later
// The sentence beside every result: what is exact, what an analyst makes of the rest, and on what that rests.
// It never calls anything secure.
#include <fmt/format.h>

#include "core/leak/leakage.h"

namespace mps {
namespace {

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

std::string counted(std::uint64_t bytes) {
  return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
}

/// A cancelled attack, or one that stopped at its limit, says nothing about the rest.
std::string attacked_part(const Leakage& leakage) {
  const Inference& inference = *leakage.inference;
  if (inference.all_attacked) return {};
  if (leakage.cancelled) return " The attack was cancelled before it was through.";
  return fmt::format(" Of {} seen bytes {} were attacked.", leakage.seen_bytes, inference.attacked_bytes);
}

std::string hardened_attack(const Leakage& leakage) {
  if (!leakage.inference) return {};
  const Inference& inference = *leakage.inference;
  if (inference.score && inference.score->bytes)
    return fmt::format(
               " The attacks in this build, made for the paper's scheme, get {:.1f} % of the bytes right; "
               "chance is 0.4 %.",
               percent(inference.score->bytes_right, inference.score->bytes)) +
           attacked_part(leakage);
  return fmt::format(" The attacks in this build, made for the paper's scheme, accept {} of {} runs.",
                     inference.claim.runs_accepted, inference.claim.runs) +
         attacked_part(leakage);
}

std::string hardened_verdict(const Leakage& leakage) {
  if (!leakage.exact)
    return fmt::format("{} bytes are seen; exact decoding was not asked for.", leakage.seen_bytes);
  const std::string decoded = fmt::format("Under {} this observer decodes {} of {} seen bytes",
                                          name_of(leakage.scheme), leakage.exact_seen(), leakage.seen_bytes);
  if (!is_available(leakage.scheme)) return fmt::format("{}: {}.", decoded, why_unavailable);
  if (!leakage.has_key)
    return decoded +
           ": he has no key. That rests on the keys, two of 64 bits that can be searched one by one (2^65 "
           "hashes), and on assumptions: docs/hardened.md." +
           hardened_attack(leakage);
  if (!leakage.start_known)
    return decoded +
           ": he has a key, but where the stream begins is not in the capture, so no byte is given its place "
           "in the keystream. That is a limit of this build: the place can be searched." +
           hardened_attack(leakage);
  if (leakage.scheme == Scheme::h1) return decoded + ": the keys open whatever he sees.";
  if (leakage.exact_seen() == leakage.seen_bytes)
    return decoded + ": he has the keys, and every block before the last one that he sees is whole.";
  return decoded +
         ", up to the first block with a byte that he lacks. Behind it the secrecy is that of the bytes he "
         "has not seen, no more: what can be guessed of them can be searched." +
         hardened_attack(leakage);
}

std::string inferred(const Leakage& leakage) {
  const Inference& inference = *leakage.inference;
  const std::uint64_t accepted = inference.claim.bytes_accepted;
  if (!inference.score || !inference.score->bytes) {
    if (accepted == 0)
      return "the rest was only not recovered by the attacks in this build, which is no promise about "
             "others.";
    const std::uint64_t guessed = inference.claim.bytes - accepted;
    return fmt::format(
               "an analyst who knows the scheme infers {:.1f} % of the attacked bytes (accepted, unverified)",
               percent(accepted, inference.attacked_bytes)) +
           (guessed ? fmt::format("; {} more are merely guessed.", counted(guessed)) : ".");
  }
  const RecoveryScore& score = *inference.score;
  std::string text =
      accepted
          ? fmt::format(
                "an analyst who knows the scheme recovers {:.1f} % of the attacked bytes (accepted; {:.1f} % "
                "of these are right)",
                percent(score.accepted_bytes, score.bytes),
                percent(score.accepted_bytes_right, score.accepted_bytes))
          : std::string(
                "the attacks in this build accept nothing that they find, which is no promise about others");
  if (score.guessed_bytes())
    text += fmt::format("; of {} that {} merely guessed {:.1f} % are right", counted(score.guessed_bytes()),
                        score.guessed_bytes() == 1 ? "is" : "are",
                        percent(score.guessed_bytes_right(), score.guessed_bytes()));
  return text + ". Checked against the truth; chance is 0.4 %.";
}

}  // namespace

std::string verdict_sentence(const Leakage& leakage) {
  if (leakage.seen_bytes == 0) return "This observer sees no byte of the stream.";
  if (!leakage.scrambled) return "The stream is not scrambled: what is seen is read.";
  if (is_hardened(leakage.scheme)) return hardened_verdict(leakage);
  std::string text = leakage.scheme_known ? std::string()
                                          : "Nothing in the capture tells whether or how the stream is "
                                            "scrambled; it is taken for the paper's scheme. ";
  if (!leakage.exact)
    text += fmt::format("{} bytes are seen; exact decoding was not asked for.", leakage.seen_bytes);
  else
    text += fmt::format("Exact decoding determines {} of {} seen bytes.", leakage.exact_seen(),
                        leakage.seen_bytes);
  if (leakage.exact && leakage.exact_seen() == leakage.seen_bytes)
    return text + " Nothing that is seen is left to guess.";
  text += " That is not secrecy: ";
  if (!leakage.inference) return text + "it assumes nothing about the content, and no attack was run.";
  return text + inferred(leakage) + attacked_part(leakage);
}

}  // namespace mps
