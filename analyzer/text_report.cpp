// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/text_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/table.h"

namespace mps {
namespace {

constexpr std::size_t brief = 8;  ///< list items shown without -v

std::string count(std::uint64_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}
std::string bytes(std::uint64_t n) {
  return count(n, "byte", "bytes");
}
double percent(std::uint64_t part, std::uint64_t whole) {
  return whole ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string scrambling_text(const ConnectionReport& c, const Options& options) {
  const std::string by = is_hardened(c.scheme) ? fmt::format(" by {}", name_of(c.scheme)) : std::string();
  switch (c.scrambling) {
    case Scrambling::plain:
      return c.fallback ? "not scrambled (fell back to plain TCP)" : "not scrambled";
    case Scrambling::by_flag:
      return fmt::format("scrambled{} (flag bit {:#04x} in MP_CAPABLE)", by,
                         options.session.tracker.flags.of(c.announced.value_or(c.scheme)));
    case Scrambling::assumed:
      return fmt::format("taken as scrambled{} (--scrambled assume)", by);
    case Scrambling::by_key_log:
      return fmt::format("scrambled{} (its keys are in the key log)", by);
    case Scrambling::not_visible:
      return "scrambling not visible: the handshake is not in the capture";
  }
  return "";
}

std::string key_text(const ConnectionReport& c, const Options& options) {
  const auto one = [&](int side) -> std::string {
    if (!c.keys[side]) return "unknown";
    const std::string source =
        c.key_source[side] == KeySource::key_log ? "from the key log" : "from the handshake";
    return options.show_keys ? fmt::format("{} ({})", to_string(*c.keys[side]), source) : source;
  };
  if (one(0) == one(1)) return fmt::format("keys {}", one(0));
  return fmt::format("key of the initiator {}, of the listener {}", one(0), one(1));
}

std::string state_text(const StreamReport& s, const Style& style) {
  switch (s.state) {
    case StreamState::empty:
      return "no data";
    case StreamState::complete:
      return style.good(fmt::format("complete, {}, all recovered exactly", bytes(s.captured)));
    case StreamState::open_end:
      return style.good(fmt::format("{} without a gap, all recovered exactly", bytes(s.captured))) +
             " (its end is not in the capture)";
    case StreamState::partial:
      return style.warn(fmt::format("{} of {} captured bytes recovered exactly ({:.1f} %)", s.recovered,
                                    s.captured, percent(s.recovered, s.captured)));
    case StreamState::nothing:
      return style.bad(s.captured == 0 ? fmt::format("nothing captured of {}", bytes(s.length.value_or(0)))
                                       : fmt::format("0 of {} captured bytes recovered exactly", s.captured));
  }
  return "";
}

void add_gaps(std::string& out, const StreamReport& s, const Options& options) {
  if (s.gap_count == 0) return;
  out += fmt::format("      missing {} in {}:\n", bytes(s.gap_bytes), count(s.gap_count, "gap", "gaps"));
  const std::size_t shown = options.verbose ? s.gaps.size() : std::min(brief, s.gaps.size());
  for (std::size_t i = 0; i < shown; ++i)
    for (const GapReason& reason : s.gaps[i].reasons)
      out += fmt::format("        {:<23} {:>9} {}  DSN {}  {}\n", to_string(reason.range),
                         reason.range.size(), reason.range.size() == 1 ? "byte " : "bytes",
                         s.gaps[i].dsn + (reason.range.from - s.gaps[i].range.from), to_text(reason));
  if (shown < s.gap_count)
    out += fmt::format("        and {} more{}\n", s.gap_count - shown,
                       options.verbose ? "" : " (-v lists them)");
}

std::string key_log_hint(const ConnectionReport& c) {
  if (!c.orphan_token) return {};
  return fmt::format(" Token {:08x} names the connection; its keys may be in a\n      key log (--keys).",
                     *c.orphan_token);
}

/// add_reason() for a hardened scheme.
void add_hardened_reason(std::string& out, const ConnectionReport& c) {
  if (!c.keys[0] || !c.keys[1]) {
    out += fmt::format(
        "      Not decoded: {} takes the keys of both sides, and they are not in this capture (--keys).\n",
        name_of(c.scheme));
    if (c.orphan_token) out += "     " + key_log_hint(c) + "\n";
  } else if (c.scheme == Scheme::h2) {
    out +=
        "      The keystream of a block takes every byte before it: behind the block with the first missing "
        "byte\n"
        "      nothing can be decoded.\n";
  }
  out += "      What that is worth rests on assumptions: docs/hardened.md names them.\n";
}

/// Why bytes that were captured could not be decoded.
void add_reason(std::string& out, const ConnectionReport& c, const StreamReport& s) {
  if (s.state != StreamState::partial && s.state != StreamState::nothing) return;
  if (s.captured == s.recovered || c.scrambling == Scrambling::plain) return;
  if (c.scrambling != Scrambling::not_visible && is_hardened(c.scheme)) return add_hardened_reason(out, c);
  const bool key = c.keys[index(s.direction)].has_value();
  if (!s.start_known) {
    out +=
        "      Not decoded: neither the handshake (MP_CAPABLE) nor the 64 bytes before any captured run are "
        "in this\n"
        "      capture, so exact decoding determines nothing." +
        key_log_hint(c) + "\n";
  } else if (!key) {
    out +=
        "      The sender's key is not known (--keys): what is recovered follows from the captured bytes "
        "alone.\n";
  } else {
    const bool wide =
        std::any_of(s.gaps.begin(), s.gaps.end(), [](const auto& g) { return g.range.size() >= 64; });
    if (wide)
      out +=
          "      A byte is decoded with the 64 before it: behind a gap of 64 bytes or more exact decoding "
          "determines\n"
          "      nothing.\n";
  }
  out +=
      "      That is not secrecy: exact decoding assumes nothing about the content, a cryptanalyst does.\n";
}

void add_stream(std::string& out, const ConnectionReport& c, const StreamReport& s, const Options& options,
                const Style& style) {
  const char* name =
      s.direction == Direction::initiator_to_listener ? "initiator to listener" : "listener to initiator";
  out += fmt::format("  {} {}: {}\n", short_name(s.direction), name, state_text(s, style));
  if (s.length && s.state != StreamState::complete && s.state != StreamState::empty)
    out += fmt::format("      stream of {} (by DATA_FIN), {} captured\n", bytes(*s.length), s.captured);
  if (s.sha256)
    out += fmt::format("      sha256 {}\n", *s.sha256);
  else if (s.hash_skipped && (s.state == StreamState::complete || s.state == StreamState::open_end))
    out += "      sha256 not computed: longer than --hash-limit\n";
  if (c.scrambling != Scrambling::plain && s.key_order && !options.session.initial_register.order)
    out += fmt::format("      key order found: {}\n", *s.key_order == KeyOrder::wire ? "wire" : "host");
  const auto& n = s.counters;
  if (n.retransmitted + n.reinjected + n.differing > 0) {
    out += fmt::format("      repeated: {} retransmitted, {} reinjected", n.retransmitted, n.reinjected);
    if (n.differing)
      out += style.bad(fmt::format(", {} with other content (the first copy counts)", n.differing));
    if (n.not_compared && options.verbose) out += fmt::format(", {} not compared", n.not_compared);
    out += "\n";
  }
  if (n.dropped_by_limit)
    out += style.bad(fmt::format(
        "      {} not kept: stopped buffering after {} MiB (--held-memory), the stream is incomplete\n",
        bytes(n.dropped_by_limit), options.session.tracker.max_copied_bytes >> 20));
  add_gaps(out, s, options);
  if (options.verbose && s.state == StreamState::partial) {
    out += "      recovered:";
    for (const StreamRange& range : s.recovered_ranges) out += " " + to_string(range);
    out += s.recovered_ranges_cut ? " ...\n" : "\n";
  }
  add_reason(out, c, s);
}

void add_subflows(std::string& out, const ConnectionReport& c, const Options& options, const Style& style) {
  Table t;
  t.columns = {{"subflow"},     {"endpoints"},       {"path"},        {"trust"}, {"c2s bytes", true},
               {"share", true}, {"s2c bytes", true}, {"share", true}, {"notes"}};
  for (const auto& f : c.subflows) {
    if (!selected(options, f)) continue;
    std::string notes;
    const auto note = [&](const std::string& text) { notes += (notes.empty() ? "" : ", ") + text; };
    if (f.opened_by_listener) note("opened by the listener");
    if (f.backup) note("backup");
    if (!f.syn_seen) note("SYN not captured");
    if (f.opener_hmac == Subflow::Hmac::wrong || f.accepter_hmac == Subflow::Hmac::wrong)
      note("HMAC wrong");
    else if (f.opener_hmac == Subflow::Hmac::right || f.accepter_hmac == Subflow::Hmac::right)
      note("HMAC right");
    const std::uint64_t right = f.share[0].checksums_right + f.share[1].checksums_right;
    const std::uint64_t wrong = f.share[0].checksums_wrong + f.share[1].checksums_wrong;
    if (right + wrong)
      note(fmt::format("DSS {} {} right{}", options.session.tracker.tags ? "tags" : "checksums", right,
                       wrong ? fmt::format(", {} WRONG", wrong) : ""));
    if (const auto cut = f.share[0].cut_bytes + f.share[1].cut_bytes)
      note(fmt::format("{} cut by the snaplen", bytes(cut)));
    if (f.reset) note("reset");
    t.rows.push_back({fmt::format("{} {}", f.index, f.initial ? "initial" : "join"),
                      fmt::format("{} > {}", to_string(f.initiator), to_string(f.listener)),
                      printable(f.path_name), to_string(f.trust), fmt::format("{}", f.share[0].first_bytes),
                      fmt::format("{:.1f} %", percent(f.share[0].first_bytes, c.streams[0].captured)),
                      fmt::format("{}", f.share[1].first_bytes),
                      fmt::format("{:.1f} %", percent(f.share[1].first_bytes, c.streams[1].captured)),
                      notes});
  }
  const std::string text = as_text(t);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    out += "  " + (begin == 0 ? style.bold(line) : line) + "\n";
    begin = end + 1;
  }
}

void add_anomalies(std::string& out, const SessionReport& report, const Options& options,
                   const Style& style) {
  bool heading = false;
  for (std::size_t k = 0; k < anomaly_kinds; ++k) {
    const auto kind = static_cast<AnomalyKind>(k);
    const std::uint64_t n = report.anomalies.count(kind);
    if (n == 0 || (!is_damage(kind) && !options.verbose)) continue;
    if (!heading) out += style.bold("Anomalies") + " (-z anomalies lists them)\n";
    heading = true;
    std::string frames;
    std::size_t listed = 0;
    for (const Anomaly& a : report.anomalies.list())
      if (a.kind == kind && a.frame && listed++ < 5)
        frames += fmt::format("{}{}", frames.empty() ? "" : ", ", a.frame);
    out +=
        fmt::format("  {:>6} x {}{}\n", n, explanation(kind),
                    frames.empty() ? "" : fmt::format(" (packet {}{})", frames, listed > 5 ? ", ..." : ""));
  }
  if (heading) out += "\n";
}

}  // namespace

tl::expected<void, std::string> write_text_report(const SessionReport& report, const Options& options,
                                                  const Style& style, const ReportWriter& write) {
  constexpr std::size_t piece = 64 * 1024;
  std::string out;
  if (report.interrupted) out += style.warn("Interrupted: this covers what was read so far.") + "\n";
  out += fmt::format("{}, {}, {}", count(report.paths.size(), "tap", "taps"),
                     count(report.source.packets, "packet", "packets"),
                     count(report.mptcp_segments, "MPTCP segment", "MPTCP segments"));
  if (report.source.duplicates)
    out += fmt::format(", {} captured at more than one tap", report.source.duplicates);
  out += "\n";
  const auto unread = [&](DissectStatus status, const char* what) {
    if (const auto n = report.dissect[static_cast<std::size_t>(status)])
      out += style.warn(fmt::format("{} {}\n", count(n, "packet", "packets"), what));
  };
  unread(DissectStatus::fragment, "not used: IP fragments");
  unread(DissectStatus::truncated, "not used: cut inside the headers");
  unread(DissectStatus::malformed, "not used: malformed headers");
  unread(DissectStatus::unsupported_link, "not used: link type without a parser");
  if (report.refused_connections)
    out += style.bad(fmt::format(
        "connections or subflows not tracked, met {}: too many (--max-connections, --max-subflows)\n",
        count(report.refused_connections, "time", "times")));
  out += "\n";
  for (const auto& c : report.connections) {
    if (!selected(options, c)) continue;
    out += style.bold(fmt::format("Connection {}", c.number));
    out +=
        fmt::format("  {}, {}, {}\n", c.version ? fmt::format("MPTCP v{}", *c.version) : std::string("MPTCP"),
                    scrambling_text(c, options), key_text(c, options));
    add_subflows(out, c, options, style);
    for (const auto& s : c.streams)
      if (selected(options, s.direction)) add_stream(out, c, s, options, style);
    out += "\n";
    if (out.size() < piece) continue;
    if (auto written = write(out); !written) return written;
    out.clear();
  }
  add_anomalies(out, report, options, style);
  if (report.connections.empty()) out += "No MPTCP connection found.\n";
  return write(out);
}

}  // namespace mps
