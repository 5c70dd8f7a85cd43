// SPDX-License-Identifier: GPL-2.0-or-later
/// The window's state: which capture, which stream, who observes, and what came out. All work goes to one
/// worker thread; views only listen. Nothing here analyses: see core/leak.
#pragma once

#include <QObject>
#include <QString>
#include <map>
#include <memory>
#include <optional>

#include "core/leak/language_model.h"
#include "gui/model/capture_document.h"
#include "gui/model/job_runner.h"
#include "gui/model/observation.h"
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
  bool busy() const { return runner_.busy(); }
  const AttackSettings& settings() const { return settings_; }
  JobRunner& runner() { return runner_; }

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
  void setSettings(const mps::gui::AttackSettings& settings);
  void attack();
  void attackAllSubsets();
  void cancel();

 Q_SIGNALS:
  void documentChanged();
  void streamChanged();
  void choiceChanged();
  void observationChanged();
  void curveChanged();
  void matrixChanged();
  void failed(const QString& reason);
  void noted(const QString& line);  ///< for the log

 private:
  void showDocument(std::shared_ptr<const CaptureDocument> document, const InitialView& first);
  void makeStream(std::size_t connection, Direction direction, std::optional<SubflowMask> tapped);
  void observeChoice(bool may_attack);
  void queueAttack(const ObserverChoice& choice);
  void take(const ObservationPtr& result);
  const std::vector<const LanguageModel*>& models();  ///< worker thread only

  std::shared_ptr<const CaptureDocument> document_;
  std::shared_ptr<const StreamSnapshot> stream_;
  ObserverChoice choice_;
  ObservationPtr observation_;
  KnownPlaintextCurve curve_;
  AttackSettings settings_;
  std::map<ObserverChoice, ObservationPtr> known_;  ///< of stream_
  std::unique_ptr<LanguageModel> model_;
  std::vector<const LanguageModel*> models_;
  std::uint64_t generation_ = 0;  ///< of document and stream: late results of older ones are dropped
  JobRunner runner_;              ///< last: its thread uses the rest
};

}  // namespace mps::gui
