// SPDX-License-Identifier: GPL-2.0-or-later
/// The what-if calculator: any text gives JSON or one line that says what is wrong.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/leak/what_if.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using mps::test::require;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto answer = mps::what_if(text, {.max_ranges = 100});
  if (answer) {
    require(nlohmann::json::accept(*answer));
  } else {
    require(!answer.error().empty() && answer.error().find('\n') == std::string::npos);
    require(answer.error().size() < 2000);
  }
  return 0;
}
