// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/leakage_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "analyzer/table.h"

namespace mps {
namespace {

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string row(const char* name, const std::string& text) {
  return fmt::format("    {:<22} {}\n", name, text);
}

std::string heading(const Leakage& l) {
  const char* handshake = l.sees_handshake ? "the handshake seen" : "no handshake";
  return fmt::format("  Observer {}: {}, {}", l.observer, handshake, l.has_key ? "keys seen" : "no key");
}

/// What the measurement takes for granted about the scheme.
void add_scheme(std::string& out, const Leakage& l) {
  if (!l.scrambled) return;
  if (!l.scheme_known) {
    out += row("scheme", "not visible in this capture; measured as the paper's");
  } else if (is_hardened(l.scheme)) {
    out += row("scheme", std::string(name_of(l.scheme)) +
                             ": keys and hash functions are assumed unbroken (docs/hardened.md)");
    return;
  }
  out += row("claim of the paper", "0 bytes for whoever lacks a path");
}

void add_exact(std::string& out, const Leakage& l, const Style& style) {
  if (!l.exact) return;
  const ExactResult& e = *l.exact;
  out += row("exact decoding",
             style.bold(fmt::format("{} of {} seen bytes determined ({:.1f} %)", e.determined_seen_count,
                                    l.seen_bytes, percent(e.determined_seen_count, l.seen_bytes))));
  const std::uint64_t unseen = e.determined.count() - e.determined_seen_count;
  if (unseen) out += row("", fmt::format("and {} bytes that were not seen", unseen));
  const char* names[] = {"leaked about seen", "seen + 64 before", "whole stream"};
  for (std::size_t i = 0; i < e.targets.size() && i < 3; ++i) {
    const TargetLeakage& t = e.targets[i];
    out += row(
        names[i],
        fmt::format("{} of {} bits ({:.1f} %), {} bits open, if every plaintext were equally likely",
                    t.leak_bits(), t.prior_bits, percent(t.leak_bits(), t.prior_bits), t.equivocation_bits));
  }
  std::uint64_t to_open = 0;
  for (const RunSummary& run : e.runs) to_open += run.bytes_to_open;
  if (!e.runs.empty())
    out += row("to open every run",
               fmt::format("{} right bytes for {} runs, at most 64 a run", to_open, e.runs.size()));
  if (e.checks_passed + e.checks_failed)
    out += row("consistency checks", fmt::format("{} passed, {} failed", e.checks_passed, e.checks_failed));
}

void add_head(std::string& out, const Leakage& l, const Style& style) {
  if (!l.head) return;
  if (!l.head->any()) {
    out += row("head of the stream", "none of bytes 0..64 crossed a tapped path");
    return;
  }
  std::uint64_t exposed = 0;
  for (const Interval& i : l.head->exposed) exposed += i.length();
  out += row("head of the stream",
             style.warn(fmt::format(
                 "{} of bytes 0..64 crossed a tapped path: without any key {} bytes are determined", exposed,
                 l.head->without_key.count())));
  if (l.head->key_bytes_bound)
    out += row(
        "",
        style.warn(fmt::format(
            "the sender's MPTCP key is exposed: {} of its bytes follow from the first bytes of the stream",
            l.head->key_bytes_bound)));
  if (l.inference && !l.inference->key.empty())
    out += row("", style.warn(fmt::format(
                       "key recovered from the content alone, probability {:.2f} (--show-keys prints it)",
                       l.inference->key.front().probability)));
}

void add_inference(std::string& out, const Leakage& l, const Style& style) {
  if (!l.inference) return;
  const Inference& i = *l.inference;
  std::string text =
      fmt::format("{} of {} attacked bytes accepted ({:.1f} %), {} merely guessed", i.claim.bytes_accepted,
                  i.attacked_bytes, percent(i.claim.bytes_accepted, i.attacked_bytes),
                  i.claim.bytes - i.claim.bytes_accepted);
  if (!i.score) text += ", unverified";
  out += row("a cryptanalyst", style.bold(text));
  out += row("", fmt::format("{} of {} runs accepted, {} more in part; models: {} ({:.2f} bits/byte)",
                             i.claim.runs_accepted, i.claim.runs, i.claim.runs_in_part, i.model,
                             i.model_bits_per_byte));
  if (!i.all_attacked)
    out += row("", style.warn("not every seen byte was attacked (--attack-bytes, or cancelled)"));
  if (i.score && i.score->bytes) {
    const RecoveryScore& s = *i.score;
    const char* name = "against the truth";
    const auto checked = [&](const char* what, std::size_t right, std::size_t bytes) {
      if (bytes == 0) return;
      out += row(name, style.bold(fmt::format("{} of {} {} bytes right ({:.1f} %); chance is 0.4 %", right,
                                              bytes, what, percent(right, bytes))));
      name = "";
    };
    checked("accepted", s.accepted_bytes_right, s.accepted_bytes);
    checked("merely guessed", s.guessed_bytes_right(), s.guessed_bytes());
    out += row("", fmt::format("per run: mean {:.1f} %, median {:.1f} %, least {:.1f} %; {} of {} runs at 99 "
                               "% or more ({:.0f}-{:.0f} %, Wilson 95 %)",
                               100 * s.mean, 100 * s.median, 100 * s.least, s.opened.hits, s.opened.trials,
                               100 * s.opened.low, 100 * s.opened.high));
    if (s.before_bytes)
      out += row("",
                 fmt::format("unseen bytes before the runs: {} of {} right", s.before_right, s.before_bytes));
  }
  if (is_hardened(l.scheme)) {
    out += row("", "these are attacks on the paper's scheme, and say nothing about others");
    return;
  }
  out += row("unicity (M4)",
             fmt::format("{} of {} runs are longer than {:.0f} bytes, where only one text fits",
                         i.unicity_runs, i.claim.runs, unicity_margin(1, i.model_bits_per_byte).length));
}

void add_statistics(std::string& out, const Leakage& l) {
  if (l.zero_work)
    out += row("without any work (M7)",
               fmt::format("{:.1f} % of the seen bytes are the plaintext as they are ({:.1f}-{:.1f} %), "
                           "naive decoding gets {:.1f} %",
                           100 * l.zero_work->equal_rate, 100 * l.zero_work->equal_low,
                           100 * l.zero_work->equal_high, 100 * l.zero_work->naive_rate));
  const FirstDifference& d = l.sign.difference;
  out += row(
      "sign of scrambling",
      l.sign.detected
          ? fmt::format("period 65 stands out (false alarm {:.1e}); neighbours equal {:.2f} %, z = {:.0f}",
                        l.sign.false_alarm, 100 * d.zero_rate, d.z)
          : fmt::format("period 65 does not stand out; neighbours equal {:.2f} %, z = {:.1f}{}",
                        100 * d.zero_rate, d.z, d.enough ? "" : " (too few bytes to tell)"));
  if (!l.sign.detected && l.inference && l.inference->claim.bytes_accepted)
    out += row("", "lines or records of another length hide it; that the attack accepts is the second sign");
  const Randomness& r = l.randomness;
  out += row("bytes as they are (M8)",
             fmt::format("entropy {:.2f} bits (random: {:.2f}), chi2 p {}, top bit set in {:.1f} %, serial "
                         "correlation {:.2f}",
                         r.entropy, r.entropy_expected,
                         r.chi_square_valid ? fmt::format("{:.3g}", r.chi_square_p) : "n/a",
                         100 * r.top_bit_share, r.serial_correlation));
}

void add_controls(std::string& out, const Leakage& l) {
  if (!l.controls) return;
  const Controls& c = *l.controls;
  std::string text = fmt::format("PRF keystream instead: {} of {} runs accepted", c.prf_accepted, c.prf_runs);
  if (c.prf_right) text += fmt::format(", {:.2f} % of the bytes right", 100 * *c.prf_right);
  out += row("control", text + fmt::format(", z = {:.1f}, entropy {:.2f}", c.prf_difference.z,
                                           c.prf_randomness.entropy));
  if (c.gzip_bytes)
    out += row("", fmt::format("the same content compressed, then scrambled ({} bytes): {}", c.gzip_bytes,
                               c.gzip_accepted ? "accepted" : "not recovered by the attacks in this build"));
}

void add_runs(std::string& out, const Leakage& l) {
  if (!l.inference) return;
  Table t;
  t.columns = {{"run"},
               {"bytes", true},
               {"verdict"},
               {"bits/byte", true},
               {"accept below", true},
               {"confidence", true},
               {"parity"},
               {"accepted", true}};
  for (std::size_t i = 0; i < l.inference->runs.size() && i < l.runs.size(); ++i) {
    const RunRecovery& r = l.inference->runs[i];
    t.rows.push_back({fmt::format("{}..{}", l.runs[i].begin, l.runs[i].end),
                      fmt::format("{}", l.runs[i].length()), std::string(to_string(r.verdict)),
                      fmt::format("{:.2f}", r.bits_per_byte), fmt::format("{:.2f}", r.accept_below),
                      fmt::format("{:.3f}", r.confidence), r.parity ? "holds" : "fails",
                      fmt::format("{}", r.accepted_bytes())});
  }
  out += as_text(t);
}

}  // namespace

std::string leakage_text(const std::vector<StreamLeakage>& results, const Options& options,
                         const Style& style) {
  std::string out;
  for (const StreamLeakage& stream : results) {
    out += style.bold(options.leakage.raw ? std::string("Leakage of a raw run")
                                          : fmt::format("Leakage  connection {} {}", stream.connection,
                                                        short_name(stream.direction))) +
           "\n";
    for (const Leakage& l : stream.observers) {
      out += heading(l) + "\n";
      out += row("seen", fmt::format("{} of {} bytes ({:.1f} %) in {} runs", l.seen_bytes, l.stream_bytes,
                                     percent(l.seen_bytes, l.stream_bytes), l.runs.size()));
      add_scheme(out, l);
      add_exact(out, l, style);
      add_head(out, l, style);
      add_inference(out, l, style);
      add_statistics(out, l);
      add_controls(out, l);
      if (options.verbose) add_runs(out, l);
      if (options.show_keys && l.inference)
        for (const KeyCandidate& key : l.inference->key)
          out += row("key candidate",
                     fmt::format("{:02x}  probability {:.3f}", fmt::join(key.bytes, ""), key.probability));
      out += "    " + verdict_sentence(l) + "\n";
    }
    for (const auto& d : stream.dragged) {
      out += fmt::format("  Crib '{}', observer {}, run {}:", printable(d.crib), d.observer, d.run);
      for (const CribPlace& place : d.places)
        out += fmt::format("  {} ({:.2f} bits/byte)", static_cast<std::int64_t>(place.position) - 64,
                           place.bits_per_byte);
      out += "\n";
    }
    if (!stream.matrix.empty()) {
      Table t;
      t.columns = {{"taps"}, {"seen", true}, {"exact without key", true}, {"exact with key", true}};
      for (const auto& m : stream.matrix)
        t.rows.push_back({m.taps, fmt::format("{}", m.seen), fmt::format("{}", m.exact_without_key),
                          fmt::format("{}", m.exact_with_key)});
      out += as_text(t);
      out += "Exact decoding only; what the attacks infer is measured per observer (--observe SET).\n";
    }
    out += "\n";
  }
  return out;
}

}  // namespace mps
