// SPDX-License-Identifier: GPL-2.0-or-later
/// captures/MANIFEST.json as values: what each bundled capture contains, and what can be recovered from which
/// path. For tests; throws std::runtime_error when the manifest is not what it should be.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/hardened/scheme.h"
#include "core/secrets/key_log.h"

namespace mps::manifest {

using Range = std::pair<std::uint64_t, std::uint64_t>;  ///< half open, in stream positions

struct File {
  std::string name;   ///< in captures/
  std::string path;   ///< interface name; empty for the merged file
  std::string trust;  ///< "trusted", "untrusted"; empty for the merged file
  std::uint64_t bytes = 0;
  std::string sha256;
};

struct Path {
  std::string interface;
  std::string trust;
  std::string link;  ///< "ethernet", "raw_ip"
};

struct Subflow {
  std::string path;
  bool opened_by_listener = false;
  bool ipv6 = false;
};

/// One direction as one path saw it.
struct Expected {
  std::uint64_t seen = 0;
  std::vector<Range> missing;
};

struct Stream {
  std::uint64_t bytes = 0;
  std::string sha256;
  std::vector<std::uint8_t> plaintext;  ///< put together from the manifest's parts
};

struct Capture {
  std::string name;
  std::vector<File> files;  ///< the merged one first
  std::vector<Path> paths;
  std::vector<Subflow> subflows;
  KeyPair keys;
  unsigned mptcp_version = 1;
  std::string rule;  ///< "flag", "assume", "never"
  Scheme scheme = Scheme::paper;
  std::uint8_t flag_bit = 0x10;
  InitialRegister init = InitialRegister::key;
  KeyOrder order = KeyOrder::wire;
  bool checksums = false;
  std::string head_path;          ///< the only one that carried the first 65 bytes of both directions
  std::array<Stream, 2> streams;  ///< c2s, s2c
  std::map<std::string, std::array<Expected, 2>> expected;  ///< by interface
};

/// For GoogleTest, which would print bytes.
inline void PrintTo(const Capture& capture, std::ostream* out) {
  *out << capture.name;
}

struct Manifest {
  std::string folder;
  std::vector<File> plain;
  std::vector<Capture> captures;
};

/// `folder`: the one MANIFEST.json is in.
Manifest load(const std::string& folder);

std::vector<std::uint8_t> read_file(const std::string& name);
std::string sha256(const std::vector<std::uint8_t>& bytes);

}  // namespace mps::manifest
