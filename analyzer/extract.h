// SPDX-License-Identifier: GPL-2.0-or-later
/// --extract: recovered streams as files conn0.c2s.bin, conn0.s2c.bin ... Bytes stand at their offsets. Where
/// some are missing, conn0.c2s.gaps.json lists what is recovered and what is a hole; the file has zeros
/// there. File names are ours: nothing of a capture goes into them. A name appears only once its file is
/// whole.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/session/session.h"

namespace mps {

class Extractor final : public RecoverySink {
 public:
  /// Makes the directory if need be. The error names it and the reason.
  static tl::expected<Extractor, std::string> create(const std::string& directory);
  Extractor(Extractor&&) = default;
  ~Extractor() override;

  void on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override;

  /// Gives the files their names. Returns the first error of all writing; `notes` says which files have
  /// holes.
  tl::expected<void, std::string> finish(const SessionReport& report, std::vector<std::string>& notes);

  /// Memory of what is not written yet, however many streams there are.
  static constexpr std::size_t max_buffered = 32u << 20;
  std::size_t buffered() const { return buffered_; }

 private:
  using Key = std::pair<std::uint32_t, int>;  // connection id, direction
  struct File {
    std::string temporary;
    int descriptor = -1;
    std::uint64_t buffer_offset = 0;
    std::vector<std::uint8_t> buffer;
    std::vector<StreamRange> ranges;  ///< recovered
    std::list<Key>::iterator recent;
  };
  explicit Extractor(std::string directory) : directory_(std::move(directory)) {}
  void flush(File& file);
  void flush_all();
  bool open(const Key& key, File& file);
  void fail(const std::string& path);

  std::string directory_;
  std::map<Key, File> files_;
  std::list<Key> open_files_;  ///< most recently used first
  std::size_t buffered_ = 0;   ///< sum of the buffers' capacities
  std::string error_;
};

}  // namespace mps
