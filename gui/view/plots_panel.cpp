// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/plots_panel.h"

#include <array>

namespace mps::gui {

namespace {

/// Of the zoomed range, or empty for the whole stream.
QString where(const RangeStatistics* range) {
  if (!range) return {};
  QString text = PlotsPanel::tr("Bytes %1 to %2. ")
                     .arg(theme::count(range->range.begin), theme::count(range->range.end - 1));
  if (range->counted < range->tapped)
    text += PlotsPanel::tr("First %1 of %2 tapped bytes. ")
                .arg(theme::count(range->counted), theme::count(range->tapped));
  return text;
}

}  // namespace

PlotContent lag_content(const Observation& observation, const RangeStatistics* range) {
  PlotContent content;
  content.x_title = PlotsPanel::tr("lag, bytes");
  content.y_title = PlotsPanel::tr("equal pairs, %");
  PlotSeries rate;
  rate.name = PlotsPanel::tr("equal pairs, %");
  rate.look = PlotSeries::Look::bars;
  rate.mark = theme::Mark::exact;
  const LagSpectrum& spectrum = range ? range->spectrum : observation.leakage.sign.spectrum;
  for (std::size_t lag = 1; lag <= max_lag; ++lag) {
    rate.x.push_back(static_cast<double>(lag));
    rate.y.push_back(spectrum.rate[lag] * 100);
  }
  content.series.push_back(std::move(rate));
  content.level = chance_level * 100;
  content.level_name = PlotsPanel::tr("chance");
  content.marked_x = 65;
  content.marked_name = QStringLiteral("65");
  content.caption =
      where(range) + PlotsPanel::tr(
                         "Differences S[i] ^ S[i-1] of tapped bytes that equal the one a lag before. "
                         "Lag 65: %1 %, median %2 %, z = %3.")
                         .arg(spectrum.rate[65] * 100, 0, 'f', 2)
                         .arg(spectrum.median_rate * 100, 0, 'f', 2)
                         .arg(spectrum.z_at_period, 0, 'f', 1);
  const auto coding = observation.stream->coding();
  if (!coding)
    content.caption +=
        PlotsPanel::tr(" 65 is the period of the paper's scheme; this stream is not scrambled.");
  else if (is_hardened(*coding))
    content.caption +=
        PlotsPanel::tr(" 65 is the period of the paper's scheme; %1 has none.")
            .arg(QString::fromUtf8(name_of(*coding).data(), static_cast<qsizetype>(name_of(*coding).size())));
  return content;
}

PlotContent histogram_content(const Observation& observation, const RangeStatistics* range) {
  PlotContent content;
  content.x_title = PlotsPanel::tr("byte value");
  content.y_title = PlotsPanel::tr("share, %");
  const Randomness& wire = range ? range->randomness : observation.leakage.randomness;
  PlotSeries on_wire{PlotsPanel::tr("wire (tapped)"), {}, {}, theme::Mark::inferred, PlotSeries::Look::line};
  PlotSeries original{PlotsPanel::tr("original"), {}, {}, theme::Mark::exact, PlotSeries::Look::line};
  std::array<std::uint64_t, 256> counts{};
  std::uint64_t originals = 0;
  if (range) {
    counts = range->original;
    originals = range->originals;
  } else {
    originals = observation.stream->truth().size();
    counts = observation.stream->truth_histogram();
  }
  for (std::size_t value = 0; value < 256; ++value) {
    on_wire.x.push_back(static_cast<double>(value));
    on_wire.y.push_back(Observation::share(wire.histogram[value], wire.size) * 100);
    original.x.push_back(static_cast<double>(value));
    original.y.push_back(Observation::share(counts[value], originals) * 100);
  }
  if (originals > 0) content.series.push_back(std::move(original));
  content.series.push_back(std::move(on_wire));
  content.level = chance_level * 100;
  content.level_name = PlotsPanel::tr("uniform");
  content.caption =
      where(range) + PlotsPanel::tr(
                         "Wire: %1 bits a byte (uniform bytes of this size: %2); highest bit set "
                         "in %3 % of the bytes.")
                         .arg(wire.entropy, 0, 'f', 2)
                         .arg(wire.entropy_expected, 0, 'f', 2)
                         .arg(wire.top_bit_share * 100, 0, 'f', 1);
  if (observation.stream->coding() == Scheme::paper)
    content.caption += PlotsPanel::tr(" Seven-bit text stays seven-bit.");
  return content;
}

PlotContent recovered_content(const Observation& observation, Interval range) {
  PlotContent content;
  const RecoveredStream& recovered = *observation.recovered;
  const bool whole = range == Interval{0, observation.stream->length()};
  double exact = observation.share_exact(), inferred = observation.share_inferred();
  if (!whole) {
    std::uint64_t exact_seen = 0, inferred_seen = 0;
    for (const Interval& run : intersection(recovered.seen().intervals(), {range})) {
      exact_seen += recovered.exact().covered(run.begin, run.end);
      inferred_seen += recovered.inferred().covered(run.begin, run.end);
    }
    const std::uint64_t seen = recovered.seen().covered(range.begin, range.end);
    exact = Observation::share(exact_seen, seen);
    inferred = Observation::share(inferred_seen, seen);
    content.caption =
        PlotsPanel::tr("Bytes %1 to %2. ").arg(theme::count(range.begin), theme::count(range.end - 1));
  }
  content.y_title = PlotsPanel::tr("%");
  content.tick_names = {PlotsPanel::tr("exact"), PlotsPanel::tr("infer."), PlotsPanel::tr("chance")};
  if (observation.stream->coding() == Scheme::paper) content.tick_names += PlotsPanel::tr("claim");
  const double shares[] = {exact, inferred, chance_level, paper_claim};
  const theme::Mark marks[] = {theme::Mark::exact, theme::Mark::inferred, theme::Mark::chance,
                               theme::Mark::claim};
  for (int i = 0; i < content.tick_names.size(); ++i) {
    content.series.push_back(
        {content.tick_names[i], {i + 1.0}, {shares[i] * 100}, marks[i], PlotSeries::Look::bars});
    content.bar_labels.push_back(theme::percent(shares[i]));
  }
  content.y_top = 118;
  content.level = chance_level * 100;
  content.caption +=
      PlotsPanel::tr(
          "Of the observed bytes; taps: %1. Exact and inferred are different things and are never added up.")
          .arg(QString::fromStdString(observation.leakage.observer));
  return content;
}

PlotsPanel::PlotsPanel(QWidget* parent) : QTabWidget(parent) {
  setAccessibleName(tr("Plots"));
  setDocumentMode(true);
  lag_ = new Plot(tr("Agreement by lag"), this);
  histogram_ = new Plot(tr("Byte values"), this);
  recovered_ = new Plot(tr("Recovered against the claim"), this);
  addTab(lag_, tr("Lag"));
  addTab(histogram_, tr("Histogram"));
  addTab(recovered_, tr("Recovered"));
}

void PlotsPanel::setObservation(const ObservationPtr& observation, const RangeStatistics* range) {
  if (!observation || observation->leakage.seen_bytes == 0) {
    PlotContent nothing;
    if (observation) nothing.caption = tr("Nothing is tapped, so there is nothing to count.");
    for (Plot* plot : {lag_, histogram_, recovered_}) plot->setContent(nothing);
    return;
  }
  lag_->setContent(lag_content(*observation, range));
  histogram_->setContent(histogram_content(*observation, range));
  recovered_->setContent(
      recovered_content(*observation, range ? range->range : Interval{0, observation->stream->length()}));
}

void PlotsPanel::showTables(bool tables) {
  for (Plot* plot : {lag_, histogram_, recovered_}) plot->showTable(tables);
}

}  // namespace mps::gui
