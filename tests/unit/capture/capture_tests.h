// SPDX-License-Identifier: GPL-2.0-or-later
/// What the capture tests share: a folder of their own, reading a source to its end, outside programs.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/capture/byte_stream.h"
#include "core/capture/packet_source.h"
#include "tests/support/capture_writer.h"

namespace mps::test {

/// A folder that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mps-capture-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string file(const std::string& name, const Bytes& bytes) const {
    write_file(file(name), bytes);
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

/// A packet that owns its bytes.
struct OwnedPacket {
  std::uint64_t number;
  std::uint64_t number_in_file;
  std::int64_t time_ns;
  std::uint32_t path;
  LinkType link;
  std::uint32_t length_on_wire;
  Bytes bytes;
  std::uint64_t locator;
};

inline std::vector<OwnedPacket> read_all(PacketSource& source) {
  std::vector<OwnedPacket> all;
  Packet packet;
  while (source.next(packet))
    all.push_back({packet.number, packet.number_in_file, packet.time_ns, packet.path, packet.link,
                   packet.length_on_wire, Bytes(packet.bytes.begin(), packet.bytes.end()), packet.locator});
  return all;
}

inline std::vector<std::string> messages(const PacketSource& source) {
  std::vector<std::string> all;
  for (const auto& error : source.errors()) all.push_back(error.message());
  return all;
}

/// Every locator must show the packet's bytes again.
inline void expect_rereadable(PacketSource& source, const std::vector<OwnedPacket>& packets) {
  for (const auto& packet : packets) {
    ASSERT_NE(packet.locator, no_locator) << "packet " << packet.number;
    Bytes again(packet.bytes.size());
    ASSERT_TRUE(source.read(packet.locator, again));
    ASSERT_EQ(again, packet.bytes) << "packet " << packet.number;
  }
}

/// True if the shell command succeeded.
inline bool run(const std::string& command) {
  return WEXITSTATUS(std::system((command + " >/dev/null 2>&1").c_str())) == 0;
}
inline bool has_program(const std::string& name) {
  return run("command -v " + name);
}

}  // namespace mps::test
