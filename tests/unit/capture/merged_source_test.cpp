// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/merged_source.h"

#include <algorithm>

#include "core/capture/pcap_file.h"
#include "core/capture/pcapng_file.h"
#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

Bytes frame(std::uint32_t seq, std::uint16_t ip_id = 1) {
  return TcpFrame{.ip_id = ip_id, .seq = seq}.ethernet();
}

MergedSource merge(const std::vector<Bytes>& files) {
  std::vector<MergedSource::Input> inputs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    auto stream = std::make_unique<MemoryStream>(files[i]);
    const std::string name = "tap" + std::to_string(i);
    if (PcapFile::recognises(files[i]))
      inputs.push_back(
          {std::make_unique<PcapFile>(std::move(stream), name), i == 0 ? Trust::trusted : Trust::untrusted});
    else
      inputs.push_back({std::make_unique<PcapngFile>(std::move(stream), name), Trust::unknown});
  }
  return MergedSource(std::move(inputs), {});
}

TEST(MergedSource, MergesByTimeAndNumbersAnew) {
  const std::vector<Bytes> files = {
      PcapWriter().packet(1000, frame(1)).packet(5000, frame(5)).done(),
      PcapWriter().packet(2000, frame(2)).packet(3000, frame(3)).packet(9000, frame(9)).done()};
  MergedSource merged = merge(files);
  const auto packets = read_all(merged);
  ASSERT_EQ(packets.size(), 5u);
  const std::uint32_t seqs[] = {1, 2, 3, 5, 9};
  const std::uint32_t paths[] = {0, 1, 1, 0, 1};
  const std::uint64_t in_file[] = {1, 1, 2, 2, 3};
  for (std::size_t i = 0; i < packets.size(); ++i) {
    EXPECT_EQ(packets[i].bytes, frame(seqs[i]));
    EXPECT_EQ(packets[i].number, i + 1);
    EXPECT_EQ(packets[i].number_in_file, in_file[i]);
    EXPECT_EQ(packets[i].path, paths[i]);
  }
  EXPECT_EQ(merged.paths()[0].trust, Trust::trusted);
  EXPECT_EQ(merged.paths()[1].trust, Trust::untrusted);
  EXPECT_EQ(merged.paths()[1].file, "tap1");
  EXPECT_EQ(merged.progress().bytes_read, files[0].size() + files[1].size());
  EXPECT_EQ(merged.progress().bytes_total, files[0].size() + files[1].size());
  expect_rereadable(merged, packets);
}

TEST(MergedSource, EqualTimesKeepTheOrderOfTheFiles) {
  std::vector<Bytes> files;
  for (std::uint32_t file = 0; file < 5; ++file)
    files.push_back(PcapWriter().packet(0, frame(10 * file)).packet(0, frame(10 * file + 1)).done());
  MergedSource merged = merge(files);
  const auto packets = read_all(merged);
  ASSERT_EQ(packets.size(), 10u);
  for (std::uint32_t i = 0; i < 10; ++i) EXPECT_EQ(packets[i].bytes, frame(10 * (i / 2) + i % 2)) << i;
}

TEST(MergedSource, InterfacesOfAllFilesAreOneTable) {
  PcapngWriter first;
  first.interface(1, 0, {{2, text("wlan0")}}).enhanced(0, 1, frame(1));
  first.interface(101, 0, {{2, text("lte0")}}).enhanced(1, 4, TcpFrame{.seq = 4}.ip());
  PcapngWriter second;
  second.interface(113, 0, {{2, text("any")}}).interface(1, 0, {{2, text("eth9")}}).enhanced(1, 2, frame(2));
  const std::vector<Bytes> files = {first.done(), second.done()};
  MergedSource merged = merge(files);
  const auto packets = read_all(merged);
  ASSERT_EQ(packets.size(), 3u);
  std::vector<std::string> names;
  for (const auto& packet : packets) names.push_back(merged.paths()[packet.path].interface_name);
  EXPECT_EQ(names, (std::vector<std::string>{"wlan0", "eth9", "lte0"}));
  EXPECT_EQ(merged.paths().size(), 4u);
}

