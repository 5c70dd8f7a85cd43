// SPDX-License-Identifier: GPL-2.0-or-later
#include "plugin/preferences.h"

#include <stdio.h>
#include <wsutil/filesystem.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "plugin/epan_traits.h"

namespace mps::plugin {
namespace {

// Wireshark keeps the addresses of these.
int rule = static_cast<int>(ScrambleRule::flag);
unsigned flag_bit = 0x10;
unsigned h1_flag_bit = 0x08;
unsigned h2_flag_bit = 0x04;
constexpr int scheme_auto = -1;
int scheme = scheme_auto;
int initial_register = static_cast<int>(InitialRegister::key);
enum Order { order_wire, order_host, order_auto };
int key_order = order_wire;
PreferenceBool plain = true;
PreferenceBool guess = false;
PreferenceBool desegment = true;
unsigned memory_limit_mib = 1024;
const char* key_log_file = "";

struct KeyRow {
  char* initiator;
  char* listener;
};
KeyRow* key_rows = nullptr;
unsigned key_row_count = 0;

UAT_CSTRING_CB_DEF(key_rows, initiator, KeyRow)
UAT_CSTRING_CB_DEF(key_rows, listener, KeyRow)

void* copy_row(void* destination, const void* source, size_t) {
  auto* to = static_cast<KeyRow*>(destination);
  const auto* from = static_cast<const KeyRow*>(source);
  to->initiator = g_strdup(from->initiator);
  to->listener = g_strdup(from->listener);
  return to;
}

UatBool check_row(void* row, char** error) {
  const auto* keys = static_cast<const KeyRow*>(row);
  for (const char* key : {keys->initiator, keys->listener})
    if (!key || !parse_key(key)) {
      *error = g_strdup("A key is 16 hexadecimal digits.");
      return false;
    }
  return true;
}

void free_row(void* row) {
  auto* keys = static_cast<KeyRow*>(row);
  g_free(keys->initiator);
  g_free(keys->listener);
}

}  // namespace

void register_preferences(int proto) {
  module_t* module = prefs_register_protocol(proto, nullptr);
  static const enum_val_t rules[] = {
      {"flag", "Connections that carry the flag in MP_CAPABLE, or are in the key log",
       static_cast<int>(ScrambleRule::flag)},
      {"assume", "Every MPTCP connection", static_cast<int>(ScrambleRule::assume)},
      {"never", "None: plain MPTCP only", static_cast<int>(ScrambleRule::never)},
      {nullptr, nullptr, 0}};
  prefs_register_enum_preference(module, "scrambled", "Which connections are scrambled",
                                 "Decode As on a TCP port chooses single connections whatever is set here.",
                                 &rule, rules, false);
  prefs_register_uint_preference(module, "flag_bit", "Flag bit (hexadecimal)",
                                 "The bit of the MP_CAPABLE flags that announces scrambling", 16, &flag_bit);
  prefs_register_uint_preference(module, "h1_flag_bit", "Flag bit of H1 (hexadecimal)",
                                 "The bit that announces the hardened scheme H1", 16, &h1_flag_bit);
  prefs_register_uint_preference(module, "h2_flag_bit", "Flag bit of H2 (hexadecimal)",
                                 "The bit that announces the hardened scheme H2", 16, &h2_flag_bit);
  static const enum_val_t schemes[] = {{"auto", "By the flag bit", scheme_auto},
                                       {"paper", "The paper's scrambler", static_cast<int>(Scheme::paper)},
                                       {"h1", "H1: XOR with a keystream", static_cast<int>(Scheme::h1)},
                                       {"h2", "H2: ratchet over the data", static_cast<int>(Scheme::h2)},
                                       {nullptr, nullptr, 0}};
  prefs_register_enum_preference(module, "scheme", "Scheme", "What scrambled connections are decoded with",
                                 &scheme, schemes, false);
  static const enum_val_t registers[] = {
      {"key", "The sender's key (figure 14 of the paper)", static_cast<int>(InitialRegister::key)},
      {"hmac", "The HMAC of the sender's key (section III.B)", static_cast<int>(InitialRegister::hmac)},
      {nullptr, nullptr, 0}};
  prefs_register_enum_preference(module, "init", "Initial register",
                                 "What the scrambler's register starts with", &initial_register, registers,
                                 false);
  static const enum_val_t orders[] = {{"wire", "As on the wire", order_wire},
                                      {"host", "As a little-endian host copies it", order_host},
                                      {"auto", "Find out from the first 16 KiB of a stream", order_auto},
                                      {nullptr, nullptr, 0}};
  prefs_register_enum_preference(module, "key_order", "Key order",
                                 "Byte order in which the key enters the register", &key_order, orders,
                                 false);
  prefs_register_filename_preference(module, "keylog_file", "Key log file",
                                     "Lines \"MPTCP_KEYS <initiator's key> <listener's key>\". For captures "
                                     "without the handshake; read again while it grows.",
                                     &key_log_file, false);
  static uat_field_t columns[] = {
      UAT_FLD_CSTRING(key_rows, initiator, "Initiator's key", "16 hexadecimal digits"),
      UAT_FLD_CSTRING(key_rows, listener, "Listener's key", "16 hexadecimal digits"), UAT_END_FIELDS};
  uat_t* table =
      uat_new("MPTCP keys", sizeof(KeyRow), "mpscramble_keys", true, &key_rows, &key_row_count,
              UAT_AFFECTS_DISSECTION, nullptr, copy_row, check_row, free_row, nullptr, nullptr, columns);
  prefs_register_uat_preference(module, "keys", "MPTCP keys",
                                "Keys of connections whose handshake is not in the capture", table);
  prefs_register_bool_preference(module, "plain", "Reassemble unscrambled MPTCP too",
                                 "Show applications the whole stream instead of what each subflow carries",
                                 &plain);
  prefs_register_bool_preference(module, "desegment", "Let applications ask for more bytes",
                                 "Reassemble application messages that span frames", &desegment);
  prefs_register_bool_preference(
      module, "guess", "Recognize scrambling by the first bytes",
      "Without a flag: try the key, and compare with the beginnings of common protocols", &guess);
  prefs_register_uint_preference(module, "memory_limit", "Memory for bytes that wait (MiB)",
                                 "For bytes behind gaps, and for one reassembled message", 10,
                                 &memory_limit_mib);
}

bool may_desegment() {
  return desegment;
}

RecoveryOptions current_options() {
  RecoveryOptions options;
  options.tracker.scrambled = static_cast<ScrambleRule>(rule);
  options.tracker.flags.set(Scheme::paper, static_cast<std::uint8_t>(flag_bit));
  options.tracker.flags.set(Scheme::h1, static_cast<std::uint8_t>(h1_flag_bit));
  options.tracker.flags.set(Scheme::h2, static_cast<std::uint8_t>(h2_flag_bit));
  if (scheme != scheme_auto) options.tracker.scheme = static_cast<Scheme>(scheme);
  const std::uint64_t limit = std::uint64_t{std::max(memory_limit_mib, 1u)} << 20;
  options.tracker.max_copied_bytes = limit;
  options.max_pdu = std::min<std::uint64_t>(limit, INT32_MAX);
  options.initial_register.init = static_cast<InitialRegister>(initial_register);
  if (key_order == order_auto)
    options.initial_register.order = std::nullopt;
  else
    options.initial_register.order = key_order == order_host ? KeyOrder::host : KeyOrder::wire;
  options.plain = plain;
  options.guess = guess;
  return options;
}

KeyRing::~KeyRing() {
  if (file_) std::fclose(static_cast<FILE*>(file_));
}

bool KeyRing::refresh() noexcept {
  try {
    const std::size_t before = log_.size();
    if (!table_read_) {
      table_read_ = true;
      for (unsigned i = 0; i < key_row_count; ++i) {
        const auto initiator = parse_key(key_rows[i].initiator);
        const auto listener = parse_key(key_rows[i].listener);
        if (initiator && listener) log_.add({*initiator, *listener});
      }
    }
    if (key_log_file && *key_log_file) {
      if (file_ && file_needs_reopen(fileno(static_cast<FILE*>(file_)), key_log_file)) {
        std::fclose(static_cast<FILE*>(file_));
        file_ = nullptr;
      }
      if (!file_) file_ = std::fopen(key_log_file, "r");
      if (file_) read_lines();
    }
    return log_.size() > before;
  } catch (...) {
    return false;
  }
}

/// The last line may still be being written: it is read again the next time.
void KeyRing::read_lines() {
  auto* file = static_cast<FILE*>(file_);
  char line[512];
  std::clearerr(file);
  for (;;) {
    const long at = std::ftell(file);
    if (!std::fgets(line, sizeof line, file)) return;
    std::string_view text(line);
    const bool whole = text.ends_with('\n');
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    const auto added = log_.add_line(text);
    if (!whole && std::feof(file)) {
      std::fseek(file, at, SEEK_SET);
      return;
    }
    if (!added) ws_message("key log: %s", added.error().c_str());
  }
}

}  // namespace mps::plugin
