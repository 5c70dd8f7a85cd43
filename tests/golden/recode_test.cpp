// SPDX-License-Identifier: GPL-2.0-or-later
// mpscramble-recode on real plain captures: what comes out is what two scrambling hosts would have sent,
// judged by the slow oracle and by a TCP checksum of its own.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "core/capture/open_capture.h"
#include "core/packet/dissect.h"
#include "core/scramble/mps_scramble.h"
#include "tests/reference/hardened_twin.h"
#include "tests/support/dss_oracle.h"

namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

struct Frame {
  std::int64_t time_ns = 0;
  std::uint32_t path = 0;
  mps::LinkType link = 0;
  std::uint32_t length_on_wire = 0;
  Bytes bytes;
};

std::vector<Frame> frames_of(const std::string& file) {
  std::vector<Frame> frames;
  auto source = mps::open_capture(file);
  EXPECT_TRUE(source) << file;
  if (!source) return frames;
  mps::Packet packet;
  while ((*source)->next(packet))
    frames.push_back({packet.time_ns, packet.path, packet.link, packet.length_on_wire,
                      Bytes(packet.bytes.begin(), packet.bytes.end())});
  return frames;
}

/// What must not change: all but payloads, TCP checksums, DSS checksums and MP_CAPABLE flags. Here: IP and
/// TCP fields.
bool same_headers(const Frame& a, const Frame& b) {
  mps::SegmentView x, y;
  const auto status = mps::dissect_frame(a.link, a.bytes, a.length_on_wire, x);
  if (status != mps::dissect_frame(b.link, b.bytes, b.length_on_wire, y)) return false;
  if (status != mps::DissectStatus::segment) return a.bytes == b.bytes;
  return x.source == y.source && x.destination == y.destination && x.seq == y.seq && x.ack == y.ack &&
         x.flags == y.flags && x.payload.size() == y.payload.size() &&
         x.payload_on_wire == y.payload_on_wire && x.options.size() == y.options.size();
}

