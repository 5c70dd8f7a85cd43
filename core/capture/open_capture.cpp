// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/open_capture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/capture/byte_stream.h"
#include "core/capture/mapped_file.h"
#include "core/capture/merged_source.h"
#include "core/capture/packet_filter.h"
#include "core/capture/pcap_file.h"
#include "core/capture/pcapng_file.h"
#include "core/capture/wiretap_file.h"

namespace mps {
namespace {

/// Wiretap takes a few bytes of anything for one of its text formats.
constexpr std::size_t shortest_capture = 12;

using OpenResult = tl::expected<std::unique_ptr<PacketSource>, CaptureError>;

tl::unexpected<CaptureError> failure(const std::string& name, std::string reason) {
  return tl::unexpected(CaptureError{name, 0, std::move(reason)});
}

/// An unnamed file: it goes away with its descriptor, however the program ends.
int open_temporary() {
  const char* chosen = std::getenv("TMPDIR");
  const std::string folder = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  if (const int fd = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); fd >= 0) return fd;
  std::string pattern = folder + "/mpscramble-XXXXXX";  // file systems without O_TMPFILE
  const int fd = mkostemp(pattern.data(), O_CLOEXEC);
  if (fd >= 0) unlink(pattern.c_str());
  return fd;
}

/// Wiretap wants a file that it can open and seek in; a pipe has been read in part already.
OpenResult open_spooled(ByteStream& stream, const std::string& name) {
  const int spool = open_temporary();
  if (spool < 0) return failure(name, fmt::format("cannot make a temporary file: {}", std::strerror(errno)));
  const auto stored = stream.write_rest(spool);
  OpenResult opened =
      stored ? open_wiretap_file(fmt::format("/proc/self/fd/{}", spool), name)
             : OpenResult(failure(name, fmt::format("cannot store the input: {}", stored.error())));
  close(spool);
  return opened;
}

int open_descriptor(const std::string& path) {
  return path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
}

/// A ring keeps bytes at hand that wait for others. Many files together keep little more than a few do.
std::size_t ring_for(std::size_t inputs) {
  constexpr std::size_t budget = 8 * FileStream::default_ring;
  constexpr std::size_t least = 64 * 1024;
  return std::clamp(budget / std::max<std::size_t>(inputs, 1), least, FileStream::default_ring);
}

/// Takes over `fd`. Windows are worth their memory and a trial in large files, if few are open. Not in files
/// with holes: looking at a hole gives it memory on some file systems, reading it does not.
std::unique_ptr<ByteStream> open_stream(int fd, std::size_t ring) {
  constexpr off_t large = 32 << 20;
  struct stat status {};
  const bool few_are_open = ring == FileStream::default_ring;
  const bool is_large = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size >= large;
  const bool has_holes = status.st_blocks * 512 < status.st_size;
  if (is_large && !has_holes && few_are_open &&
      MappedFile::pays(fd, static_cast<std::uint64_t>(status.st_size))) {
    if (auto mapped = MappedFile::open(fd)) return mapped;
  }
  return std::make_unique<FileStream>(fd, ring);
}

OpenResult open_unfiltered(const std::string& path, std::size_t ring = FileStream::default_ring) {
  const int fd = open_descriptor(path);
  if (fd < 0) return failure(path, std::strerror(errno));
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    close(fd);
    return failure(path, "is a directory");
  }
  auto stream = open_stream(fd, ring);
  const auto start = stream->peek(PcapFile::header_bytes);
  if (!stream->error().empty()) return failure(path, stream->error());
  if (start.empty()) return failure(path, "is empty");
  if (start.size() < shortest_capture) return failure(path, "is too short to be a capture");
  if (PcapFile::recognises(start)) return std::make_unique<PcapFile>(std::move(stream), path);
  if (PcapngFile::recognises(start)) return std::make_unique<PcapngFile>(std::move(stream), path);
  if (path != "-" && S_ISCHR(status.st_mode))  // there may be no end to it
    return failure(path, "is a device that brings no capture");
  const bool is_plain_file = path != "-" && S_ISREG(status.st_mode);
  return is_plain_file ? open_wiretap_file(path, path) : open_spooled(*stream, path);
}

}  // namespace

tl::expected<std::unique_ptr<PacketSource>, CaptureError> open_capture(const std::string& path,
                                                                       const OpenOptions& options) {
  if (options.filter.empty()) return open_unfiltered(path);
  PacketFilter filter(options.filter);
  if (const auto checked = filter.check(); !checked) return tl::unexpected(checked.error());
  auto source = open_unfiltered(path);
  if (!source) return source;
  return std::make_unique<FilteredSource>(std::move(*source), std::move(filter));
}

tl::expected<std::unique_ptr<PacketSource>, std::vector<CaptureError>> open_captures(
    const std::vector<CaptureInput>& inputs, const OpenOptions& options) {
  PacketFilter filter(options.filter);
  if (const auto checked = filter.check(); !options.filter.empty() && !checked)
    return tl::unexpected(std::vector{checked.error()});
  std::vector<MergedSource::Input> opened;
  std::vector<CaptureError> failed;
  for (const CaptureInput& input : inputs) {
    auto source = open_unfiltered(input.path, ring_for(inputs.size()));
    if (source)
      opened.push_back({std::move(*source), input.trust});
    else
      failed.push_back(source.error());
  }
  if (opened.empty()) return tl::unexpected(std::move(failed));
  std::unique_ptr<PacketSource> merged = std::make_unique<MergedSource>(std::move(opened), std::move(failed));
  if (options.filter.empty()) return merged;
  return std::make_unique<FilteredSource>(std::move(merged), std::move(filter));
}

bool begins_as_capture(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  std::array<std::uint8_t, 4> start{};
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(start.data()), start.size())) return false;
  if (PcapFile::has_magic(start) || PcapngFile::has_magic(start)) return true;
  return std::filesystem::file_size(path, ignored) >= shortest_capture && wiretap_knows(path);
}

}  // namespace mps
