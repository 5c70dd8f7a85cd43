# SPDX-License-Identifier: GPL-2.0-or-later
# Every outside library, found once and given one name.
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(LIBGCRYPT REQUIRED IMPORTED_TARGET libgcrypt)
pkg_check_modules(LIBPCAP REQUIRED IMPORTED_TARGET libpcap)
if(MPS_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
