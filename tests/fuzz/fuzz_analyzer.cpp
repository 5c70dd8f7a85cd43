// SPDX-License-Identifier: GPL-2.0-or-later
/// mpscramble-analyze from end to end, in this process, on a capture file made of the input. Whatever the
/// file holds: one of the documented exit codes, no control characters on standard output, JSON that parses,
/// files under names of ours and nowhere else, and a written capture that we read again. Input: one byte that
/// chooses the options, then the file (pcap or pcapng: other formats are wiretap's).
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <span>
#include <string>
#include <vector>

#include "analyzer/options.h"
#include "analyzer/run.h"
#include "core/capture/pcap_file.h"
#include "core/capture/pcapng_file.h"
#include "tests/fuzz/require.h"

namespace {

using mps::test::require;
namespace fs = std::filesystem;

/// What is written to standard output while it lives.
class CapturedOutput {
 public:
  CapturedOutput() : file_(memfd_create("output", MFD_CLOEXEC)), before_(fcntl(1, F_DUPFD_CLOEXEC, 3)) {
    require(file_ >= 0 && before_ >= 0);
    std::fflush(stdout);
    require(dup2(file_, 1) == 1);
  }
  ~CapturedOutput() { close(file_); }
  std::string end() {
    std::fflush(stdout);
    require(dup2(before_, 1) == 1);
    close(before_);
    std::string text(static_cast<std::size_t>(lseek(file_, 0, SEEK_END)), '\0');
    require(pread(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    return text;
  }

 private:
  int file_;
  int before_;
};

/// The input as a file with a name, and a folder to write to.
class Place {
 public:
  Place() : file_(memfd_create("input", MFD_CLOEXEC)) {
    std::string pattern = fs::exists("/dev/shm") ? "/dev/shm/mps-fuzz-XXXXXX" : "/tmp/mps-fuzz-XXXXXX";
    require(file_ >= 0 && mkdtemp(pattern.data()) != nullptr);
    folder = pattern;
  }
  ~Place() {
    close(file_);
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  std::string hold(std::span<const std::uint8_t> bytes) {
    require(ftruncate(file_, 0) == 0);
    require(pwrite(file_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    return "/proc/self/fd/" + std::to_string(file_);
  }
  fs::path folder;

 private:
  int file_;
};

struct Outcome {
  int code;
  std::string output;
};

Outcome analyze(std::vector<std::string> words) {
  words.insert(words.begin(), "mpscramble-analyze");
  words.push_back("--progress=never");
  std::vector<const char*> arguments;
  for (const auto& word : words) arguments.push_back(word.c_str());
  const mps::ParsedOptions parsed = mps::parse_options(static_cast<int>(arguments.size()), arguments.data());
  require(parsed.proceed);
  CapturedOutput captured;
  const int code = mps::run(parsed.options);
  return {code, captured.end()};
}

/// Text for a terminal: nothing but printable characters, line ends (CSV's have two characters) and tabs.
bool harmless(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool end_of_row = byte == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if ((byte < 0x20 && byte != '\n' && byte != '\t' && !end_of_row) || byte == 0x7f) return false;
  }
  return text.find("\xc2\x9b") == std::string::npos;  // CSI in one character
}

const std::vector<std::vector<std::string>>& choices() {
  static const std::vector<std::vector<std::string>> words{
      {"-v"},
      {"-T", "json", "--show-keys"},
      {"-z", "connections", "-z", "subflows", "-z", "gaps", "-z", "checksums", "-z", "anomalies"},
      {"-z", "follow,ascii,0"},
      {"-z", "follow,hex,0"},
      {"-T", "csv", "-z", "subflows"},
      {"--scrambled", "assume", "--key-order", "auto", "-v"},
      {"--extract", "OUT/extract"},
      {"-q", "-w", "OUT/plain.pcapng"},
      {"-z", "leakage", "--attack", "exact", "--observe", "0", "--observe", "all"},
      {"-q", "--attack", "exact", "--observe", "1", "--report", "OUT/page.html"},
      {"-T", "json", "-z", "leakage", "--attack", "exact", "--observe", "matrix"},
      {"--scrambled", "never", "-T", "fields", "-e", "direction", "-e", "recovered"},
  };
  return words;
}

void check_files(const fs::path& folder) {
  static const std::regex ours(R"(extract|conn\d+\.(c2s|s2c)\.(bin|gaps\.json)|plain\.pcapng|page\.html)");
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    require(std::regex_match(entry.path().filename().string(), ours));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::span<const std::uint8_t> file(data + 1, size - 1);
  if (!mps::PcapFile::recognises(file) && !mps::PcapngFile::recognises(file)) return 0;
  static Place place;
  std::vector<std::string> words = choices()[data[0] % choices().size()];
  for (auto& word : words)
    if (word.starts_with("OUT/")) word = place.folder / word.substr(4);
  words.push_back(place.hold(file));

  const Outcome outcome = analyze(words);
  require(outcome.code == mps::exit_recovered || outcome.code == mps::exit_input ||
          outcome.code == mps::exit_partial || outcome.code == mps::exit_nothing_found ||
          outcome.code == mps::exit_usage);  // an observer that nobody is
  require(harmless(outcome.output));
  if (words[0] == "-T" && words[1] == "json" && !outcome.output.empty())
    require(nlohmann::json::accept(outcome.output));
  check_files(place.folder);
  if (const fs::path written = place.folder / "plain.pcapng"; fs::exists(written)) {
    require(analyze({"-q", "--scrambled", "never", written}).code == mps::exit_nothing_found);
    fs::remove(written);
  }
  if (const fs::path page = place.folder / "page.html"; fs::exists(page)) fs::remove(page);
  std::error_code ignored;
  fs::remove_all(place.folder / "extract", ignored);
  return 0;
}
