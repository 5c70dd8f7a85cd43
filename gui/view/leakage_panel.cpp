// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/view/leakage_panel.h"

#include <QGridLayout>
#include <QVBoxLayout>

#include "gui/model/scheme_text.h"

namespace mps::gui {
namespace {

constexpr auto bytes = theme::count;
using theme::percent;

QLabel* wrapped(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setWordWrap(true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  label->setTextFormat(Qt::PlainText);
  return label;
}

}  // namespace

LeakagePanel::LeakagePanel(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Leakage"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(10, 8, 10, 8);
  column->setSpacing(6);
  heading_ = wrapped(this);
  QFont bold = font();
  bold.setBold(true);
  heading_->setFont(bold);
  column->addWidget(heading_);
  auto* grid = new QGridLayout;
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(3);
  grid->setColumnStretch(1, 1);
  observed_ = add_row(grid, tr("observed"), theme::Mark::unknown, QStringLiteral("observed"));
  of_these_ = new QLabel(tr("of the observed bytes:"), this);
  of_these_->setForegroundRole(QPalette::PlaceholderText);
  grid->addWidget(of_these_, grid->rowCount(), 0, 1, 3);
  exact_ = add_row(grid, tr("exact"), theme::Mark::exact, QStringLiteral("exact"));
  inferred_ = add_row(grid, tr("inferred"), theme::Mark::inferred, QStringLiteral("inferred"));
  right_ = add_row(grid, tr("of it right"), theme::Mark::inferred, QStringLiteral("right"));
  chance_ = add_row(grid, tr("chance"), theme::Mark::chance, QStringLiteral("chance"));
  claim_ = add_row(grid, tr("paper claims"), theme::Mark::claim, QStringLiteral("claim"));
  column->addLayout(grid);
  verdict_ = wrapped(this);
  verdict_->setObjectName(QStringLiteral("verdict"));
  column->addWidget(verdict_);
  details_ = wrapped(this);
  details_->setForegroundRole(QPalette::PlaceholderText);
  column->addWidget(details_);
  column->addStretch(1);
  show(nullptr, false);
}

LeakagePanel::Row LeakagePanel::add_row(QGridLayout* grid, const QString& name, theme::Mark mark,
                                        const QString& key) {
  const Row row{new QLabel(name, this), new RateBar(mark, this), new QLabel(this)};
  row.bar->setAccessibleName(name);
  row.bar->setObjectName(key + QStringLiteral("Bar"));
  row.value->setObjectName(key + QStringLiteral("Value"));
  row.value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  row.value->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("> 99.9 %")));
  const int at = grid->rowCount();
  grid->addWidget(row.name, at, 0);
  grid->addWidget(row.bar, at, 1);
  grid->addWidget(row.value, at, 2);
  return row;
}

void LeakagePanel::set_row(const Row& row, double share, const QString& value, const QString& reason) {
  row.bar->setShare(share);
  row.value->setText(value);
  for (QWidget* widget :
       {static_cast<QWidget*>(row.name), static_cast<QWidget*>(row.bar), static_cast<QWidget*>(row.value)})
    widget->setToolTip(reason);
}

