// SPDX-License-Identifier: GPL-2.0-or-later
/// The window's state: which capture, which stream, who observes, and what came out. All work goes to one
/// worker thread; views only listen. Nothing here analyses: see core/leak.
#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <map>
#include <memory>
#include <optional>

#include "core/leak/language_model.h"
#include "gui/model/capture_document.h"
#include "gui/model/job_runner.h"
#include "gui/model/lab_run.h"
#include "gui/model/observation.h"
#include "gui/model/range_statistics.h"
#include "gui/model/stream_snapshot.h"

namespace mps::gui {

/// What to show first when a capture is open.
struct InitialView {
  std::optional<std::size_t> connection;
  std::optional<Direction> direction;  ///< else the one with more bytes
  std::optional<SubflowMask> tapped;   ///< else StreamSnapshot::default_tap()
  bool keys_known = false;
};

class Analysis : public QObject {
  Q_OBJECT

 public:
  explicit Analysis(QObject* parent = nullptr);

  std::shared_ptr<const CaptureDocument> document() const { return document_; }
  std::shared_ptr<const StreamSnapshot> stream() const { return stream_; }
  ObserverChoice choice() const { return choice_; }
  ObservationPtr observation() const { return observation_; }
  const KnownPlaintextCurve& curve() const { return curve_; }
  /// What is known of an observer of the current stream; null if nobody asked yet.
  ObservationPtr known(const ObserverChoice& choice) const;
  /// Bytes that the attack of an observer of the current stream inferred; none if it was not attacked.
  std::optional<std::uint64_t> inferred(const ObserverChoice& choice) const;
  /// Of the tapped bytes in the range that setRange() named; null where that is the whole stream, or not yet
  /// known.
  std::shared_ptr<const RangeStatistics> statistics() const { return statistics_; }
  /// What other schemes would have given away; null until runLab() has it.
  LabOutcomePtr lab() const { return lab_; }
  bool busy() const { return runner_.busy() || range_timer_.isActive(); }
  const AttackSettings& settings() const { return settings_; }
  JobRunner& runner() { return runner_; }

  /// Recovered bytes kept over all observers of a stream; what is forgotten is computed again when asked for.
  static constexpr std::uint64_t kept_at_most = std::uint64_t{256} << 20;
  /// Streams up to this many tapped bytes are attacked without being asked.
  static constexpr std::uint64_t attack_unasked = std::uint64_t{1} << 20;

 public Q_SLOTS:
  void open(const mps::gui::LoadRequest& request, const mps::gui::InitialView& first = {});
  void close();
  void selectStream(std::size_t connection, mps::Direction direction);
  void setTapped(mps::SubflowMask tapped);
  void setKeysKnown(bool known);
  void toggleTap(std::uint16_t subflow);
  void reverseDirection();
  /// What the views are zoomed to.
  void setRange(mps::Interval range);
  void setSettings(const mps::gui::AttackSettings& settings);
  void attack();
  void attackAllSubsets();
  void runLab();
  void cancel();

 Q_SIGNALS:
  void documentChanged();
  void streamChanged();
  void choiceChanged();
  void observationChanged();
  void curveChanged();
  void matrixChanged();
  void statisticsChanged();
  void labChanged();
  void failed(const QString& reason);
  void noted(const QString& line);  ///< for the log

 private:
  void showDocument(std::shared_ptr<const CaptureDocument> document, const InitialView& first);
  void makeStream(std::size_t connection, Direction direction, std::optional<SubflowMask> tapped);
  void observeChoice(bool may_attack);
  void queueAttack(const ObserverChoice& choice);
  void queueStatistics();
  void take(const ObservationPtr& result);
  void forgetAll();
  void forgetSome();
  const std::vector<const LanguageModel*>& models();  ///< worker thread only

  std::shared_ptr<const CaptureDocument> document_;
  std::shared_ptr<const StreamSnapshot> stream_;
  ObserverChoice choice_;
  ObservationPtr observation_;
  KnownPlaintextCurve curve_;
  AttackSettings settings_;
  std::map<ObserverChoice, ObservationPtr> known_;           ///< of stream_; some, see forgetSome()
  std::map<ObserverChoice, std::uint64_t> inferred_totals_;  ///< of stream_
  Interval range_;
  QTimer range_timer_;  ///< zooming sends many ranges; the last one counts
  std::shared_ptr<const RangeStatistics> statistics_;
  LabOutcomePtr lab_;
  std::vector<LanguageModel> bundled_;
  std::vector<const LanguageModel*> models_;
  std::uint64_t generation_ = 0;  ///< of document and stream: late results of older ones are dropped
  JobRunner runner_;              ///< last: its thread uses the rest
};

}  // namespace mps::gui
