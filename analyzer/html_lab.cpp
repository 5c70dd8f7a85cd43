// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/html_lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analyzer/html_picture.h"
#include "analyzer/html_text.h"
#include "analyzer/lab_text.h"

namespace mps::html {
namespace {

Mark mark_of(lab::ByteState state) {
  switch (state) {
    case lab::ByteState::unseen:
      return Mark::unseen;
    case lab::ByteState::wire:
      return Mark::unknown;
    case lab::ByteState::exact:
      return Mark::exact;
    case lab::ByteState::inferred:
      return Mark::inferred;
    case lab::ByteState::guess:
      return Mark::guess;
  }
  return Mark::unseen;
}

std::string figure(const std::string& uri, const char* caption) {
  return uri.empty()
             ? ""
             : fmt::format("<div><h4>{}</h4><img alt=\"{}\" src=\"{}\"></div>", caption, caption, uri);
}

std::string pictures(const LabResult& result) {
  const auto place = find_bitmap(result.subject.plaintext);
  if (!place || place->pixels >= result.subject.plaintext.size()) return {};
  const auto cut = [&](const lab::Bytes& bytes) {
    const auto all = std::span(bytes);
    return all.subspan(place->pixels, std::min<std::uint64_t>(place->end, all.size()) - place->pixels);
  };
  const bool mixed = !std::ranges::all_of(result.report.paths, &lab::PathResult::trusted) &&
                     std::ranges::any_of(result.report.paths, &lab::PathResult::trusted);
  std::string out = fmt::format(
      "<h3>The same picture under each scheme</h3><p>As {} carry it, and as an analyst who knows the scheme "
      "makes it out. Grey checks: not on these paths.</p>\n",
      mixed ? "the untrusted paths" : "all paths together");
  for (const lab::SchemeResult& scheme : result.report.schemes) {
    const lab::ObserverResult* observer = lab::promised_observer(result.report, scheme);
    if (!observer || !observer->picture) continue;  // left out
    const lab::StreamPicture& picture = *observer->picture;
    std::vector<Mark> on_wire, read;
    for (std::uint64_t i = place->pixels; i < std::min<std::uint64_t>(place->end, picture.state.size());
         ++i) {
      const lab::ByteState state = picture.state[i];
      // A byte that no tapped path speaks about may still be guessed; on the wire there is nothing then.
      on_wire.push_back(state == lab::ByteState::unseen ? Mark::unseen : Mark::exact);
      read.push_back(mark_of(state));
    }
    out += fmt::format("<p class=\"label\">{}: {}</p><div class=\"pictures\">", escape(scheme.info.name),
                       escape(scheme.info.title));
    out += figure(picture_uri(*place, cut(picture.wire), on_wire), "On the wire");
    out += figure(picture_uri(*place, cut(picture.text), read), "Made out of it");
    out += "</div>\n";
  }
  return out;
}

}  // namespace

std::string lab_chapter(const LabResult& result) {
  const lab::LabReport& report = result.report;
  std::string out =
      fmt::format("<h2>The lab: {} under each scheme</h2>\n<p>{} bytes of plaintext, sent by {}.",
                  escape(result.subject.name), grouped(report.length), escape(report.schedule));
  out += report.models.empty()
             ? " No attack was run.</p>\n"
             : fmt::format(
                   " Attacks know the scheme and the language models {}; what they guess is "
                   "checked against the plaintext.</p>\n",
                   escape(report.models));
  if (report.cancelled)
    out += "<p class=\"warn\">Interrupted: attacks are not complete, and what comes after is missing.</p>\n";
  out +=
      "<table><thead><tr><th>Scheme</th><th class=n>expansion</th><th>Observer</th><th "
      "class=n>touched</th><th "
      "class=n>exact</th><th class=n>leaked</th><th class=n>recovered</th><th>rests "
      "on</th><th>attack</th></tr></thead>"
      "<tbody>\n";
  std::set<lab::Basis> used;
  for (const lab::SchemeResult& scheme : report.schemes) {
    if (scheme.not_possible) {
      out += fmt::format("<tr><td>{}</td><td colspan=8>left out: {}</td></tr>\n", escape(scheme.info.title),
                         escape(*scheme.not_possible));
      continue;
    }
    const lab::ObserverResult* promised = lab::promised_observer(report, scheme);
    bool first = true;
    for (const lab::ObserverResult& o : scheme.observers) {
      used.insert(o.basis);
      out += fmt::format(
          "<tr{}><td>{}</td><td class=n>{}</td><td>{}{}</td><td class=n>{}</td><td class=n>{}</td><td "
          "class=n>{}</td><td "
          "class=n>{}</td><td>{}</td><td>{}</td></tr>\n",
          &o == promised ? " class=main" : "", first ? escape(scheme.info.title) : "",
          first ? fmt::format("{:.3f}", scheme.expansion) : "", escape(o.name),
          o.sees_handshake ? ", keys" : "", lab_percent(o.covered, report.length),
          lab_percent(o.determined, report.length), lab_percent(o.covered_leak_bits, 8 * o.covered),
          lab_percent(o.recovered(), report.length), to_string(o.basis), escape(attack_words(o)));
      first = false;
    }
  }
  out +=
      "</tbody></table>\n<p class=\"note\">Touched, exact and recovered are shares of the stream; leaked is "
      "the share "
      "of the touched bytes&#39; bits that the tapped ones tell. ";
  for (const lab::Basis basis : used)
    out += fmt::format("<b>{}</b>: {}. ", to_string(basis), escape(explain(basis)));
  return out + "</p>\n" + pictures(result);
}

}  // namespace mps::html
