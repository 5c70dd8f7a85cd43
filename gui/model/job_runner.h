// SPDX-License-Identifier: GPL-2.0-or-later
/// One worker thread for everything that takes time. Jobs run one after the other; results come back to the
/// thread of this object, progress at most 30 times a second.
#pragma once

#include <QObject>
#include <QString>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace mps::gui {

class JobRunner;

/// What a running job may do. Valid during the job.
class JobContext {
 public:
  const std::stop_token& stop() const { return stop_; }
  /// `share` 0..1, or below 0 when nobody knows how much there is. From any thread, one at a time.
  void progress(double share, const QString& text);
  /// Runs `deliver` in the runner's thread.
  void post(std::function<void()> deliver);

 private:
  friend class JobRunner;
  JobContext(JobRunner& runner, std::stop_token stop) : runner_(runner), stop_(std::move(stop)) {}
  JobRunner& runner_;
  std::stop_token stop_;
  std::int64_t last_progress_ms_ = -1000;
};

class JobRunner : public QObject {
  Q_OBJECT

 public:
  using Work = std::function<void(JobContext&)>;

  explicit JobRunner(QObject* parent = nullptr);
  ~JobRunner() override;  ///< stops what runs and waits for it

  void run(const QString& name, Work work);
  /// Asks the running job to stop and forgets the waiting ones.
  void cancel();
  /// True until the last result was delivered, too.
  bool busy() const;

 Q_SIGNALS:
  void started(const QString& name);
  void progressed(double share, const QString& text);
  void finished(const QString& name, bool cancelled);
  void idle();

 private:
  friend class JobContext;
  struct Job {
    QString name;
    Work work;
  };
  void loop(const std::stop_token& end);

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> waiting_;
  std::stop_source running_stop_;
  bool running_ = false;
  std::atomic<int> undelivered_ = 0;
  std::jthread thread_;  // last: ends before the rest goes
};

}  // namespace mps::gui
