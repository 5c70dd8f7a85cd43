# SPDX-License-Identifier: GPL-2.0-or-later
# mps_bench_table2: the codec against ciphers and memcpy. OpenSSL is used here and nowhere else.
find_package(OpenSSL 3)
if(OPENSSL_FOUND)
  add_executable(mps_bench_table2 table2.cpp racer.cpp codec_contestants.cpp cipher_contestants.cpp)
  target_include_directories(mps_bench_table2 PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(mps_bench_table2 PRIVATE mps_scramble OpenSSL::Crypto PkgConfig::LIBGCRYPT CLI11::CLI11
                        nlohmann_json::nlohmann_json fmt::fmt)
else()
  message(STATUS "OpenSSL not found: no mps_bench_table2 (Debian: libssl-dev)")
endif()
