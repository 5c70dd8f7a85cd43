// SPDX-License-Identifier: GPL-2.0-or-later
/// -w: recovered streams as one plain TCP connection each, for tools that know neither MPTCP nor scrambling.
/// Addresses and ports are those of the first subflow, times those of the packets that completed the bytes.
/// Bytes that are not recovered are left out, so that tools report them as not captured.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/capture/capture_writer.h"
#include "core/session/session.h"

namespace mps {

class PlainTcpWriter final : public RecoverySink {
 public:
  static tl::expected<std::unique_ptr<PlainTcpWriter>, std::string> create(const std::string& path);
  /// Time stamps come from `session`, which must outlive the writing.
  void set_session(const Session* session) { session_ = session; }
  void on_recovered(const Connection& connection, Direction direction, std::uint64_t offset,
                    std::span<const std::uint8_t> bytes) override;
  /// FINs for streams that ended, then closes the file under its final name.
  tl::expected<void, std::string> finish(const SessionReport& report);
  ~PlainTcpWriter() override;

 private:
  struct Flow {
    std::array<Endpoint, 2> sender;       ///< by Direction
    std::array<std::uint64_t, 2> next{};  ///< stream offset after the last byte written
  };
  PlainTcpWriter(std::unique_ptr<CaptureWriter> out, std::string path, std::string temporary)
      : out_(std::move(out)), path_(std::move(path)), temporary_(std::move(temporary)) {}
  Flow& flow_of(const Connection& connection);
  void segment(const Flow& flow, Direction direction, std::uint64_t offset, std::uint8_t flags,
               std::span<const std::uint8_t> payload);

  std::unique_ptr<CaptureWriter> out_;
  std::string path_;
  std::string temporary_;
  const Session* session_ = nullptr;
  std::unordered_map<std::uint32_t, Flow> flows_;
  std::string error_;
};

}  // namespace mps
