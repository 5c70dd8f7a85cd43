// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/html_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "analyzer/html_chart.h"
#include "analyzer/html_lab.h"
#include "analyzer/html_stream.h"
#include "analyzer/html_style.h"
#include "analyzer/whole_file.h"
#include "core/secrets/keys.h"
#include "mps_version.h"

namespace mps {
namespace {

using html::escape;
using html::grouped;
using html::percent_of;

constexpr std::size_t max_chapters = 24;

/// Streams with something to see, those seen most first; ties in the order of the capture.
std::vector<const StreamLeakage*> chapters(const std::vector<StreamLeakage>& streams) {
  std::vector<const StreamLeakage*> order;
  for (const StreamLeakage& stream : streams)
    if (!stream.observers.empty()) order.push_back(&stream);
  std::stable_sort(order.begin(), order.end(), [](const StreamLeakage* a, const StreamLeakage* b) {
    return a->observers[html::main_observer(*a)].seen_bytes >
           b->observers[html::main_observer(*b)].seen_bytes;
  });
  return order;
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string subject(const Options& options) {
  if (options.leakage.raw) return file_name(options.leakage.raw->path);
  if (options.live) return options.live->interface_name;
  std::string names;
  for (const auto& input : options.inputs) names += (names.empty() ? "" : ", ") + file_name(input.path);
  return names;
}

/// Why the main observer reads what it does.
std::string reason(const Leakage& l) {
  if (!html::hardened(l))
    return "<p class=\"formula\">S[i] &#8853; S[i&minus;1] = b[i] &#8853; b[i&minus;65]</p><p>Each byte on "
           "the wire is the XOR of the last 65 bytes of the stream, so neighbours on the wire differ by two "
           "original bytes alone. A run of any length is plaintext under a pad that repeats after 65 bytes: "
           "a cipher of the sixteenth century. Only 64 bytes stay open, however long the run.</p>";
  return fmt::format(
      "<p class=\"formula\">S[i] = b[i] &#8853; k[i]</p><p>Under {} the keystream k comes from both MPTCP "
      "keys{}. It does not repeat, so what the paper&#39;s scheme gives away is not there; the attack on "
      "that scheme runs as a control. This rests on assumptions: docs/hardened.md names them.</p>",
      name_of(l.scheme),
      l.scheme == Scheme::h1
          ? ": who saw the handshake has it, and nobody else"
          : " and all data before it: who missed a block lacks it from there on, even with "
            "the keys");
}

std::string boxes(const StreamLeakage& stream) {
  const Leakage& l = stream.observers[html::main_observer(stream)];
  std::string out =
      "<div class=\"boxes\">\n<div class=\"box claim\"><h3>The claim</h3><b class=\"big\">0 bytes</b>"
      "<p>A stream is scrambled and dispersed over several paths. Whoever lacks one of them observes no "
      "data, "
      "the paper says.</p></div>\n";
  std::string big = percent_of(html::recovered_bytes(l), l.seen_bytes);
  std::string how = "of the bytes it sees follow by exact decoding alone.";
  if (!l.scrambled) {
    how = "of the bytes it sees are read as they are: this stream is not scrambled.";
  } else if (l.inference) {
    const Inference& i = *l.inference;
    const RecoveryScore* checked = i.score && i.score->bytes ? &*i.score : nullptr;
    std::string accepted = "accepted as recovered (unverified)";
    if (checked && checked->accepted_bytes)
      accepted = fmt::format("accepted as recovered, {} of these right",
                             percent_of(checked->accepted_bytes_right, checked->accepted_bytes));
    else if (checked)
      accepted = "accepted as recovered";
    how = fmt::format(
        "of the {} bytes that the <b>{}</b> sees are {}, by an attack that knows {} scheme and a language, "
        "{}. "
        "Exact "
        "decoding determines {}.",
        grouped(l.seen_bytes), escape(html::observer_name(l)), accepted,
        html::hardened(l) ? "the paper&#39;s" : "the",
        l.has_key ? "beyond the key that it has" : "without any key", grouped(l.exact_seen()));
    if (checked && checked->guessed_bytes())
      how +=
          fmt::format(" Of {} bytes that are merely guessed {} are right.", grouped(checked->guessed_bytes()),
                      percent_of(checked->guessed_bytes_right(), checked->guessed_bytes()));
  }
  out += fmt::format(
      "<div class=\"box measured\"><h3>The measurement</h3><b class=\"big\">{}</b><p>{}</p></div>\n", big,
      how);
  return out + "<div class=\"box reason\"><h3>The reason</h3>" + reason(l) + "</div>\n</div>\n";
}

std::string overview(const std::vector<const StreamLeakage*>& order, bool raw) {
  if (order.size() < 2) return {};
  std::string out =
      "<table><thead><tr><th>Stream</th><th class=n>bytes</th><th>Observer</th><th class=n>sees</th><th "
      "class=n>exact</th>"
      "<th class=n>inferred</th><th class=n>right</th></tr></thead><tbody>";
  for (const StreamLeakage* stream : order) {
    const Leakage& l = stream->observers[html::main_observer(*stream)];
    const bool checked = l.inference && l.inference->score && l.inference->score->bytes;
    out += fmt::format(
        "<tr><td>{}</td><td class=n>{}</td><td>{}</td><td class=n>{}</td><td class=n>{}</td><td "
        "class=n>{}</td><td class=n>{}</td></tr>",
        raw ? "raw run" : html::stream_name(*stream), grouped(l.stream_bytes), escape(html::observer_name(l)),
        percent_of(l.seen_bytes, l.stream_bytes),
        l.exact ? percent_of(l.exact_seen(), l.seen_bytes) : "&ndash;",
        l.inference ? percent_of(l.inference->claim.bytes_accepted, l.inference->attacked_bytes) : "&ndash;",
        checked ? percent_of(l.inference->score->bytes_right, l.inference->score->bytes) : "&ndash;");
  }
  return out + "</tbody></table>\n";
}

std::string digest_of(const std::string& path) {
  constexpr const char* refused = "not a file that can be read again";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return refused;  // a pipe would be waited for
  std::ifstream file(path, std::ios::binary);
  if (!file) return refused;
  Sha256 sha;
  std::vector<char> buffer(1 << 16);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0)
    sha.update(std::span(reinterpret_cast<const std::uint8_t*>(buffer.data()),
                         static_cast<std::size_t>(file.gcount())));
  return sha.hex();
}

const char* name_of(AttackLevel level) {
  switch (level) {
    case AttackLevel::none:
      return "none";
    case AttackLevel::exact:
      return "exact";
    case AttackLevel::text:
      return "text";
  }
  return "";
}

std::string parameters(const HtmlInputs& inputs) {
  const Options& o = inputs.options;
  std::string rows;
  const auto row = [&](const std::string& name, const std::string& value) {
    rows += fmt::format("<tr><td>{}</td><td><code>{}</code></td></tr>", name, escape(value));
  };
  const auto file = [&](const char* what, const std::string& path) {
    row(fmt::format("{} {}", what, escape(file_name(path))), "sha256 " + digest_of(path));
  };
  row("program", "mpscramble-analyze " MPS_VERSION);
  for (const auto& input : o.inputs) file(inputs.lab.empty() ? "capture" : "input", input.path);
  for (const LabResult& result : inputs.lab) {
    row(escape(result.subject.name) + " sent by", result.report.schedule);
    if (!result.report.models.empty()) row("language models", result.report.models);
  }
  if (o.live) row("interface", o.live->interface_name);
  if (o.leakage.raw) {
    file("raw run", o.leakage.raw->path);
    row("its place in the stream",
        o.leakage.raw->offset ? fmt::format("{}", *o.leakage.raw->offset) : "not known");
  }
  for (const auto& [direction, path] : o.leakage.truths) file("truth", path);
  for (const auto& path : o.leakage.models) file("model", path);
  row("the paper&#39;s scheme",
      fmt::format("window 64, register from the {}",
                  o.session.initial_register.init == InitialRegister::key ? "key" : "HMAC"));
  row("attack", name_of(o.leakage.attack));
  for (const StreamLeakage& stream : inputs.streams)
    for (const Leakage& l : stream.observers)
      if (l.inference && rows.find("language models") == std::string::npos)
        row("language models",
            fmt::format("{}; {:.2f} bits per byte", l.inference->model, l.inference->model_bits_per_byte));
  row("attacked at most", fmt::format("{} MiB of a stream", o.leakage.attack_bytes >> 20));
  row("seed of the control&#39;s keystream", fmt::format("{}", o.leakage.seed));
  for (const std::string& crib : o.leakage.cribs) row("known plaintext", crib);
  for (const std::string& observer : o.leakage.observers) row("observer asked for", observer);
  return "<h2>To repeat this</h2><table><tbody>" + rows + "</tbody></table>\n";
}

}  // namespace

std::string html_page(const HtmlInputs& inputs) {
  const auto order = chapters(inputs.streams);
  const bool raw = inputs.session == nullptr;
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width, initial-scale=1\">\n";
  out += fmt::format("<title>What a tap learns: {}</title>\n<style>{}</style></head><body>\n",
                     escape(subject(inputs.options)), html::style_sheet);
  out += html::chart_patterns();
  out += fmt::format("<h1>What an eavesdropper on some paths learns</h1>\n<p class=\"sub\">{}</p>\n",
                     escape(subject(inputs.options)));
  if (inputs.session && inputs.session->interrupted)
    out += "<p class=\"warn\">Interrupted: this covers what was read so far.</p>\n";
  for (const LabResult& result : inputs.lab) out += html::lab_chapter(result);
  if (!inputs.lab.empty()) return out + parameters(inputs) + "</body></html>\n";
  if (order.empty()) {
    out += "<p>No byte of a Multipath TCP stream was found, so there is nothing to measure.</p>\n";
  } else {
    out += boxes(*order.front()) + overview(order, raw);
    for (std::size_t i = 0; i < order.size() && i < max_chapters; ++i) {
      const ConnectionReport* connection = nullptr;
      if (!raw)
        for (const ConnectionReport& c : inputs.session->connections)
          if (c.number == order[i]->connection) connection = &c;
      out += html::stream_chapter(*order[i], connection);
    }
    if (order.size() > max_chapters)
      out += fmt::format(
          "<p class=\"note\">{} further streams are left out; --connection and --direction choose.</p>\n",
          order.size() - max_chapters);
  }
  return out + parameters(inputs) + "</body></html>\n";
}

tl::expected<void, std::string> write_html_report(const HtmlInputs& inputs) {
  return write_whole(inputs.options.leakage.report_file, html_page(inputs));
}

}  // namespace mps
