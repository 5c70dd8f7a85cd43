// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/export/report.h"

#include <QPdfWriter>
#include <QSaveFile>
#include <QTextDocument>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "gui/view/theme.h"

namespace mps::gui {
namespace {

using Json = nlohmann::ordered_json;

/// 64-bit numbers as strings: readers that keep them in a double would round them.
std::string number(std::uint64_t value) {
  return std::to_string(value);
}

Json ranges(const IntervalIndex& index) {
  Json list = Json::array();
  for (const Interval& interval : index.intervals())
    list.push_back({number(interval.begin), number(interval.end)});
  return list;
}

Json inference_json(const Observation& observation) {
  const Inference& inference = *observation.leakage.inference;
  Json out;
  out["model"] = inference.model;
  out["model_bits_per_byte"] = inference.model_bits_per_byte;
  out["seed"] = number(observation.settings.seed);
  out["attacked_bytes"] = number(inference.attacked_bytes);
  out["complete"] = inference.all_attacked;
  out["runs"] = inference.runs.size();
  out["runs_accepted"] = inference.claim.runs_accepted;
  out["inferred_seen_bytes"] = number(observation.inferred_bytes());
  out["inferred_bytes"] = number(observation.recovered->inferred().total());
  if (observation.truth_known()) out["inferred_bytes_right"] = number(observation.right);
  out["guessed_bytes"] =
      number(observation.recovered->guessed().total());  // tried, not accepted, in no other figure
  if (observation.truth_known()) out["guessed_bytes_right"] = number(observation.guessed_right);
  out["verified_against_truth"] = observation.truth_known();
  out["seconds"] = observation.seconds;
  return out;
}

QString escaped(const std::string& text) {
  return QString::fromStdString(text).toHtmlEscaped();
}

QString row(const QString& name, const QString& value) {
  return QStringLiteral("<tr><td>%1</td><td align=\"right\">%2</td></tr>").arg(name, value);
}

QString percent(double share) {
  return QStringLiteral("%1 %").arg(share * 100, 0, 'f', 2);
}

bool save(const QString& file, const QByteArray& bytes, QString& error) {
  QSaveFile out(file);
  if (out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size() && out.commit()) return true;
  error = QStringLiteral("%1: %2").arg(file, out.errorString());
  return false;
}

}  // namespace

nlohmann::ordered_json report_json(const Observation& observation) {
  const StreamSnapshot& stream = *observation.stream;
  const Leakage& leakage = observation.leakage;
  Json out;
  out["schema_version"] = 1;
  out["program"] = "mpscramble-gui";
  out["version"] = MPS_VERSION;
  for (const CaptureInput& input : stream.document().request().inputs)
    out["inputs"].push_back({{"file", input.path}, {"sha256", CaptureDocument::fingerprint(input.path)}});
  out["connection"] = stream.connection_number();
  out["direction"] = short_name(stream.direction());
  out["route"] = stream.route();
  out["scrambling"] = to_string(stream.connection().scrambling);
  out["scheme"] = stream.coding() ? Json(to_string(*stream.coding())) : Json();
  Json& observer = out["observer"];
  observer["name"] = leakage.observer;
  observer["subflows"] = Json::array();
  for (const SubflowReport& subflow : stream.connection().subflows)
    if (observation.choice.tapped & mask_of(subflow.index)) observer["subflows"].push_back(subflow.index);
  observer["knows_key"] = leakage.has_key;
  out["stream_bytes"] = number(leakage.stream_bytes);
  out["seen_bytes"] = number(leakage.seen_bytes);
  out["exact_seen_bytes"] = number(observation.exact_bytes());
  if (leakage.inference) out["inference"] = inference_json(observation);
  out["chance"] = chance_level;
  if (stream.coding() == Scheme::paper) out["claim_of_the_paper"] = paper_claim;
  out["verdict"] = verdict_sentence(leakage);
  out["sign_of_scrambling"] = {{"detected", leakage.sign.detected},
                               {"z_at_65", leakage.sign.spectrum.z_at_period}};
  if (leakage.controls)
    out["controls"] = {{"cipher_runs", leakage.controls->prf_runs},
                       {"cipher_runs_accepted", leakage.controls->prf_accepted},
                       {"gzip_bytes", leakage.controls->gzip_bytes},
                       {"gzip_accepted", leakage.controls->gzip_accepted}};
  out["partial"] = leakage.cancelled || stream.document().report().interrupted;
  return out;
}

QString report_html(const Observation& observation, const std::vector<ReportPicture>& pictures) {
  const StreamSnapshot& stream = *observation.stream;
  const Leakage& leakage = observation.leakage;
  QString html = QStringLiteral(
      "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>mpscramble report</title><style>"
      "body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 "
      "1em}table{border-collapse:collapse}"
      "td,th{border:1px solid #888;padding:.2em "
      ".7em}.figure "
      "td{border:0;padding:0}img{max-width:100%}code{word-break:break-all}</style></head><body>");
  html += QStringLiteral("<h1>What a tap learns: %1</h1>").arg(escaped(stream.document().title()));
  html += QStringLiteral("<p>Connection %1, %2, %3. Taps: %4.</p>")
              .arg(stream.connection_number())
              .arg(QLatin1String(short_name(stream.direction())), escaped(stream.route()),
                   escaped(leakage.observer));
  html += QStringLiteral("<p><b>%1</b></p><table>").arg(escaped(verdict_sentence(leakage)));
  html += row(QStringLiteral("observed, of the stream"), percent(observation.share_seen()));
  html += row(QStringLiteral("exact, of the observed bytes"), percent(observation.share_exact()));
  html += row(QStringLiteral("inferred, of the observed bytes"), leakage.inference || !leakage.scrambled
                                                                     ? percent(observation.share_inferred())
                                                                     : QStringLiteral("not attacked"));
  if (const auto guessed = observation.recovered->inferred().total(); guessed > 0)
    html += row(QStringLiteral("of all inferred bytes, right"),
                observation.truth_known() ? percent(Observation::share(observation.right, guessed))
                                          : QStringLiteral("unverified"));
  if (const auto tried = observation.recovered->guessed().total(); tried > 0)
    html += row(QStringLiteral("guessed and not accepted, bytes"), theme::count(tried));
  html += row(QStringLiteral("chance"), percent(chance_level));
  const auto coding = stream.coding();
  html += row(QStringLiteral("scheme"), coding ? QString::fromStdString(std::string(name_of(*coding)))
                                               : QStringLiteral("none: not scrambled"));
  html += row(QStringLiteral("claim of the paper (Kato et al. 2018)"),
              coding == Scheme::paper ? percent(paper_claim) : QStringLiteral("about its own scheme only"));
  html += QStringLiteral("</table>");
  html += QStringLiteral(
      "<h2>Every set of taps</h2><table><tr><th>taps</th><th>seen, %</th><th>exact, %</th><th>exact with "
      "key, %</th></tr>");
  for (const MatrixRow& figures : stream.matrix()) {
    QStringList taps;
    for (const SubflowReport& subflow : stream.connection().subflows)
      if (figures.tapped & mask_of(subflow.index)) taps += QString::number(subflow.index);
    const auto share = [&](std::uint64_t part) {
      return QString::number(Observation::share(part, stream.length()) * 100, 'f', 1);
    };
    html += QStringLiteral(
                "<tr><td>%1</td><td align=\"right\">%2</td><td align=\"right\">%3</td><td "
                "align=\"right\">%4</td></tr>")
                .arg(taps.isEmpty() ? QStringLiteral("none") : taps.join('+'), share(figures.seen),
                     share(figures.exact_without_key), share(figures.exact_with_key));
  }
  html += QStringLiteral("</table>");
  for (const ReportPicture& picture : pictures)
    html += QStringLiteral(
                "<h2%1>%2</h2><p><img alt=\"%2\" width=\"%3\" src=\"data:image/png;base64,%4\"></p><p>%5</p>")
                .arg(picture.begins_page ? QStringLiteral(" style=\"page-break-before:always\"") : QString(),
                     picture.title.toHtmlEscaped())
                .arg(std::min(picture.width, report_width))
                .arg(QString::fromLatin1(picture.png.toBase64()), picture.caption.toHtmlEscaped());
  html += QStringLiteral("<h2>How to repeat it</h2><table>");
  html += row(QStringLiteral("program"), QStringLiteral("mpscramble-gui " MPS_VERSION));
  for (const CaptureInput& input : stream.document().request().inputs)
    html +=
        row(escaped(input.path),
            QStringLiteral("sha256 <code>%1</code>").arg(escaped(CaptureDocument::fingerprint(input.path))));
  if (leakage.inference)
    html += row(QStringLiteral("attack"),
                QStringLiteral("model %1, seed %2, %3 of %4 stretches accepted, %5 s%6")
                    .arg(escaped(leakage.inference->model))
                    .arg(observation.settings.seed)
                    .arg(leakage.inference->claim.runs_accepted)
                    .arg(leakage.inference->runs.size())
                    .arg(observation.seconds, 0, 'f', 1)
                    .arg(leakage.inference->all_attacked ? QString() : QStringLiteral(", partial")));
  if (leakage.controls && leakage.controls->prf_runs > 0)
    html += row(QStringLiteral("control: the same bytes under a real cipher"),
                QStringLiteral("%1 of %2 stretches accepted")
                    .arg(leakage.controls->prf_accepted)
                    .arg(leakage.controls->prf_runs));
  return html + QStringLiteral("</table></body></html>\n");
}

bool write_report(const QString& file, const Observation& observation,
                  const std::vector<ReportPicture>& pictures, QString& error) {
  if (file.endsWith(QLatin1String(".json"), Qt::CaseInsensitive))
    return save(file, QByteArray::fromStdString(report_json(observation).dump(2) + "\n"), error);
  const QString html = report_html(observation, pictures);
  if (!file.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive)) return save(file, html.toUtf8(), error);
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly)) {
    error = QStringLiteral("%1: %2").arg(file, out.errorString());
    return false;
  }
  QPdfWriter writer(&out);
  writer.setPageSize(QPageSize(QPageSize::A4));
  writer.setTitle(QStringLiteral("mpscramble report"));
  QTextDocument document;
  document.setHtml(html);
  document.print(&writer);
  if (out.commit()) return true;
  error = QStringLiteral("%1: %2").arg(file, out.errorString());
  return false;
}

bool write_recovered(const QString& file, const Observation& observation, QString& error) {
  const RecoveredStream& recovered = *observation.recovered;
  std::vector<std::uint8_t> bytes(recovered.size());
  for (const IntervalIndex* part : {&recovered.exact(), &recovered.inferred()})
    for (const Interval& where : part->intervals())
      for (std::uint64_t i = where.begin; i < std::min(where.end, recovered.size()); ++i)
        bytes[i] = recovered.byte(i);
  Json sidecar;
  sidecar["stream_bytes"] = number(observation.stream->length());
  sidecar["file_bytes"] = number(recovered.size());
  sidecar["exact"] = ranges(recovered.exact());
  sidecar["inferred"] = ranges(recovered.inferred());
  sidecar["note"] =
      "bytes in neither list were not recovered, or guessed and not accepted; they are zero in the file";
  return save(file,
              QByteArray(reinterpret_cast<const char*>(bytes.data()), static_cast<qsizetype>(bytes.size())),
              error) &&
         save(file + QStringLiteral(".json"), QByteArray::fromStdString(sidecar.dump(2) + "\n"), error);
}

}  // namespace mps::gui
