# SPDX-License-Identifier: GPL-2.0-or-later
# The outside libraries of core/: for this build, and installed beside it for those who link the library.
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost REQUIRED)  # headers of Boost.Math
find_package(Wiretap REQUIRED)
pkg_check_modules(LIBGCRYPT REQUIRED IMPORTED_TARGET libgcrypt)
pkg_check_modules(LIBPCAP REQUIRED IMPORTED_TARGET libpcap)
pkg_check_modules(LIBXXHASH REQUIRED IMPORTED_TARGET libxxhash)
