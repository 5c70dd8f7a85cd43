// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/analysis.h"

#include "core/leak/bundled_models.h"

namespace mps::gui {

Analysis::Analysis(QObject* parent) : QObject(parent) {
  range_timer_.setSingleShot(true);
  range_timer_.setInterval(120);
  connect(&range_timer_, &QTimer::timeout, this, &Analysis::queueStatistics);
}

std::optional<std::uint64_t> Analysis::inferred(const ObserverChoice& choice) const {
  const auto found = inferred_totals_.find(choice);
  return found == inferred_totals_.end() ? std::nullopt : std::optional(found->second);
}

ObservationPtr Analysis::known(const ObserverChoice& choice) const {
  const auto found = known_.find(choice);
  return found == known_.end() ? nullptr : found->second;
}

const std::vector<const LanguageModel*>& Analysis::models() {
  if (bundled_.empty()) {
    auto loaded = load_bundled_models();
    if (loaded) bundled_ = std::move(*loaded);
    for (const LanguageModel& model : bundled_) models_.push_back(&model);
  }
  return models_;
}

void Analysis::open(const LoadRequest& request, const InitialView& first) {
  runner_.cancel();
  const std::uint64_t generation = ++generation_;
  runner_.run(tr("open"), [this, request, first, generation](JobContext& job) {
    auto loaded = CaptureDocument::load(request, job.stop(), [&](const SourceProgress& now) {
      const double share =
          now.bytes_total ? static_cast<double>(now.bytes_read) / static_cast<double>(now.bytes_total) : -1;
      job.progress(share, tr("reading: %L1 packets, %L2 of %L3 MB")
                              .arg(now.packets)
                              .arg(now.bytes_read / 1'000'000)
                              .arg(now.bytes_total / 1'000'000));
    });
    job.post([this, loaded = std::move(loaded), first, generation] {
      if (generation != generation_) return;
      if (!loaded) {
        Q_EMIT noted(QString::fromStdString(loaded.error()));
        Q_EMIT failed(QString::fromStdString(loaded.error()));
        return;
      }
      showDocument(*loaded, first);
    });
  });
}

void Analysis::close() {
  runner_.cancel();
  ++generation_;
  observation_.reset();
  stream_.reset();
  document_.reset();
  forgetAll();
  Q_EMIT documentChanged();
  Q_EMIT streamChanged();
  Q_EMIT observationChanged();
}

void Analysis::showDocument(std::shared_ptr<const CaptureDocument> document, const InitialView& first) {
  document_ = std::move(document);
  stream_.reset();
  observation_.reset();
  forgetAll();
  choice_ = {0, first.keys_known};
  const SessionReport& report = document_->report();
  Q_EMIT noted(tr("%1: %L2 packets, %L3 MPTCP connections%4")
                   .arg(QString::fromStdString(document_->title()))
                   .arg(report.source.packets)
                   .arg(report.connections.size())
                   .arg(report.interrupted ? tr(", partial: reading was cancelled") : QString()));
  for (const CaptureError& error : report.errors) Q_EMIT noted(QString::fromStdString(error.message()));
  Q_EMIT documentChanged();
  if (report.connections.empty()) {
    Q_EMIT streamChanged();
    Q_EMIT observationChanged();
    Q_EMIT failed(
        tr("There is no Multipath TCP connection in %1.").arg(QString::fromStdString(document_->title())));
    return;
  }
  std::size_t number = first.connection.value_or(0);
  if (!first.connection) {  // the one with most bytes
    std::uint64_t most = 0;
    for (const ConnectionReport& connection : report.connections) {
      const std::uint64_t bytes = connection.streams[0].captured + connection.streams[1].captured;
      if (bytes > most) {
        most = bytes;
        number = connection.number;
      }
    }
  }
  if (number >= report.connections.size()) {
    Q_EMIT failed(tr("There is no connection %1.").arg(number));
    number = 0;
  }
  const auto& streams = report.connections[number].streams;
  const Direction direction =
      first.direction.value_or(streams[0].captured > streams[1].captured ? Direction::initiator_to_listener
                                                                         : Direction::listener_to_initiator);
  makeStream(number, direction, first.tapped);
}

void Analysis::selectStream(std::size_t connection, Direction direction) {
  if (!document_ || connection >= document_->connection_count()) return;
  if (stream_ && stream_->connection_number() == connection && stream_->direction() == direction) return;
  runner_.cancel();
  ++generation_;
  const bool same = stream_ && stream_->connection_number() == connection;
  makeStream(connection, direction, same ? std::optional(choice_.tapped) : std::nullopt);
}

void Analysis::makeStream(std::size_t connection, Direction direction, std::optional<SubflowMask> tapped) {
  const std::uint64_t generation = generation_;
  runner_.run(tr("stream"),
              [this, document = document_, connection, direction, tapped, generation](JobContext& job) {
                auto stream = std::make_shared<const StreamSnapshot>(document, connection, direction);
                job.post([this, stream, tapped, generation] {
                  if (generation != generation_) return;
                  stream_ = stream;
                  range_ = {0, stream->length()};
                  forgetAll();
                  observation_.reset();
                  choice_.tapped = tapped.value_or(stream->default_tap()) & stream->all();
                  Q_EMIT streamChanged();
                  Q_EMIT choiceChanged();
                  observeChoice(true);
                });
              });
}

void Analysis::setTapped(SubflowMask tapped) {
  if (!stream_ || (tapped & stream_->all()) == choice_.tapped) return;
  choice_.tapped = tapped & stream_->all();
  runner_.cancel();
  Q_EMIT choiceChanged();
  observeChoice(true);
}

void Analysis::setKeysKnown(bool known) {
  if (choice_.keys_known == known) return;
  choice_.keys_known = known;
  Q_EMIT choiceChanged();
  if (!stream_) return;
  runner_.cancel();
  observeChoice(true);
}

void Analysis::toggleTap(std::uint16_t subflow) {
  if (stream_) setTapped(choice_.tapped ^ mask_of(subflow));
}

void Analysis::reverseDirection() {
  if (stream_) selectStream(stream_->connection_number(), opposite(stream_->direction()));
}

void Analysis::setSettings(const AttackSettings& settings) {
  settings_ = settings;
}

void Analysis::setRange(Interval range) {
  if (range == range_) return;
  range_ = range;
  range_timer_.start();
}

void Analysis::queueStatistics() {
  const bool whole = !stream_ || range_ == Interval{0, stream_->length()};
  if (whole || choice_.tapped == 0) {
    if (!statistics_) return;
    statistics_.reset();
    Q_EMIT statisticsChanged();
    return;
  }
  const std::uint64_t generation = generation_;
  runner_.run(tr("statistics"), [this, stream = stream_, choice = choice_, range = range_,
                                 generation](JobContext& job) {
    auto result = std::make_shared<const RangeStatistics>(range_statistics(*stream, choice.tapped, range));
    job.post([this, result = std::move(result), choice, generation] {
      if (generation != generation_ || choice != choice_ || result->range != range_) return;
      statistics_ = result;
      Q_EMIT statisticsChanged();
    });
  });
}

void Analysis::observeChoice(bool may_attack) {
  statistics_.reset();
  range_timer_.start();
  if (const auto done = known(choice_)) {
    observation_ = done;
    Q_EMIT observationChanged();
  }
  const std::uint64_t generation = generation_;
  if (!observation_ || observation_->choice != choice_) {
    runner_.run(tr("observe"), [this, stream = stream_, choice = choice_, settings = settings_,
                                generation](JobContext& job) {
      auto result = observe(stream, choice, settings, {}, job.stop(), {});
      job.post([this, result = std::move(result), generation] {
        if (generation != generation_) return;
        if (result)
          take(*result);
        else
          Q_EMIT failed(QString::fromStdString(result.error()));
      });
    });
  }
  runner_.run(tr("known plaintext"),
              [this, stream = stream_, tapped = choice_.tapped, generation](JobContext& job) {
                auto curve = known_plaintext_curve(*stream, tapped);
                job.post([this, curve = std::move(curve), generation] {
                  if (generation != generation_) return;
                  curve_ = curve;
                  Q_EMIT curveChanged();
                });
              });
  const bool attacked = observation_ && observation_->choice == choice_ && observation_->attacked;
  if (may_attack && !attacked && total_length(stream_->evidence().runs_of(choice_.tapped)) <= attack_unasked)
    queueAttack(choice_);
}

void Analysis::queueAttack(const ObserverChoice& choice) {
  if (!stream_->scrambled() || choice.tapped == 0) return;
  const std::uint64_t generation = generation_;
  runner_.run(
      tr("attack"), [this, stream = stream_, choice, settings = settings_, generation](JobContext& job) {
        job.progress(0, tr("attack: looking for text"));
        auto result = observe(stream, choice, settings, models(), job.stop(),
                              [&job](std::size_t done, std::size_t all) {
                                job.progress(all ? static_cast<double>(done) / static_cast<double>(all) : 0,
                                             tr("attack: %1 of %2 runs").arg(done).arg(all));
                              });
        job.post([this, result = std::move(result), generation] {
          if (generation != generation_) return;
          if (!result) {
            Q_EMIT failed(QString::fromStdString(result.error()));
            return;
          }
          const Observation& done = **result;
          Q_EMIT noted(tr("observer %1: %2 of %L3 seen bytes exact, %L4 inferred%5, %6 s")
                           .arg(QString::fromStdString(done.leakage.observer))
                           .arg(done.exact_bytes())
                           .arg(done.leakage.seen_bytes)
                           .arg(done.inferred_bytes())
                           .arg(done.leakage.cancelled ? tr(" (partial: cancelled)") : QString())
                           .arg(done.seconds, 0, 'f', 1));
          take(*result);
        });
      });
}

void Analysis::forgetAll() {
  known_.clear();
  inferred_totals_.clear();
  statistics_.reset();
  lab_.reset();
}

void Analysis::forgetSome() {
  std::uint64_t kept = 0;
  for (const auto& [choice, observation] : known_) kept += observation->recovered->size();
  for (auto it = known_.begin(); it != known_.end() && kept > kept_at_most;) {
    kept -= it->first == choice_ ? 0 : it->second->recovered->size();
    it = it->first == choice_ ? std::next(it) : known_.erase(it);
  }
}

void Analysis::take(const ObservationPtr& result) {
  auto& slot = known_[result->choice];
  if (!slot || !slot->attacked) slot = result;
  if (slot->attacked) inferred_totals_[slot->choice] = slot->recovered->inferred().total();
  if (result->choice == choice_) {
    observation_ = slot;
    Q_EMIT observationChanged();
  }
  forgetSome();
  Q_EMIT matrixChanged();
}

void Analysis::attack() {
  if (stream_) queueAttack(choice_);
}

void Analysis::attackAllSubsets() {
  if (!stream_) return;
  for (const MatrixRow& row : stream_->matrix()) {
    const ObserverChoice choice{row.tapped, choice_.keys_known};
    if (!inferred(choice)) queueAttack(choice);
  }
}

void Analysis::runLab() {
  if (!stream_) return;
  const std::uint64_t generation = generation_;
  runner_.run(tr("lab"), [this, stream = stream_, settings = settings_, generation](JobContext& job) {
    auto result =
        run_lab_on(stream, models(), settings.seed, job.stop(), [&job](std::size_t done, std::size_t all) {
          job.progress(static_cast<double>(done) / static_cast<double>(all),
                       tr("lab: %1 of %2 views").arg(done).arg(all));
        });
    job.post([this, result = std::move(result), generation] {
      if (generation != generation_) return;
      if (!result) {
        Q_EMIT failed(QString::fromStdString(result.error()));
        return;
      }
      lab_ = *result;
      Q_EMIT labChanged();
    });
  });
}

void Analysis::cancel() {
  runner_.cancel();
}

}  // namespace mps::gui
