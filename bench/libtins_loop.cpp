// SPDX-License-Identifier: GPL-2.0-or-later
// A peer for bench/pipeline: libtins' StreamFollower puts each subflow together, as its documentation shows.
// It knows nothing of MPTCP, so it does a part of the job only.
#include <tins/tcp_ip/stream_follower.h>
#include <tins/tins.h>

#include <cstdint>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  std::uint64_t packets = 0, bytes = 0;
  Tins::TCPIP::StreamFollower follower;
  const auto count = [&](Tins::TCPIP::Stream::payload_type& payload) {
    bytes += payload.size();
    payload.clear();
  };
  follower.new_stream_callback([&](Tins::TCPIP::Stream& stream) {
    stream.client_data_callback([&](Tins::TCPIP::Stream& s) { count(s.client_payload()); });
    stream.server_data_callback([&](Tins::TCPIP::Stream& s) { count(s.server_payload()); });
  });
  follower.follow_partial_streams(true);
  try {
    Tins::FileSniffer sniffer(argv[1]);
    sniffer.sniff_loop([&](Tins::Packet& packet) {
      ++packets;
      follower.process_packet(packet);
      return true;
    });
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  std::printf("%llu packets, %llu bytes\n", static_cast<unsigned long long>(packets),
              static_cast<unsigned long long>(bytes));
}
