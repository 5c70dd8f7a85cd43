// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/html_stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/html_chart.h"
#include "analyzer/html_reading.h"
#include "analyzer/table.h"
#include "core/leak/pad_problem.h"

namespace mps::html {
namespace {

constexpr std::uint64_t excerpt_bytes = 504;
constexpr std::size_t max_pieces = 20000;

std::string short_percent(std::uint64_t part, std::uint64_t whole) {
  return whole ? fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole))
               : "-";
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string figure(const std::string& chart, const std::string& caption) {
  return "<figure>" + chart + "<figcaption>" + caption + "</figcaption></figure>\n";
}

std::string numbers(const char* title, const std::string& list) {
  return fmt::format("<details><summary>{}</summary><pre>{}</pre></details>\n", title, list);
}

/// Seen, exact, inferred and unknown pieces of one observer, in stream order.
Lane observer_lane(const Leakage& l) {
  Lane lane;
  lane.label = observer_name(l);
  const auto add = [&](const Intervals& where, const char* css) {
    for (const Interval& i : where)
      if (lane.pieces.size() < max_pieces) lane.pieces.push_back({i, css});
  };
  Intervals exact;
  if (!l.scrambled)
    exact = l.runs;
  else if (l.exact)
    exact = l.exact->determined.ranges(max_pieces);
  Intervals inferred;  // of a run accepted in part, as long a piece as bytes of it are accepted
  if (l.inference)
    for (std::size_t k = 0; k < l.inference->runs.size() && k < l.runs.size(); ++k)
      if (const std::uint64_t bytes = l.inference->runs[k].accepted_bytes())
        inferred.push_back({l.runs[k].begin, l.runs[k].begin + bytes});
  const Interval all{0, l.stream_bytes};
  const Intervals not_exact = complement(normalised(exact), all);
  inferred = normalised(inferred);
  add(exact, "exact");
  add(intersection(inferred, not_exact), "inferred");
  add(intersection(intersection(l.runs, complement(inferred, all)), not_exact), "unknown");
  std::sort(lane.pieces.begin(), lane.pieces.end(),
            [](const Lane::Piece& a, const Lane::Piece& b) { return a.where.begin < b.where.begin; });
  lane.note = short_percent(recovered_bytes(l), l.stream_bytes) + " read";
  return lane;
}

std::string lanes(const StreamLeakage& s, const ConnectionReport* connection) {
  const std::uint64_t length = s.observers.empty() ? 0 : s.observers.front().stream_bytes;
  std::vector<Lane> all;
  const std::size_t subflows = connection ? connection->subflows.size() : 1;
  for (std::size_t n = 0; n < subflows && n < 16; ++n) {
    Lane lane;
    std::string css = "carried";
    lane.label = connection ? fmt::format("subflow {}", n) : "the run";
    if (connection) {
      const SubflowReport& subflow = connection->subflows[n];
      if (!subflow.path_name.empty()) lane.label += " " + subflow.path_name;
      if (subflow.trust != Trust::unknown) css += std::string(" ") + to_string(subflow.trust);
      if (subflow.trust != Trust::unknown) lane.note = to_string(subflow.trust);
    }
    for (const MaskInterval& piece : s.coverage)
      if (piece.mask & mask_of(static_cast<std::uint16_t>(n))) lane.pieces.push_back({piece.where, css});
    all.push_back(std::move(lane));
  }
  for (const Leakage& l : s.observers) all.push_back(observer_lane(l));
  std::string description = fmt::format("Stream of {} bytes.", length);
  for (const Leakage& l : s.observers)
    description += fmt::format(" {}: sees {} bytes, exact {}, inferred {}.", observer_name(l), l.seen_bytes,
                               l.exact_seen(), inferred_bytes(l));
  return figure(
      lane_chart(all, length, {"Where the stream went, and what each observer reads of it", description}),
      "Upper lanes: which path carried which bytes (black: untrusted). Lower lanes: what each "
      "observer reads of what it tapped. Empty: never seen by it.");
}

std::string key() {
  const auto swatch = [](const char* css, const char* words) {
    return fmt::format(
        "<span><svg viewBox=\"0 0 20 12\" aria-hidden=\"true\"><rect width=\"20\" height=\"12\" "
        "class=\"{}\"/></svg>{}</span>",
        css, words);
  };
  return "<div class=\"key\">" + swatch("exact", "exact: follows by algebra, without any guess") +
         swatch("inferred", "inferred by a cryptanalyst") + swatch("unknown", "seen, not recovered") +
         swatch("lane", "not seen") + "</div>\n";
}

std::string observers_table(const StreamLeakage& s, std::size_t main) {
  std::string out =
      "<table><thead><tr><th>Observer</th><th>knows</th><th class=n>sees</th><th>reads</th><th "
      "class=n>exact</th>"
      "<th class=n>accepted</th><th class=n>of these right,<br>by the truth</th><th class=n>merely "
      "guessed:<br>right, by "
      "the truth</th><th class=n>runs "
      "accepted</th></tr></thead><tbody>";
  for (std::size_t i = 0; i < s.observers.size(); ++i) {
    const Leakage& l = s.observers[i];
    const double seen = std::max<double>(1, static_cast<double>(l.seen_bytes));
    const double exact = static_cast<double>(l.exact_seen()) / seen;
    const double inferred = std::min(1 - exact, static_cast<double>(inferred_bytes(l)) / seen);
    out += fmt::format(
        "<tr{}><td>{}</td><td>{}</td><td class=n>{}</td><td>{}</td><td class=n>{}</td><td class=n>{}</td><td "
        "class=n>{}</td><td class=n>{}</td><td class=n>{}</td></tr>",
        i == main ? " class=main" : "", escape(observer_name(l)),
        l.has_key          ? "the key"
        : l.sees_handshake ? "the handshake"
                           : "no key",
        grouped(l.seen_bytes), stacked_bar(exact, inferred, l.seen_bytes ? 1 - exact - inferred : 0),
        l.exact ? percent_of(l.exact_seen(), l.seen_bytes) : "&ndash;",
        l.inference ? percent_of(l.inference->claim.bytes_accepted, l.inference->attacked_bytes) : "&ndash;",
        l.inference && l.inference->score && l.inference->score->accepted_bytes
            ? percent_of(l.inference->score->accepted_bytes_right, l.inference->score->accepted_bytes)
            : "&ndash;",
        l.inference && l.inference->score && l.inference->score->guessed_bytes()
            ? fmt::format(
                  "{} of {}",
                  percent_of(l.inference->score->guessed_bytes_right(), l.inference->score->guessed_bytes()),
                  grouped(l.inference->score->guessed_bytes()))
            : "&ndash;",
        l.inference ? fmt::format("{} of {}", l.inference->claim.runs_accepted, l.inference->claim.runs)
                    : "&ndash;");
  }
  return out +
         "</tbody></table><p class=\"note\">&ldquo;Exact&rdquo; is a share of the seen bytes, "
         "&ldquo;accepted&rdquo; "
         "of the attacked ones; exact, accepted and merely guessed bytes are never added up. By chance "
         "0.4&nbsp;% would be "
         "right. An "
         "observer who decodes everything exactly is not attacked.</p>\n";
}

std::string matrix_table(const StreamLeakage& s) {
  if (s.matrix.empty()) return {};
  const std::uint64_t length = s.observers.empty() ? 0 : s.observers.front().stream_bytes;
  std::string out =
      "<h3>Every subset of the paths</h3><table><thead><tr><th>Subflows tapped</th><th "
      "class=n>seen</th><th>exact, without the key</th>"
      "<th>exact, with the key</th><th>a cryptanalyst, as measured</th></tr></thead><tbody>";
  const auto with_bar = [&](std::uint64_t part, Mark mark) {
    return share_bar(ratio(part, length), mark) + percent_of(part, length);
  };
  for (const auto& row : s.matrix) {
    const auto measured = std::find_if(s.observers.begin(), s.observers.end(), [&](const Leakage& l) {
      return l.tapped == row.tapped && l.inference;
    });
    out +=
        fmt::format("<tr><td>{}</td><td class=n>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                    escape(row.taps), percent_of(row.seen, length),
                    with_bar(row.exact_without_key, Mark::exact), with_bar(row.exact_with_key, Mark::exact),
                    measured != s.observers.end() ? with_bar(recovered_bytes(*measured), Mark::inferred)
                                                  : std::string("not measured"));
  }
  return out + "</tbody></table><p class=\"note\">Shares of the whole stream." +
         (s.observers.empty() || hardened(s.observers.front())
              ? ""
              : " Exact decoding is all or nothing: 64 unseen bytes early in the stream close everything "
                "behind them.") +
         "</p>\n";
}

std::string curve(const StreamLeakage& s) {
  std::vector<CurvePoint> points{{0, 0, "", Mark::exact}};
  std::string description = "The claim: nothing is recovered until everything is seen.";
  for (const Leakage& l : s.observers) {
    const double seen = ratio(l.seen_bytes, l.stream_bytes), exact = ratio(l.exact_seen(), l.stream_bytes);
    points.push_back({seen, exact, l.inference ? "" : observer_name(l), Mark::exact});
    if (l.inference)
      points.push_back({seen, ratio(recovered_bytes(l), l.stream_bytes), observer_name(l), Mark::inferred});
    description += fmt::format(" {} sees {}: exact {}, with inference {}.", observer_name(l),
                               short_percent(l.seen_bytes, l.stream_bytes),
                               short_percent(l.exact_seen(), l.stream_bytes),
                               short_percent(recovered_bytes(l), l.stream_bytes));
  }
  return "<h3>Recovered against observed</h3>" +
         figure(curve_chart(points, {"Recovered against observed", description}),
                s.truth_known
                    ? "Orange squares: bytes that the attack got right, checked against the truth. Blue "
                      "dots: exact "
                      "decoding. A square on the dashed line reads all that its observer sees, as if nothing "
                      "were scrambled."
                    : "Orange squares: bytes that the attack accepts, unverified. Blue dots: exact decoding. "
                      "A square on the "
                      "dashed line reads all that its observer sees, as if nothing were scrambled.");
}

std::string statistics(const Leakage& l) {
  if (l.seen_bytes == 0) return {};
  std::string counts, rates;
  for (std::size_t i = 0; i < l.randomness.histogram.size(); ++i)
    counts += fmt::format("{:02x}:{} ", i, l.randomness.histogram[i]);
  const auto& spectrum = l.sign.spectrum;
  for (std::size_t lag = 1; lag <= max_lag; ++lag)
    rates += fmt::format("{}:{:.4f} ", lag, spectrum.rate[lag]);
  std::span<const std::uint64_t> control;
  if (l.controls) control = l.controls->prf_randomness.histogram;
  std::string out = "<h3>What mere counting shows</h3>";
  out += figure(
      histogram_chart(l.randomness.histogram, control,
                      {"Histogram of the bytes on the wire",
                       fmt::format("Entropy {:.2f} bits per byte; random bytes of this number have {:.2f}.",
                                   l.randomness.entropy, l.randomness.entropy_expected)}),
      fmt::format("How often each value crosses the tapped path: entropy {:.2f} bits a byte, where random "
                  "bytes of this number "
                  "have {:.2f}; top bit set in {:.1f}&nbsp;%{}. Dashed: what chance gives.{}",
                  l.randomness.entropy, l.randomness.entropy_expected, 100 * l.randomness.top_bit_share,
                  l.randomness.top_bit_share < 0.001
                      ? ", never: the content is ASCII text, and the XOR keeps that"
                      : "",
                  l.controls ? " Green: the same bytes under a real keystream (control)." : ""));
  out += numbers("The 256 counts", counts);
  out += figure(spectrum_chart(std::span(spectrum.rate).first(max_lag + 1), pad_columns, 1.0 / 256,
                               {"Lag spectrum of the first difference",
                                fmt::format("Share of equal pairs; at lag 65 it is {:.2f} %, the median of "
                                            "all lags is {:.2f} %, chance is 0.39 %.",
                                            100 * spectrum.rate[pad_columns], 100 * spectrum.median_rate)}),
                fmt::format("How often S[i]&#8853;S[i&minus;1] equals the same difference some bytes "
                            "earlier. {} Dashed: 1/256, what "
                            "chance gives.",
                            l.sign.detected ? fmt::format("Lag 65 stands out (false alarm {:.0e}): the "
                                                          "window betrays itself, no handshake is needed to "
                                                          "detect scrambling.",
                                                          l.sign.false_alarm)
                            : l.inference && l.inference->claim.bytes_accepted
                                ? std::string("Here lag 65 does not stand out against the content&#39;s own "
                                              "lines or records; that the attack "
                                              "accepts its result is the second sign, and the stronger one.")
                                : std::string("Here lag 65 does not stand out. That proves nothing.")));
  return out + numbers("The 130 rates", rates);
}

std::string metric(const char* id, const char* what, const std::string& value, const char* limit) {
  return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", id, what, value, limit);
}

std::string metrics(const Leakage& l) {
  std::string rows;
  if (l.exact) {
    const ExactResult& e = *l.exact;
    rows +=
        metric("M1", "bytes determined",
               fmt::format("{} of {} seen, {} not seen", grouped(e.determined_seen_count),
                           grouped(l.seen_bytes), grouped(e.determined.count() - e.determined_seen_count)),
               hardened(l) ? "exact, as long as nobody breaks the scheme"
                           : "exact; assumes nothing about the content");
    if (e.targets.size() == 3)
      rows += metric("M2", "leaked about the seen bytes",
                     fmt::format("{} of {} bits ({}); {} bits stay open", grouped(e.targets[0].leak_bits()),
                                 grouped(e.targets[0].prior_bits),
                                 percent_of(e.targets[0].leak_bits(), e.targets[0].prior_bits),
                                 grouped(e.targets[0].equivocation_bits)),
                     "exact if every plaintext were equally likely; real plaintext is not, so more leaks");
    std::uint64_t open = 0;
    for (const RunSummary& run : e.runs) open += run.bytes_to_open;
    if (!hardened(l))
      rows += metric("M3", "right bytes that open every run",
                     fmt::format("{} for {} runs", grouped(open), e.runs.size()), "exact; at most 64 a run");
    if (e.checks_passed + e.checks_failed)
      rows += metric("", "consistency checks",
                     fmt::format("{} passed, {} failed", grouped(e.checks_passed), grouped(e.checks_failed)),
                     "a wrong known byte fails each with probability 255/256");
  }
  if (l.inference) {
    const Inference& i = *l.inference;
    if (!hardened(l))
      rows += metric("M4", "runs with only one fitting text",
                     fmt::format("{} of {}, longer than {:.0f} bytes", i.unicity_runs, i.claim.runs,
                                 unicity_margin(1, i.model_bits_per_byte).length),
                     "a bound from the model&#39;s entropy, not an attack");
    std::string found =
        fmt::format("{} of {} bytes accepted, {} merely guessed", grouped(i.claim.bytes_accepted),
                    grouped(i.attacked_bytes), grouped(i.claim.bytes - i.claim.bytes_accepted));
    if (i.score && i.score->bytes)
      found += fmt::format(
          "; right by the truth: {} of the accepted, {} of the guessed; {} of {} runs at 99&nbsp;% or more "
          "(Wilson 95&nbsp;%: "
          "{:.0f}&ndash;{:.0f}&nbsp;%)",
          percent_of(i.score->accepted_bytes_right, i.score->accepted_bytes),
          percent_of(i.score->guessed_bytes_right(), i.score->guessed_bytes()), i.score->opened.hits,
          i.score->opened.trials, 100 * i.score->opened.low, 100 * i.score->opened.high);
    else
      found += "; unverified, as no truth is known";
    rows += metric("M5", "recovered by the attack", found,
                   hardened(l) ? "a control: this attack is for the paper&#39;s scheme, and must find chance"
                               : "of this attack and model; others may do better");
    if (i.score && i.score->before_bytes)
      rows += metric(
          "", "unseen bytes before the runs",
          fmt::format("{} of {} right", grouped(i.score->before_right), grouped(i.score->before_bytes)),
          "the 64 bytes that only the other path carried");
  }
  rows +=
      metric("M6", "neighbours equal on the wire",
             fmt::format("{:.2f}&nbsp;%, z = {:.1f}", 100 * l.sign.difference.zero_rate, l.sign.difference.z),
             l.sign.difference.enough ? "chance is 0.39&nbsp;%; finding nothing proves nothing"
                                      : "too few bytes to tell");
  if (l.zero_work)
    rows += metric("M7", "plaintext as it stands on the wire",
                   fmt::format("{:.1f}&nbsp;% ({:.1f}&ndash;{:.1f}&nbsp;%)", 100 * l.zero_work->equal_rate,
                               100 * l.zero_work->equal_low, 100 * l.zero_work->equal_high),
                   "needs the truth; chance is 0.4&nbsp;%");
  rows += metric(
      "M8", "does it look random?",
      fmt::format("entropy {:.2f} of {:.2f} bits; chi&sup2; p {}; serial correlation {:.2f}",
                  l.randomness.entropy, l.randomness.entropy_expected,
                  l.randomness.chi_square_valid ? fmt::format("{:.2g}", l.randomness.chi_square_p) : "n/a",
                  l.randomness.serial_correlation),
      "failing is informative, passing is not");
  if (l.controls) {
    const Controls& c = *l.controls;
    std::string text = fmt::format("{} of {} runs accepted", c.prf_accepted, c.prf_runs);
    if (c.prf_right) text += fmt::format(", {:.2f}&nbsp;% of the bytes right", 100 * *c.prf_right);
    rows += metric("control", "the same bytes under an AES-256-CTR keystream",
                   text + fmt::format(", z = {:.1f}", c.prf_difference.z),
                   "must be chance, or the attack fools itself");
    if (c.gzip_bytes)
      rows += metric("control", "the content compressed, then scrambled",
                     c.gzip_accepted ? "accepted" : "not recovered by the attacks in this build",
                     "content without redundancy gives a language model nothing to hold on to");
  }
  return "<h3>Measured, and how far each number "
         "reaches</h3><table><thead><tr><th>#</th><th>What</th><th>Result</th><th>Limit</th></tr></"
         "thead><tbody>" +
         rows + "</tbody></table>\n";
}

std::string head(const Leakage& l) {
  if (!l.head || !l.head->any()) return {};
  std::string out = fmt::format(
      "<p class=\"warn\"><b>The head of the stream crossed a tapped path:</b> {} of its bytes 0..64. Without "
      "any key {} bytes of the stream are "
      "determined.",
      total_length(l.head->exposed), grouped(l.head->without_key.count()));
  if (l.head->key_bytes_bound)
    out += fmt::format(
        " The sender&#39;s MPTCP key is exposed: {} of its bytes follow from the first bytes of the stream.",
        l.head->key_bytes_bound);
  if (l.inference && !l.inference->key.empty())
    out += fmt::format(" The attack recovered the key from the content alone, probability {:.2f}.",
                       l.inference->key.front().probability);
  return out + "</p>\n";
}

}  // namespace