void LeakagePanel::show(const ObservationPtr& observation, bool attacking) {
  const bool there = observation != nullptr;
  for (const Row& row : {observed_, exact_, inferred_, right_, chance_, claim_})
    for (QWidget* widget :
         {static_cast<QWidget*>(row.name), static_cast<QWidget*>(row.bar), static_cast<QWidget*>(row.value)})
      widget->setVisible(there);
  of_these_->setVisible(there);
  if (!there) {
    heading_->setText(tr("Nothing observed yet"));
    verdict_->clear();
    details_->clear();
    return;
  }
  const Leakage& leakage = observation->leakage;
  const StreamSnapshot& stream = *observation->stream;
  heading_->setText(tr("#%1 %2, taps: %3")
                        .arg(stream.connection_number())
                        .arg(stream.direction() == Direction::initiator_to_listener ? tr("client > server")
                                                                                    : tr("server > client"))
                        .arg(QString::fromStdString(leakage.observer)));
  set_row(observed_, observation->share_seen(), percent(observation->share_seen()),
          tr("%1 of %2 stream bytes crossed the tapped paths.")
              .arg(bytes(leakage.seen_bytes), bytes(leakage.stream_bytes)));
  const bool seen = leakage.seen_bytes > 0;
  set_row(exact_, observation->share_exact(),
          seen ? percent(observation->share_exact()) : QStringLiteral("-"),
          QString::fromStdString(exact_reason(*observation)));
  const bool inference = leakage.inference.has_value();
  const QString waiting = !seen || observation->exact_bytes() == leakage.seen_bytes
                              ? QStringLiteral("-")  // nothing is left to infer
                          : attacking ? tr("...")
                                      : tr("not run");
  set_row(inferred_, inference ? observation->share_inferred() : 0,
          inference ? percent(observation->share_inferred()) : waiting,
          QString::fromStdString(inferred_reason(*observation)));
  const std::uint64_t guessed = observation->recovered->inferred().total();
  const bool checked = observation->truth_known() && guessed > 0;
  const double right = Observation::share(observation->right, guessed);
  set_row(
      right_, checked ? right : 0,
      checked       ? percent(right)
      : guessed > 0 ? tr("unverified")
                    : QStringLiteral("-"),
      checked
          ? tr("%1 of %2 inferred bytes, the unseen ones before each stretch included, equal the original.")
                .arg(bytes(observation->right), bytes(guessed))
          : tr("The original is not known, or nothing was inferred: inferred bytes are unverified."));
  set_row(chance_, chance_level, percent(chance_level),
          tr("Guessing a byte at random is right once in 256 times."));
  const auto coding = stream.coding();
  set_row(claim_, paper_claim, coding == Scheme::paper ? percent(paper_claim) : QStringLiteral("-"),
          QString::fromStdString(claim_reason(coding)));
  verdict_->setText(attacking && !inference && leakage.scrambled && leakage.seen_bytes > 0
                        ? tr("%1 of %2 seen bytes are exact. The attack is running.")
                              .arg(bytes(observation->exact_bytes()), bytes(leakage.seen_bytes))
                        : QString::fromStdString(verdict_sentence(leakage))
                              .replace(QStringLiteral(" %"), QStringLiteral("\u00a0%")));

  QStringList details;
  if (const std::uint64_t tried = observation->recovered->guessed().total(); tried > 0)
    details +=
        observation->truth_known()
            ? tr("Guesses for %1 more bytes look unlike the model and are not accepted; %2 of them are "
                 "right.")
                  .arg(bytes(tried), percent(Observation::share(observation->guessed_right, tried)))
            : tr("Guesses for %1 more bytes look unlike the model and are not accepted.").arg(bytes(tried));
  if (observation->recovered->size() < stream.length())
    details += tr("Recovered bytes are kept up to byte %1 only; the figures are of the whole stream.")
                   .arg(bytes(observation->recovered->size()));
  if (!observation->recovered->complete())
    details +=
        tr("More exact stretches than can be marked: views show the first ones, the figures count all.");
  if (leakage.inference && !leakage.inference->all_attacked && !leakage.cancelled)
    details += tr("Attacked: the first %1 tapped bytes.").arg(bytes(leakage.inference->attacked_bytes));
  if (leakage.cancelled) details += tr("Partial: the attack was cancelled.");
  if (leakage.exact && leakage.exact->targets.size() > 0 && leakage.seen_bytes > 0)
    details +=
        tr("Leaked about the seen bytes: %1 of %2 bits; unknown: %3 bits, for uniform content.")
            .arg(bytes(leakage.exact->targets[0].leak_bits()), bytes(leakage.exact->targets[0].prior_bits),
                 bytes(leakage.exact->targets[0].equivocation_bits));
  if (leakage.head && leakage.head->any() && !leakage.has_key)
    details += tr("The stream's first bytes crossed a tapped path: no key is needed to begin.");
  if (!stream.labelled(Trust::untrusted) && !stream.labelled(Trust::trusted))
    details += tr("No path is labelled as trusted or not.");
  if (coding == Scheme::paper && leakage.sign.detected)
    details += tr("Counting alone shows the period of 65 (z = %1).")
                   .arg(leakage.sign.spectrum.z_at_period, 0, 'f', 0);
  if (leakage.controls && leakage.controls->prf_runs > 0)
    details += tr("Control: of %1 runs under a real cipher the attack accepts %2.")
                   .arg(leakage.controls->prf_runs)
                   .arg(leakage.controls->prf_accepted);
  details_->setText(details.join('\n'));
}

QString LeakagePanel::text() const {
  QStringList lines{heading_->text()};
  for (const Row& row : {observed_, exact_, inferred_, right_, chance_, claim_})
    lines += row.name->text() + QStringLiteral(": ") + row.value->text();
  lines += verdict_->text();
  lines += details_->text();
  return lines.join('\n');
}

}  // namespace mps::gui
