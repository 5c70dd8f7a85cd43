# SPDX-License-Identifier: GPL-2.0-or-later
# What the ciphertext-only attack recovers, per content type and run length.
find_package(ZLIB REQUIRED)
add_executable(mps_bench_attack attack_table.cpp attack_corpus.cpp)
target_include_directories(mps_bench_attack PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(mps_bench_attack PRIVATE mps_attack mps_scramble ZLIB::ZLIB fmt::fmt CLI11::CLI11 nlohmann_json::nlohmann_json)