std::size_t main_observer(const StreamLeakage& stream) {
  for (std::size_t i = 0; i < stream.observers.size(); ++i) {
    const Leakage& l = stream.observers[i];
    if (l.seen_bytes > 0 && l.seen_bytes < l.stream_bytes) return i;
  }
  return 0;
}

bool hardened(const Leakage& leakage) {
  return leakage.scrambled && is_hardened(leakage.scheme);
}

std::string observer_name(const Leakage& leakage) {
  const std::string& name = leakage.observer;
  if (name == "untrusted" || name == "trusted" || name == "all") return "tap on " + name + " paths";
  const bool numbers_only = name.find_first_not_of("0123456789+") == std::string::npos;
  return numbers_only ? "tap on subflow " + name : name == "raw" ? "raw run" : name;
}

std::string stream_name(const StreamLeakage& stream) {
  return fmt::format(
      "Connection {}, {}", stream.connection,
      stream.direction == Direction::initiator_to_listener ? "client to server" : "server to client");
}

std::uint64_t recovered_bytes(const Leakage& l) {
  if (!l.scrambled) return l.seen_bytes;
  if (!l.inference) return l.exact_seen();
  return std::max<std::uint64_t>(l.exact_seen(), l.inference->claim.bytes_accepted);
}

std::uint64_t inferred_bytes(const Leakage& l) {
  if (!l.inference || !l.scrambled) return 0;
  const std::uint64_t accepted = l.inference->claim.bytes_accepted;
  return accepted > l.exact_seen() ? accepted - l.exact_seen() : 0;
}

