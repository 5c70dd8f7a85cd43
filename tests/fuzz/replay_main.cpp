// SPDX-License-Identifier: GPL-2.0-or-later
/// Runs a fuzz target over files and folders without libFuzzer, so that the seeds and every input that once
/// failed are tested by any compiler. Names what it runs before it runs it: the last name is the one that
/// crashed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& place) {
  if (!fs::is_directory(place)) return {place};
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(place))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

bool replay(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> read{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
    return false;
  }
  std::printf("%s: %zu bytes\n", path.c_str(), read.size());
  std::fflush(stdout);
  const std::vector<std::uint8_t> input(read.begin(), read.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  bool readable = true;
  for (int i = 1; i < argc; ++i)
    for (const auto& file : files_in(argv[i])) {
      readable = replay(file) && readable;
      ++count;
    }
  std::printf("%zu inputs\n", count);
  return readable && count ? 0 : 1;
}
