// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/manifest.h"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace mps::manifest {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* directions[] = {"c2s", "s2c"};

Key key_of(const Json& json) {
  const auto key = parse_key(json.get<std::string>());
  if (!key) throw std::runtime_error("MANIFEST.json: not a key: " + json.dump());
  return *key;
}

File file_of(const Json& json) {
  return {json.at("file"), json.value("path", ""), json.value("trust", ""), json.at("bytes"),
          json.at("sha256")};
}

Stream stream_of(const Json& json, const std::string& folder) {
  Stream stream{json.at("bytes"), json.at("sha256"), {}};
  for (const Json& part : json.at("parts")) {
    if (part.contains("file")) {
      const auto content = read_file(folder + "/" + part.at("file").get<std::string>());
      stream.plaintext.insert(stream.plaintext.end(), content.begin(), content.end());
    } else {
      const std::string text = part.at("text");
      stream.plaintext.insert(stream.plaintext.end(), text.begin(), text.end());
    }
  }
  return stream;
}

Capture capture_of(const Json& json, const std::string& folder) {
  Capture capture;
  capture.name = json.at("name");
  for (const Json& file : json.at("files")) capture.files.push_back(file_of(file));
  for (const Json& path : json.at("paths"))
    capture.paths.push_back({path.at("interface"), path.at("trust"), path.at("link")});
  for (const Json& subflow : json.at("subflows"))
    capture.subflows.push_back(
        {subflow.at("path"), subflow.at("opened_by") == "listener", subflow.at("family") == "ipv6"});
  capture.keys = {key_of(json.at("keys").at("initiator")), key_of(json.at("keys").at("listener"))};
  capture.mptcp_version = json.at("mptcp_version");
  const Json& scrambled = json.at("scrambled");
  capture.rule = scrambled.at("rule");
  for (const Scheme scheme : all_schemes)
    if (scrambled.at("scheme") == to_string(scheme)) capture.scheme = scheme;
  capture.flag_bit =
      static_cast<std::uint8_t>(std::stoul(scrambled.at("flag_bit").get<std::string>(), nullptr, 0));
  capture.init = scrambled.at("init") == "hmac" ? InitialRegister::hmac : InitialRegister::key;
  capture.order = scrambled.at("order") == "host" ? KeyOrder::host : KeyOrder::wire;
  capture.checksums = json.at("checksums");
  capture.head_path = json.at("head_path");
  for (std::size_t d = 0; d < 2; ++d) {
    capture.streams[d] = stream_of(json.at("streams").at(directions[d]), folder);
    for (const auto& [path, expected] : json.at("expected").items())
      capture.expected[path][d] = {expected.at(directions[d]).at("seen"),
                                   expected.at(directions[d]).at("missing").get<std::vector<Range>>()};
  }
  return capture;
}

}  // namespace

std::vector<std::uint8_t> read_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string sha256(const std::vector<std::uint8_t>& bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

Manifest load(const std::string& folder) {
  const auto bytes = read_file(folder + "/MANIFEST.json");
  const Json json = Json::parse(bytes);
  if (json.at("schema_version") != 1) throw std::runtime_error("MANIFEST.json: unknown schema_version");
  Manifest manifest{folder, {}, {}};
  for (const Json& file : json.at("plain")) manifest.plain.push_back(file_of(file));
  for (const Json& capture : json.at("captures")) manifest.captures.push_back(capture_of(capture, folder));
  return manifest;
}

}  // namespace mps::manifest