std::string stream_chapter(const StreamLeakage& s, const ConnectionReport* connection) {
  if (s.observers.empty()) return {};
  const std::size_t main = main_observer(s);
  const Leakage& l = s.observers[main];
  std::string out = fmt::format("<h2>{}</h2>\n<p class=\"sub\">{} bytes{}</p>\n",
                                connection ? stream_name(s) : "Raw run", grouped(l.stream_bytes),
                                s.truth_known ? ", original known: every guess below is checked"
                                              : ", original not known: guesses are unverified");
  out += fmt::format("<p><b>{}:</b> {}</p>\n", escape(observer_name(l)), escape(verdict_sentence(l)));
  out += head(l) + lanes(s, connection) + key() + observers_table(s, main);
  if (l.seen_bytes == 0) return out;
  if (s.bytes.size() == s.observers.size()) {
    const std::string picture = picture_html(s, main);
    if (!picture.empty())
      out += fmt::format("<h3>The picture, as the {} has it</h3>\n", escape(observer_name(l))) + picture;
    const Interval excerpt = excerpt_of(s, main, excerpt_bytes);
    if (!excerpt.empty())
      out +=
          fmt::format(
              "<h3>What the {} reads</h3>\n<p class=\"note\">Stream bytes {} to {}, the beginning of its "
              "longest "
              "run{}. "
              "&#9617; stands for a byte that is not there, &middot; for one that is no letter.{}</p>\n",
              escape(observer_name(l)), grouped(excerpt.begin), grouped(excerpt.end),
              l.runs.front().begin > 0
                  ? ", with the 64 bytes before it that it never saw (underlined where they were recovered)"
                  : "",
              s.truth_known ? " White on red: wrongly recovered." : "") +
          excerpt_html(reading_of(s, main, excerpt));
  }
  out += matrix_table(s);
  if (s.observers.size() > 1 || connection) out += curve(s);
  return out + statistics(l) + metrics(l);
}

}  // namespace mps::html
