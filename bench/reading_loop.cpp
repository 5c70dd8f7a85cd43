// SPDX-License-Identifier: GPL-2.0-or-later
// The limits that bench/pipeline compares with: what it costs to get a capture's bytes at all.
//
//   mps_bench_reading_loop libpcap FILE   a loop over libpcap that does nothing with the packets
//   mps_bench_reading_loop xor FILE       read() and XOR of every byte
//   mps_bench_reading_loop mapped FILE    the same through a window of populated mapping
//
// Prints what it counted, so that nobody times a loop that ends early.
#include <fcntl.h>
#include <fmt/format.h>
#include <pcap/pcap.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace {

constexpr std::size_t ring_bytes = 256 * 1024;
constexpr std::size_t window_bytes = std::size_t{4} << 20;

int complain(std::string_view what) {
  fmt::print(stderr, "mps_bench_reading_loop: {}\n", what);
  return 2;
}

int libpcap_loop(const char* file) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* const capture = pcap_open_offline(file, error);
  if (!capture) return complain(error);
  pcap_pkthdr* header;
  const u_char* bytes;
  std::uint64_t packets = 0, captured = 0;
  int got;
  while ((got = pcap_next_ex(capture, &header, &bytes)) == 1) {
    ++packets;
    captured += header->caplen;
  }
  if (got != PCAP_ERROR_BREAK) return complain(pcap_geterr(capture));
  pcap_close(capture);
  fmt::print("{} packets, {} bytes\n", packets, captured);
  return 0;
}

// Four sums, so that the additions do not wait for each other.
std::uint64_t fold(std::span<const std::uint8_t> bytes, std::uint64_t sum) {
  std::uint64_t sums[4] = {sum, 0, 0, 0};
  std::uint64_t words[4];
  for (; bytes.size() >= sizeof words; bytes = bytes.subspan(sizeof words)) {
    std::memcpy(words, bytes.data(), sizeof words);
    for (int i = 0; i < 4; ++i) sums[i] ^= words[i];
  }
  for (const std::uint8_t byte : bytes) sums[0] ^= byte;
  return sums[0] ^ sums[1] ^ sums[2] ^ sums[3];
}

int xor_loop(int fd) {
  const auto ring = std::make_unique<std::uint8_t[]>(ring_bytes);
  std::uint64_t sum = 0, total = 0;
  ssize_t got;
  while ((got = read(fd, ring.get(), ring_bytes)) > 0) {
    sum = fold({ring.get(), static_cast<std::size_t>(got)}, sum);
    total += static_cast<std::uint64_t>(got);
  }
  fmt::print("{} bytes, {:016x}\n", total, sum);
  return got < 0 ? complain(std::strerror(errno)) : 0;
}

int mapped_loop(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return complain(std::strerror(errno));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::uint64_t sum = 0;
  for (std::uint64_t at = 0; at < size; at += window_bytes) {
    const std::size_t length = std::min<std::uint64_t>(window_bytes, size - at);
    void* const window =
        mmap(nullptr, length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, static_cast<off_t>(at));
    if (window == MAP_FAILED) return complain(std::strerror(errno));
    sum = fold({static_cast<const std::uint8_t*>(window), length}, sum);
    munmap(window, length);
  }
  fmt::print("{} bytes, {:016x}\n", size, sum);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return complain("usage: mps_bench_reading_loop libpcap|xor|mapped FILE");
  const std::string_view how = argv[1];
  if (how == "libpcap") return libpcap_loop(argv[2]);
  const int fd = open(argv[2], O_RDONLY | O_CLOEXEC);
  if (fd < 0) return complain(std::strerror(errno));
  if (how == "xor") return xor_loop(fd);
  if (how == "mapped") return mapped_loop(fd);
  return complain("usage: mps_bench_reading_loop libpcap|xor|mapped FILE");
}
