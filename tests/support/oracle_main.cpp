// SPDX-License-Identifier: GPL-2.0-or-later
/// mpscramble-oracle: what the slow twin says about captures, as JSON for captures/make. Each FILE is one
/// path, in order.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "captures/command_line.h"
#include "core/scramble/mps_scramble.h"
#include "tests/reference/hardened_twin.h"
#include "tests/support/dss_oracle.h"

namespace mps::oracle {
namespace {

using Json = nlohmann::ordered_json;
using Bytes = std::vector<std::uint8_t>;

struct Settings {
  std::vector<std::string> files;
  Scheme scheme = Scheme::paper;
  InitialRegister init = InitialRegister::key;
  KeyOrder order = KeyOrder::wire;
  bool plain = false;
  std::string extract;  ///< prefix for recovered streams
};

std::string sha256(const Bytes& bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex();
}

/// The paper's straightforward form, or the hardened schemes' twin: as far from the fast implementations as
/// there is.
Bytes descramble(const Settings& settings, Bytes bytes, const StreamKeys& stream, KeyHash hash) {
  if (settings.plain) return bytes;
  if (is_hardened(settings.scheme)) return reference::hardened_decoded(settings.scheme, stream, bytes);
  const Key& sender = stream.listener_sends ? stream.keys.listener : stream.keys.initiator;
  const Bytes initial = register_bytes(sender, settings.init, settings.order, hash);
  mps_state state;
  mps_state_init(&state, initial.data(), initial.size());
  mps_descramble_straight(&state, bytes.data(), bytes.data(), bytes.size());
  return bytes;
}

Json describe(const Settings& settings, const Stream& stream, const StreamKeys& keys, KeyHash hash,
              const std::string& name) {
  Json json;
  json["bytes"] = stream.length();
  json["fin"] = stream.fin.has_value();
  json["unmapped"] = stream.unmapped;
  json["retransmitted"] = stream.retransmitted;
  json["checksums_good"] = stream.checksums_good;
  json["checksums_bad"] = stream.checksums_bad;
  std::size_t twice = 0;
  std::size_t contradicted = 0;
  for (const auto& [at, byte] : stream.bytes) {
    twice += byte.subflows.size() > 1;
    contradicted += byte.contradicted;
  }
  json["on_several_subflows"] = twice;
  json["contradicted"] = contradicted;
  json["missing"] = stream.missing();
  if (const auto whole = stream.whole()) {
    const Bytes plain = descramble(settings, *whole, keys, hash);
    json["sha256"] = sha256(plain);
    if (!settings.extract.empty()) {
      std::ofstream out(settings.extract + "." + name, std::ios::binary);
      out.write(reinterpret_cast<const char*>(plain.data()), static_cast<std::streamsize>(plain.size()));
    }
  }
  for (std::uint32_t path = 0; path < settings.files.size(); ++path)
    json["missing_on_path"].push_back(stream.missing(1u << path));
  return json;
}

Json describe(const Settings& settings, const Connection& connection) {
  Json json;
  if (!connection.initiator_key || !connection.listener_key) return json;
  json["initiator"] = to_string(*connection.initiator_key);
  json["listener"] = to_string(*connection.listener_key);
  json["version"] = connection.hash == KeyHash::sha1 ? 0 : 1;
  json["syn_flags"] = connection.syn_flags;
  for (const Subflow& subflow : connection.subflows)
    json["subflows"].push_back(
        {{"path", subflow.path}, {"opened_by_listener", subflow.opened_by_listener}, {"ipv6", subflow.ipv6}});
  const KeyPair keys{*connection.initiator_key, *connection.listener_key};
  json["c2s"] = describe(settings, connection.c2s, {keys, false}, connection.hash, "c2s");
  json["s2c"] = describe(settings, connection.s2c, {keys, true}, connection.hash, "s2c");
  return json;
}

int main_of_oracle(int argc, char** argv) {
  Settings settings;
  CLI::App app("Reassembles MPTCP captures slowly and obviously; each FILE is one path.");
  app.add_option("FILE", settings.files)->required()->check(CLI::ExistingFile);
  add_choice<Scheme>(app, "--scheme", settings.scheme, scheme_choices(), "Default paper");
  add_register_options(app, settings.init, settings.order, "Scrambling");
  app.add_flag("--plain", settings.plain, "The streams are not scrambled");
  app.add_option("--extract", settings.extract, "Write complete streams to PREFIX.c2s and PREFIX.s2c");
  CLI11_PARSE(app, argc, argv);

  DssOracle oracle;
  for (std::uint32_t path = 0; path < settings.files.size(); ++path) {
    if (const auto trouble = add_file(oracle, path, settings.files[path])) {
      fmt::print(stderr, "mpscramble-oracle: {}\n", *trouble);
      return 2;
    }
  }
  Json json = Json::array();
  for (const Connection& connection : oracle.connections()) json.push_back(describe(settings, connection));
  fmt::print("{}\n", json.dump(1));
  return 0;
}

}  // namespace
}  // namespace mps::oracle

int main(int argc, char** argv) {
  return mps::oracle::main_of_oracle(argc, argv);
}