/// RFC 9293 3.1 by the book, one 16-bit word after the other; empty for what is no whole segment.
std::optional<bool> tcp_checksum_right(const Frame& frame) {
  mps::SegmentView segment;
  if (mps::dissect_frame(frame.link, frame.bytes, frame.length_on_wire, segment) !=
      mps::DissectStatus::segment)
    return std::nullopt;
  if (segment.payload.size() != segment.payload_on_wire) return std::nullopt;
  Bytes sum_over;
  for (const auto& address : {segment.source.address, segment.destination.address})
    sum_over.insert(sum_over.end(), address.bytes.begin() + (address.is_v4() ? 12 : 0), address.bytes.end());
  const std::size_t length = 20 + segment.options.size() + segment.payload.size();
  for (const int shift : {24, 16, 8, 0}) sum_over.push_back(static_cast<std::uint8_t>(length >> shift));
  sum_over.insert(sum_over.end(), {0, 6});
  const std::uint8_t* tcp = segment.options.data() - 20;
  sum_over.insert(sum_over.end(), tcp, tcp + length);
  if (sum_over.size() % 2) sum_over.push_back(0);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < sum_over.size(); i += 2) {
    sum += static_cast<std::uint32_t>(sum_over[i] << 8 | sum_over[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum == 0xffff;
}

std::vector<mps::oracle::Connection> connections_of(const std::vector<Frame>& frames) {
  mps::oracle::DssOracle oracle;
  for (const Frame& frame : frames) oracle.add_frame(frame.path, frame.link, frame.bytes);
  return oracle.connections();
}

struct Case {
  std::string name;
  std::string capture;
  std::string options;
  mps::InitialRegister init = mps::InitialRegister::key;
  mps::KeyOrder order = mps::KeyOrder::wire;
  bool flag = true;
  mps::Scheme scheme = mps::Scheme::paper;
};

Bytes scrambled(const Case& test, const Bytes& original, const mps::oracle::Connection& connection,
                bool c2s) {
  const mps::KeyPair keys{*connection.initiator_key, *connection.listener_key};
  if (mps::is_hardened(test.scheme))
    return mps::reference::hardened_encoded(test.scheme, {keys, !c2s}, original);
  const Bytes initial =
      mps::register_bytes(c2s ? keys.initiator : keys.listener, test.init, test.order, connection.hash);
  mps_state state;
  mps_state_init(&state, initial.data(), initial.size());
  Bytes wire(original.size());
  mps_scramble_straight(&state, wire.data(), original.data(), original.size());
  return wire;
}

class RecodeTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() / ("mps_recode_" + std::to_string(::getpid()) + "_" + GetParam().name);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  int recode(const std::string& input, const std::string& output, const std::string& options) const {
    const std::string command = std::string(MPS_RECODE) + " " + options + " '" + input + "' '" + output +
                                "' > " + (folder_ / "log").string();
    return WEXITSTATUS(std::system(command.c_str()));
  }
  fs::path folder_;
};

TEST_P(RecodeTest, ScramblesInPlace) {
  const Case& test = GetParam();
  const std::string output = folder_ / "out.pcapng";
  ASSERT_EQ(recode(test.capture, output, test.options), 0);
  EXPECT_EQ(fs::file_size(output), fs::file_size(test.capture));

  const auto before = frames_of(test.capture);
  const auto after = frames_of(output);
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].time_ns, after[i].time_ns);
    EXPECT_TRUE(same_headers(before[i], after[i])) << "frame " << i + 1;
    EXPECT_EQ(tcp_checksum_right(before[i]), tcp_checksum_right(after[i])) << "frame " << i + 1;
  }

  const auto plain = connections_of(before);
  const auto wire = connections_of(after);
  ASSERT_EQ(plain.size(), wire.size());
  ASSERT_FALSE(plain.empty());
  for (std::size_t c = 0; c < plain.size(); ++c) {
    ASSERT_EQ(plain[c].initiator_key, wire[c].initiator_key);
    EXPECT_EQ(wire[c].syn_flags, plain[c].syn_flags | (test.flag ? mps::SchemeFlags{}.of(test.scheme) : 0));
    for (const bool c2s : {true, false}) {
      const auto& from = c2s ? plain[c].c2s : plain[c].s2c;
      const auto& to = c2s ? wire[c].c2s : wire[c].s2c;
      ASSERT_TRUE(from.whole() && to.whole());
      EXPECT_TRUE(*to.whole() == scrambled(test, *from.whole(), plain[c], c2s));
      EXPECT_EQ(from.checksums_good, to.checksums_good);
      EXPECT_EQ(from.checksums_bad, to.checksums_bad);
      for (const auto& [position, byte] : to.bytes) ASSERT_FALSE(byte.contradicted) << position;
    }
  }
  // What is flagged already is left alone; without the flag nobody can tell.
  EXPECT_EQ(recode(output, folder_ / "again", test.options + " 2>/dev/null"), test.flag ? 3 : 0);
}

std::vector<Case> cases() {
  const std::string own = MPS_SOURCE_DIR "/captures/";
  const char* given = std::getenv("MPS_SHARED_CAPTURES");
  const std::string shared = (given ? std::string(given) : MPS_SOURCE_DIR "/../shared/captures") + "/";
  std::vector<Case> all{
      {"plain", own + "plain.pcapng", ""},
      {"plain_checksum", own + "plain_checksum.pcapng", ""},
      {"hmac", own + "plain.pcapng", "--init hmac", mps::InitialRegister::hmac},
      {"host_unflagged", own + "plain.pcapng", "--key-order host --flag-bit keep", mps::InitialRegister::key,
       mps::KeyOrder::host, false},
      {"h1", own + "plain_checksum.pcapng", "--scheme h1", mps::InitialRegister::key, mps::KeyOrder::wire,
       true, mps::Scheme::h1},
      {"h2", own + "plain_checksum.pcapng", "--scheme h2", mps::InitialRegister::key, mps::KeyOrder::wire,
       true, mps::Scheme::h2},
      {"http_text_v4", shared + "made/http_text_v4.pcapng", ""},
      {"version_0", shared + "public/tcpdump-mptcp-v0.pcap", ""},
      {"first_mapping_in_mp_capable", shared + "public/tcpdump-mptcp-v1.pcap", ""},
      {"fastclose_with_checksum", shared + "public/tcpdump-mptcp-fclose.pcap", ""},
  };
  // Those of others are no part of the project: where they are not at hand, the project's own have to do.
  std::erase_if(
      all, [&](const Case& test) { return test.capture.starts_with(shared) && !fs::exists(test.capture); });
  return all;
}

TEST(Recode, AFolderIsRefused) {
  const std::string command = std::string(MPS_RECODE) + " / /nosuch/out 2> /dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 2);
}

INSTANTIATE_TEST_SUITE_P(RealCaptures, RecodeTest, testing::ValuesIn(cases()),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
