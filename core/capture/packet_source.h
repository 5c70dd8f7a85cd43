// SPDX-License-Identifier: GPL-2.0-or-later
/// Where packets come from: capture files, several of them merged, or a live interface. The only folder that
/// knows pcap.h and wtap.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "core/packet/dissect.h"
#include "core/packet/segment_view.h"

namespace mps {

/// Link type of packets whose format has no LINKTYPE_ number; no parser supports it.
inline constexpr LinkType unknown_link = 0xffff;

/// The paper tells trusted from untrusted paths (III.B); a file or interface may be labelled on the command
/// line.
enum class Trust : std::uint8_t { unknown, trusted, untrusted };

/// One tap: an interface of one file, or a live interface. Its name and comment often name the path.
struct CapturePath {
  std::string file;            ///< file name as given, "-" for standard input, or the interface captured live
  std::string interface_name;  ///< if_name of a pcapng, else empty
  std::string description;     ///< if_description
  std::string comment;         ///< opt_comment of the interface
  LinkType link = 0;
  std::uint32_t snaplen = 0;     ///< 0: no limit
  Trust trust = Trust::unknown;  ///< FILE=trusted, FILE=untrusted
};

struct Packet {
  std::uint64_t number = 0;          ///< over the whole source, from 1, in the order delivered
  std::uint64_t number_in_file = 0;  ///< what Wireshark shows when that file is opened
  std::int64_t time_ns = 0;
  std::uint32_t path = 0;  ///< index into paths()
  LinkType link = 0;
  std::uint32_t length_on_wire = 0;
  std::span<const std::uint8_t> bytes;  ///< valid until the next call of next()
  std::uint64_t locator = no_locator;   ///< of bytes[0]
};

/// Damage met while reading: names file, packet and reason in one line. What was read before stays valid.
struct CaptureError {
  std::string file;
  std::uint64_t packet =
      0;  ///< number in the file of the packet that could not be read; 0 if the file did not open
  std::string reason;
  std::string message() const;  ///< "FILE: packet N: REASON"
};

struct SourceProgress {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_total = 0;  ///< 0 if unknown (pipe, live)
  std::uint64_t packets = 0;
  std::uint64_t duplicates = 0;  ///< packets that several taps captured, delivered once
};

/// Pull interface, single-threaded. next() fills `packet` and returns true, or returns false at the end.
/// Damage does not throw and does not end the reading of other files: it is collected in errors().
class PacketSource : public PayloadArchive {
 public:
  virtual bool next(Packet& packet) = 0;
  virtual const std::vector<CapturePath>& paths() const = 0;  ///< may grow while reading (pcapng)
  virtual const std::vector<CaptureError>& errors() const = 0;
  virtual SourceProgress progress() const = 0;
  /// A hint: whether the consumer looks at payloads, or at headers alone. Large files are read faster by it.
  virtual void expect_payload_use(bool) {}
  /// Makes a next() that waits for packets return false soon; safe from a signal handler or another thread.
  virtual void interrupt() {}
};

}  // namespace mps
