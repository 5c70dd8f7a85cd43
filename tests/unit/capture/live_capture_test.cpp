// SPDX-License-Identifier: GPL-2.0-or-later
/// Live capture on the loopback interface of a network namespace of its own, so that no other traffic
/// disturbs. Needs the right to make one (root, or user namespaces); prints why it skips.
#include "core/capture/live_capture.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;
using namespace std::chrono_literals;

bool bring_up_loopback() {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  if (fd >= 0) close(fd);
  return up;
}

/// Sends `count` datagrams to a port of the loopback address.
void send_datagrams(std::uint16_t port, int count) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < count; ++i) {
    sendto(fd, "datagram", 8, 0, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  close(fd);
}

class LiveCapture : public testing::Test {
 protected:
  /// Each test runs in a thread with its own namespace, which the kernel removes with the thread.
  template <typename Body>
  void in_namespace(Body body) {
    std::string obstacle;
    std::thread([&] {
      if (unshare(CLONE_NEWNET) != 0)
        obstacle = std::string("no network namespace: ") + std::strerror(errno);
      else if (!bring_up_loopback())
        obstacle = std::string("loopback does not come up: ") + std::strerror(errno);
      else
        body();
    }).join();
    if (!obstacle.empty()) GTEST_SKIP() << obstacle;
  }
};

/// Every datagram to a closed port is answered by an ICMP error, so filters have something to tell apart.
TEST_F(LiveCapture, StopsAfterTheNumberOfPackets) {
  in_namespace([] {
    auto source = open_live_capture("lo", {.filter = "udp port 4242", .packets = 5});
    ASSERT_TRUE(source) << source.error().message();
    send_datagrams(4241, 10);
    send_datagrams(4242, 10);
    const auto packets = read_all(**source);
    ASSERT_EQ(packets.size(), 5u);
    EXPECT_EQ(packets[0].link, 1);
    EXPECT_EQ(packets[4].number, 5u);
    EXPECT_EQ(packets[0].locator, no_locator);
    EXPECT_GT(packets[0].time_ns, 1'600'000'000'000'000'000);
    EXPECT_EQ(packets[0].length_on_wire, 14u + 20 + 8 + 8);
    EXPECT_EQ((*source)->paths()[0].interface_name, "lo");
    EXPECT_TRUE((*source)->errors().empty());
  });
}

TEST_F(LiveCapture, StopsAfterTheDurationWithEverythingUpToThen) {
  in_namespace([] {
    auto source = open_live_capture("lo", {.filter = "udp port 4242", .duration = 500ms});
    ASSERT_TRUE(source) << source.error().message();
    const auto start = std::chrono::steady_clock::now();
    send_datagrams(4242, 20);
    EXPECT_EQ(read_all(**source).size(), 20u);
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_GE(took, 450ms);
    EXPECT_LT(took, 5s);
  });
}

TEST_F(LiveCapture, CanBeInterrupted) {
  in_namespace([] {
    auto source = open_live_capture("lo", {});
    ASSERT_TRUE(source) << source.error().message();
    std::thread other([&] {
      std::this_thread::sleep_for(100ms);
      (*source)->interrupt();
    });
    EXPECT_TRUE(read_all(**source).empty());
    EXPECT_TRUE((*source)->errors().empty());
    other.join();
  });
}

TEST_F(LiveCapture, AnInterfaceThatGoesAwayEndsItWithAnError) {
  in_namespace([] {
    ASSERT_TRUE(run("ip link add mps0 type veth peer name mps1 && ip link set mps0 up"));
    auto source = open_live_capture("mps0", {});
    ASSERT_TRUE(source) << source.error().message();
    std::thread other([] {
      std::this_thread::sleep_for(100ms);
      EXPECT_TRUE(run("ip link delete mps0"));
    });
    read_all(**source);
    other.join();
    ASSERT_EQ((*source)->errors().size(), 1u);
    EXPECT_EQ(messages(**source)[0].rfind("mps0: packet ", 0), 0u) << messages(**source)[0];
  });
}

TEST_F(LiveCapture, AWrongFilterIsRefused) {
  in_namespace([] {
    const auto source = open_live_capture("lo", {.filter = "tcp prot"});
    ASSERT_FALSE(source);
    EXPECT_EQ(source.error().message().rfind("filter 'tcp prot': ", 0), 0u);
  });
}

TEST(LiveCaptureErrors, AnUnknownInterfaceIsRefusedInOneLine) {
  const auto source = open_live_capture("no-such-if0", {});
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().message().rfind("no-such-if0: ", 0), 0u);
  EXPECT_EQ(source.error().message().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace mps
