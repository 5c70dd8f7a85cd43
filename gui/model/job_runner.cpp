// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/model/job_runner.h"

#include <QMetaObject>
#include <chrono>

namespace mps::gui {

void JobContext::progress(double share, const QString& text) {
  using namespace std::chrono;
  constexpr std::int64_t interval_ms = 1000 / 30;
  const std::int64_t now = duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  if (now - last_progress_ms_ < interval_ms) return;
  last_progress_ms_ = now;
  JobRunner* runner = &runner_;
  post([runner, share, text] { Q_EMIT runner->progressed(share, text); });
}

void JobContext::post(std::function<void()> deliver) {
  JobRunner* runner = &runner_;
  ++runner->undelivered_;
  QMetaObject::invokeMethod(
      runner,
      [runner, deliver = std::move(deliver)] {
        deliver();
        --runner->undelivered_;
      },
      Qt::QueuedConnection);
}

JobRunner::JobRunner(QObject* parent)
    : QObject(parent), thread_([this](const std::stop_token& end) { loop(end); }) {}

JobRunner::~JobRunner() {
  cancel();
  thread_.request_stop();
  thread_.join();
}

void JobRunner::run(const QString& name, Work work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({name, std::move(work)});
  }
  wake_.notify_one();
}

void JobRunner::cancel() {
  const std::lock_guard lock(mutex_);
  waiting_.clear();
  running_stop_.request_stop();
}

bool JobRunner::busy() const {
  const std::lock_guard lock(mutex_);
  return running_ || !waiting_.empty() || undelivered_ > 0;
}

void JobRunner::loop(const std::stop_token& end) {
  for (;;) {
    Job job;
    std::stop_token stop;
    {
      std::unique_lock lock(mutex_);
      running_ = false;
      if (waiting_.empty())
        QMetaObject::invokeMethod(
            this, [this] { Q_EMIT idle(); }, Qt::QueuedConnection);
      if (!wake_.wait(lock, end, [this] { return !waiting_.empty(); })) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      running_ = true;
      running_stop_ = {};
      stop = running_stop_.get_token();
    }
    QMetaObject::invokeMethod(
        this, [this, name = job.name] { Q_EMIT started(name); }, Qt::QueuedConnection);
    JobContext context(*this, stop);
    job.work(context);
    QMetaObject::invokeMethod(
        this,
        [this, name = job.name, cancelled = stop.stop_requested()] { Q_EMIT finished(name, cancelled); },
        Qt::QueuedConnection);
  }
}

}  // namespace mps::gui
