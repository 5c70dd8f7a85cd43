// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/extract.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analyzer/whole_file.h"

namespace mps {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::size_t max_open = 128;

std::string stem(std::uint32_t number, Direction direction) {
  return fmt::format("conn{}.{}", number, short_name(direction));
}

/// The parts of [0, end) that `ranges` leave out.
std::vector<StreamRange> holes_in(const std::vector<StreamRange>& ranges, std::uint64_t end) {
  std::vector<StreamRange> holes;
  std::uint64_t at = 0;
  for (const StreamRange& range : ranges) {
    if (range.from > at) holes.push_back({at, range.from});
    at = range.to;
  }
  if (at < end) holes.push_back({at, end});
  return holes;
}

nlohmann::ordered_json as_json(const std::vector<StreamRange>& ranges) {
  auto list = nlohmann::ordered_json::array();
  for (const StreamRange& range : ranges)
    list.push_back(nlohmann::ordered_json::array({std::to_string(range.from), std::to_string(range.to)}));
  return list;
}

}  // namespace

tl::expected<Extractor, std::string> Extractor::create(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return tl::unexpected(fmt::format("{}: {}", directory, error.message()));
  if (!std::filesystem::is_directory(directory))
    return tl::unexpected(fmt::format("{}: not a directory", directory));
  return Extractor(directory);
}

Extractor::~Extractor() {
  for (auto& [key, file] : files_) {
    if (file.descriptor >= 0) ::close(file.descriptor);
    if (!file.temporary.empty()) ::unlink(file.temporary.c_str());
  }
}

void Extractor::fail(const std::string& path) {
  if (error_.empty()) error_ = fmt::format("{}: {}", path, std::strerror(errno));
}

bool Extractor::open(const Key& key, File& file) {
  if (file.descriptor >= 0) {
    open_files_.splice(open_files_.begin(), open_files_, file.recent);
    return true;
  }
  if (open_files_.size() >= max_open) {
    File& oldest = files_.at(open_files_.back());
    open_files_.pop_back();
    if (::close(oldest.descriptor)) fail(oldest.temporary);
    oldest.descriptor = -1;
  }
  if (file.temporary.empty()) {
    std::string name = fmt::format("{}/.{}.{}.XXXXXX", directory_, key.first, key.second);
    file.descriptor = ::mkstemp(name.data());
    if (file.descriptor >= 0) {
      ::fchmod(file.descriptor, 0644);
      file.temporary = name;
    }
  } else {
    file.descriptor = ::open(file.temporary.c_str(), O_WRONLY | O_CLOEXEC);
  }
  if (file.descriptor < 0) {
    fail(file.temporary.empty() ? directory_ : file.temporary);
    return false;
  }
  open_files_.push_front(key);
  file.recent = open_files_.begin();
  return true;
}

void Extractor::flush(File& file) {
  std::size_t done = 0;
  while (done < file.buffer.size()) {
    const ssize_t n = ::pwrite(file.descriptor, file.buffer.data() + done, file.buffer.size() - done,
                               static_cast<off_t>(file.buffer_offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      fail(file.temporary);
      break;
    }
    done += static_cast<std::size_t>(n);
  }
  file.buffer.clear();
}

void Extractor::on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                             std::span<const std::uint8_t> bytes) {
  if (!error_.empty() || bytes.empty()) return;
  const Key key{connection.id, static_cast<int>(direction)};
  File& file = files_[key];
  if (!file.ranges.empty() && file.ranges.back().to == offset)
    file.ranges.back().to += bytes.size();
  else
    file.ranges.push_back({offset, offset + bytes.size()});
  const bool continues = file.buffer_offset + file.buffer.size() == offset;
  if (!file.buffer.empty() && (!continues || file.buffer.size() + bytes.size() > buffer_size)) {
    if (!open(key, file)) return;
    flush(file);
  }
  if (file.buffer.empty()) file.buffer_offset = offset;
  buffered_ -= file.buffer.capacity();
  file.buffer.insert(file.buffer.end(), bytes.begin(), bytes.end());
  buffered_ += file.buffer.capacity();
  if (buffered_ > max_buffered) flush_all();
}

void Extractor::flush_all() {
  for (auto& [key, file] : files_) {
    if (!file.buffer.empty()) {
      if (!open(key, file)) return;
      flush(file);
    }
    buffered_ -= file.buffer.capacity();
    std::vector<std::uint8_t>().swap(file.buffer);
  }
}

tl::expected<void, std::string> Extractor::finish(const SessionReport& report,
                                                  std::vector<std::string>& notes) {
  for (const auto& connection : report.connections) {
    for (const auto& stream : connection.streams) {
      const Key key{connection.id, static_cast<int>(stream.direction)};
      const auto found = files_.find(key);
      if (found == files_.end()) continue;
      File& file = found->second;
      if (open(key, file)) flush(file);
      if (!error_.empty()) return tl::unexpected(error_);
      const std::string base = stem(connection.number, stream.direction);
      const std::string name = fmt::format("{}/{}.bin", directory_, base);
      const std::uint64_t end = std::max(stream.end_seen, stream.length.value_or(0));
      const auto holes = holes_in(file.ranges, end);
      const std::string gaps_name = fmt::format("{}/{}.gaps.json", directory_, base);
      if (!holes.empty() || report.interrupted) {
        nlohmann::ordered_json j;
        j["file"] = base + ".bin";
        j["state"] = to_string(stream.state);
        j["interrupted"] = report.interrupted;
        j["start_known"] = stream.start_known;
        j["first_dsn"] = std::to_string(stream.first_dsn);
        j["end"] = std::to_string(end);
        j["recovered"] = as_json(file.ranges);
        j["holes"] = as_json(holes);
        if (const auto written = write_whole(gaps_name, j.dump(2) + "\n"); !written && error_.empty())
          error_ = written.error();
        std::uint64_t missing = 0;
        for (const auto& hole : holes) missing += hole.size();
        notes.push_back(fmt::format("{}.bin: {} bytes in {} hole{} are not recovered, see {}.gaps.json", base,
                                    missing, holes.size(), holes.size() == 1 ? "" : "s", base));
      } else {
        ::unlink(gaps_name.c_str());  // of an earlier run
      }
      if (::close(file.descriptor)) fail(file.temporary);
      file.descriptor = -1;
      open_files_.erase(file.recent);
      if (::rename(file.temporary.c_str(), name.c_str()))
        fail(name);
      else
        file.temporary.clear();
    }
  }
  if (!error_.empty()) return tl::unexpected(error_);
  return {};
}

}  // namespace mps
