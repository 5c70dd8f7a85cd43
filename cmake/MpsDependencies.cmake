# SPDX-License-Identifier: GPL-2.0-or-later
# Every outside library, found once and given one name.
include(MpsLibraries)
find_package(CLI11 REQUIRED)
find_package(PNG REQUIRED)
pkg_check_modules(GLIB REQUIRED IMPORTED_TARGET glib-2.0)
if(MPS_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
endif()
