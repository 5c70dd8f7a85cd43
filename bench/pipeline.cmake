# SPDX-License-Identifier: GPL-2.0-or-later
# What bench/pipeline compares mpscramble-analyze with, beside the programs that Debian packages.
add_executable(mps_bench_reading_loop reading_loop.cpp)
target_link_libraries(mps_bench_reading_loop PRIVATE PkgConfig::LIBPCAP fmt::fmt)
pkg_check_modules(LIBTINS IMPORTED_TARGET libtins)
if(LIBTINS_FOUND)
  add_executable(mps_bench_libtins_loop libtins_loop.cpp)
  target_link_libraries(mps_bench_libtins_loop PRIVATE PkgConfig::LIBTINS)
else()
  message(STATUS "libtins not found: no mps_bench_libtins_loop (Debian: libtins-dev)")
endif()