/// Two taps of one path, the second with a wrong clock. Whatever the skew, every packet comes once, and the
/// retransmission (same bytes, same identification) that both taps saw comes twice.
TEST(MergedSource, DuplicatesAreDeliveredOnceUnderAnyClockSkew) {
  for (const std::int64_t skew_us : {0L, 1L, 500L, 1'000'000L, 3'600'000'000L}) {
    PcapWriter near;
    PcapWriter far;
    for (std::uint32_t i = 0; i < 300; ++i) {
      const std::uint32_t seq = i == 200 ? 199 : i;
      near.packet(std::int64_t{i} * 10'000, frame(seq));
      far.packet((std::int64_t{i} * 10 + skew_us) * 1000, TcpFrame{.ttl = 60, .seq = seq}.ethernet());
    }
    const std::vector<Bytes> files = {near.done(), far.done()};
    MergedSource merged = merge(files);
    const auto packets = read_all(merged);
    EXPECT_EQ(packets.size(), 300u) << skew_us;
    EXPECT_EQ(merged.progress().duplicates, 300u);
    expect_rereadable(merged, packets);
  }
}

TEST(MergedSource, WhatOneTapMissedComesFromTheOther) {
  const std::vector<Bytes> files = {
      PcapWriter().packet(1000, frame(1)).packet(3000, frame(3)).done(),
      PcapWriter().packet(1000, frame(1)).packet(2000, frame(2)).packet(3000, frame(3)).done()};
  MergedSource merged = merge(files);
  EXPECT_EQ(read_all(merged).size(), 3u);
  EXPECT_EQ(merged.progress().duplicates, 2u);
}

TEST(MergedSource, DamageInOneFileDoesNotEndTheOthers) {
  Bytes cut = PcapWriter().packet(1000, frame(1)).packet(2000, frame(2)).done();
  cut.pop_back();
  const std::vector<Bytes> files = {cut, PcapWriter().packet(5000, frame(5)).packet(6000, frame(6)).done()};
  MergedSource merged = merge(files);
  EXPECT_EQ(read_all(merged).size(), 3u);
  ASSERT_EQ(merged.errors().size(), 1u);
  EXPECT_EQ(merged.errors()[0].file, "tap0");
  EXPECT_EQ(merged.errors()[0].packet, 2u);
}

/// A source with one packet whose locator is chosen.
class OneLocator final : public PacketSource {
 public:
  explicit OneLocator(std::uint64_t locator) : locator_(locator), paths_(1) {}
  bool next(Packet& packet) override {
    if (std::exchange(done_, true)) return false;
    packet = {};
    packet.bytes = bytes_;
    packet.locator = locator_;
    return true;
  }
  const std::vector<CapturePath>& paths() const override { return paths_; }
  const std::vector<CaptureError>& errors() const override { return errors_; }
  SourceProgress progress() const override { return {}; }
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override {
    std::fill(out.begin(), out.end(), std::uint8_t{1});
    return locator == locator_;
  }

 private:
  std::uint64_t locator_;
  bool done_ = false;
  Bytes bytes_ = Bytes(10);
  std::vector<CapturePath> paths_;
  std::vector<CaptureError> errors_;
};

TEST(MergedSource, LocatorsThatDoNotFitAreNotHandedOut) {
  constexpr std::uint64_t limit = std::uint64_t{1} << MergedSource::offset_bits;
  std::vector<MergedSource::Input> inputs;
  for (std::size_t i = 0; i < MergedSource::files_with_locators + 2; ++i)
    inputs.push_back({std::make_unique<OneLocator>(i == 3   ? limit - 5
                                                   : i == 4 ? no_locator
                                                            : limit - 11),
                      Trust::unknown});
  MergedSource merged(std::move(inputs), {});
  const auto packets = read_all(merged);
  ASSERT_EQ(packets.size(), MergedSource::files_with_locators + 2);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const bool fits = i != 3 && i != 4 && i < MergedSource::files_with_locators;
    ASSERT_EQ(packets[i].locator != no_locator, fits) << i;
    Bytes out(10);
    if (fits) {
      EXPECT_LT(packets[i].locator, std::uint64_t{1} << locator_bits);
      EXPECT_TRUE(merged.read(packets[i].locator, out));
    }
  }
}

}  // namespace
}  // namespace mps
