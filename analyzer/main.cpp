// SPDX-License-Identifier: GPL-2.0-or-later
// mpscramble-analyze: options in, report out. What is analysed stands in core/; here is only order and
// errors.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "analyzer/demo.h"
#include "analyzer/options.h"
#include "analyzer/run.h"

namespace {

/// Memory may run out inside of a destructor, where no handler is reached.
[[noreturn]] void on_terminate() {
  try {
    if (const auto current = std::current_exception()) std::rethrow_exception(current);
  } catch (const std::bad_alloc&) {
    std::fputs("mpscramble-analyze: out of memory\n", stderr);
    std::_Exit(mps::exit_input);
  } catch (...) {
  }
  std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(on_terminate);
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is seen as a write error and ends the program cleanly
  mps::ParsedOptions parsed;
  try {
    parsed = mps::parse_options(argc, argv);
    if (!parsed.proceed) {
      std::fputs(parsed.message.c_str(), parsed.to_stderr ? stderr : stdout);
      return parsed.exit_code;
    }
    return parsed.options.demo ? mps::run_demo(parsed.options) : mps::run(parsed.options);
  } catch (const std::bad_alloc&) {
    std::fputs("mpscramble-analyze: out of memory\n", stderr);
    return mps::exit_input;
  }
}
