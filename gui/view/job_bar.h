// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

class QWidget;

namespace mps::gui {

class JobRunner;

/// What the worker is doing, how far it is, and a button that stops it. Hidden while nothing runs.
QWidget* make_job_bar(JobRunner* runner, QWidget* parent);

}  // namespace mps::gui
