// SPDX-License-Identifier: GPL-2.0-or-later
/// mpscramble-gui. Exit codes: 0 done, 1 usage, 2 the capture could not be read or the output not written.
#include <QApplication>
#include <QTimer>
#include <cstdio>

#include "gui/command_line.h"
#include "gui/view/main_window.h"
#include "gui/view/theme.h"

namespace {

using namespace mps::gui;

constexpr int failed = 2;

/// Runs the event loop until nothing is left to do; then writes what was asked for.
int run_headless(QApplication& application, MainWindow& window, const CommandLine& options) {
  QString failure;
  QObject::connect(&window.analysis(), &Analysis::failed, [&](const QString& reason) { failure = reason; });
  QTimer poll;
  QObject::connect(&poll, &QTimer::timeout, [&] {
    if (window.settled()) QApplication::quit();
  });
  poll.start(50);
  application.exec();
  const auto observed = window.analysis().observation();
  if (!options.report.empty() && observed && !observed->attacked) {  // too much to be attacked unasked
    window.analysis().attack();
    application.exec();
  }
  poll.stop();
  for (const std::string& page : options.pages) window.showPage(QString::fromStdString(page));
  QApplication::processEvents();
  if (!failure.isEmpty()) std::fprintf(stderr, "mpscramble-gui: %s\n", qPrintable(failure));
  if (!options.screenshot.empty()) {
    const QString file = QString::fromStdString(options.screenshot);
    QApplication::processEvents();
    if (!window.grab().save(file)) {
      std::fprintf(stderr, "mpscramble-gui: cannot write %s\n", qPrintable(file));
      return failed;
    }
  }
  if (!options.report.empty()) {
    const auto observation = window.analysis().observation();
    QString error = failure.isEmpty() ? QStringLiteral("nothing to report") : failure;
    if (!observation ||
        !write_report(QString::fromStdString(options.report), *observation, window.reportPictures(), error)) {
      std::fprintf(stderr, "mpscramble-gui: %s\n", qPrintable(error));
      return failed;
    }
  }
  return failure.isEmpty() ? 0 : failed;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = parse_command_line(argc, argv);
  if (parsed.exit_code) return *parsed.exit_code;
  const CommandLine& options = parsed.options;
  const bool display = qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY");
  if (options.headless() && !display && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
    qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("mpscramble-gui"));
  QApplication::setOrganizationName(QStringLiteral("mpscramble"));
  QApplication::setApplicationVersion(QStringLiteral(MPS_VERSION));
  mps::gui::theme::apply(application, options.dark || theme::is_dark(QApplication::palette()));

  QLocale::setDefault(QLocale(QLocale::English));  // one notation of numbers in window, exports and captions

  QFont font = QApplication::font();
  font.setPointSizeF(font.pointSizeF() * options.text_scale);
  QApplication::setFont(font);

  MainWindow window;
  if (const auto size = parse_size(options.size)) window.resize(size->first, size->second);
  window.show();
  if (!options.demo.empty() && !window.openDemo(QString::fromStdString(options.demo), options.first())) {
    std::fprintf(stderr, "mpscramble-gui: no demonstration '%s'\n", options.demo.c_str());
    return failed;
  }
  if (!options.traces.empty()) window.openRequest(options.request(), options.first());
  for (const std::string& page : options.pages)
    if (!window.showPage(QString::fromStdString(page)))
      std::fprintf(stderr, "mpscramble-gui: no page '%s'\n", page.c_str());
  return options.headless() ? run_headless(application, window, options) : application.exec();
}
