// SPDX-License-Identifier: GPL-2.0-or-later
// The worker: order, results in the right thread, cancelling, and going away in the middle.
#include "gui/model/job_runner.h"

#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QThread>
#include <atomic>

#include "tests/gui/demo_document.h"

namespace mps::gui {
namespace {

TEST(JobRunner, RunsInOrderAndDeliversHere) {
  JobRunner runner;
  QStringList order;
  for (const char* name : {"a", "b", "c"})
    runner.run(name, [&order, name](JobContext& job) {
      job.post([&order, name, worker = QThread::currentThread()] {
        EXPECT_NE(worker, QThread::currentThread());
        order += name;
      });
    });
  ASSERT_TRUE(test::wait_for([&] { return order.size() == 3; }));
  EXPECT_EQ(order, (QStringList{"a", "b", "c"}));
}

TEST(JobRunner, CancelStopsTheRunningJobAndForgetsTheRest) {
  JobRunner runner;
  std::atomic<bool> running = false, second = false;
  QSignalSpy finished(&runner, &JobRunner::finished);
  runner.run("long", [&](JobContext& job) {
    running = true;
    while (!job.stop().stop_requested()) QThread::msleep(1);
  });
  runner.run("never", [&](JobContext&) { second = true; });
  ASSERT_TRUE(test::wait_for([&] { return running.load(); }));
  runner.cancel();
  ASSERT_TRUE(test::wait_for([&] { return finished.count() == 1 && !runner.busy(); }));
  EXPECT_TRUE(finished[0][1].toBool());
  EXPECT_FALSE(second);
}

TEST(JobRunner, ProgressComesAtMostThirtyTimesASecond) {
  JobRunner runner;
  QSignalSpy progressed(&runner, &JobRunner::progressed);
  QElapsedTimer timer;
  timer.start();
  runner.run("busy", [](JobContext& job) {
    for (int i = 0; i < 200; ++i) {
      job.progress(i / 200.0, "x");
      QThread::msleep(1);
    }
  });
  ASSERT_TRUE(test::wait_for([&] { return !runner.busy(); }));
  QTest::qWait(1);
  EXPECT_GE(progressed.count(), 1);
  EXPECT_LE(progressed.count(), timer.elapsed() * 30 / 1000 + 2);
}

TEST(JobRunner, MayGoAwayWhileAJobRuns) {
  std::atomic<bool> running = false, ended = false;
  {
    JobRunner runner;
    runner.run("long", [&](JobContext& job) {
      running = true;
      while (!job.stop().stop_requested()) QThread::msleep(1);
      ended = true;
    });
    ASSERT_TRUE(test::wait_for([&] { return running.load(); }));
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace mps::gui
