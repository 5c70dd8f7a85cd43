// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mptcp/payload_store.h"

#include <gtest/gtest.h>

#include "tests/support/segment_program.h"

namespace mps::test {
namespace {

SegmentView view_of(const Bytes& payload, std::uint64_t locator = no_locator) {
  SegmentView view;
  view.payload = payload;
  view.locator = locator;
  return view;
}

TEST(PayloadStore, RefersIntoTheArchive) {
  VectorArchive archive;
  const Bytes payload = sample(100);
  archive.add(sample(7, 9));
  const std::uint64_t at = archive.add(payload);
  PayloadStore store(&archive, 0);
  const SegmentView view = view_of(payload, at);
  const std::uint64_t locator = store.hold(view, view.payload.subspan(30, 20));
  EXPECT_FALSE(PayloadStore::is_copy(locator));
  EXPECT_EQ(store.copied_bytes(), 0u);
  Bytes again(10);
  ASSERT_TRUE(store.read(locator + 5, again));
  EXPECT_EQ(again, slice(payload, 35, 10));
  archive.lose();
  EXPECT_FALSE(store.read(locator + 5, again));
}

TEST(PayloadStore, CopiesWhatHasNoPlaceInTheArchive) {
  VectorArchive archive;
  const Bytes payload = sample(100);
  for (PayloadArchive* a : {static_cast<PayloadArchive*>(nullptr), static_cast<PayloadArchive*>(&archive)}) {
    PayloadStore store(a, 1000);
    const SegmentView view = view_of(payload, a ? no_locator : 0);
    const std::uint64_t locator = store.hold(view, view.payload.subspan(10, 50));
    EXPECT_TRUE(PayloadStore::is_copy(locator));
    Bytes again(20);
    ASSERT_TRUE(store.read(locator + 30, again));
    EXPECT_EQ(again, slice(payload, 40, 20));
    EXPECT_FALSE(store.read(locator + 31, again)) << "past the end of the copy";
    EXPECT_EQ(store.copied_bytes(), 50u);
  }
}

TEST(PayloadStore, FreesABlockOnceAllOfItIsReleased) {
  PayloadStore store(nullptr, 1000);
  const Bytes payload = sample(100);
  const SegmentView view = view_of(payload);
  const std::uint64_t a = store.hold(view, view.payload), b = store.hold(view, view.payload);
  store.release(a + 40, 60);
  EXPECT_EQ(store.copied_bytes(), 200u);
  store.release(a, 40);
  EXPECT_EQ(store.copied_bytes(), 100u);
  Bytes again(100);
  EXPECT_FALSE(store.read(a, again));
  ASSERT_TRUE(store.read(b, again));
  EXPECT_EQ(again, payload);
  store.release(a, 40);  // once more is harmless
  store.release(b, 100);
  EXPECT_EQ(store.copied_bytes(), 0u);
}

/// An archive that still has everything it ever showed.
class RememberingArchive final : public PayloadArchive {
 public:
  explicit RememberingArchive(Bytes bytes) : bytes_(std::move(bytes)) {}
  bool read(std::uint64_t locator, std::span<std::uint8_t> out) override {
    ++reads;
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(locator), out.size(), out.begin());
    return true;
  }
  std::span<const std::uint8_t> at_hand(std::uint64_t locator, std::size_t size) const override {
    return remembers ? std::span(bytes_).subspan(locator, size) : std::span<const std::uint8_t>();
  }
  bool remembers = true;
  int reads = 0;

 private:
  Bytes bytes_;
};

TEST(PayloadStore, ViewsWhatIsInMemoryAndReadsTheRest) {
  const Bytes payload = sample(100);
  RememberingArchive archive(payload);
  PayloadStore store(&archive, 1000);
  const SegmentView in_archive = view_of(payload, 0);
  const std::uint64_t reference = store.hold(in_archive, in_archive.payload.subspan(20, 50));
  const auto seen = store.view(reference + 5, 45);
  ASSERT_TRUE(seen);
  EXPECT_EQ(Bytes(seen->begin(), seen->end()), slice(payload, 25, 45));
  EXPECT_EQ(archive.reads, 0);
  archive.remembers = false;
  const auto again = store.view(reference + 5, 45);
  ASSERT_TRUE(again);
  EXPECT_EQ(Bytes(again->begin(), again->end()), slice(payload, 25, 45));
  EXPECT_EQ(archive.reads, 1);

  const SegmentView live = view_of(payload);
  const std::uint64_t copy = store.hold(live, live.payload.first(30));
  const auto copied = store.view(copy + 10, 20);
  ASSERT_TRUE(copied);
  EXPECT_EQ(Bytes(copied->begin(), copied->end()), slice(payload, 10, 20));
  EXPECT_FALSE(store.view(copy + 10, 21)) << "past the end of the copy";
  EXPECT_FALSE(store.view(no_locator, 1));
  EXPECT_EQ(archive.reads, 1);
}

TEST(PayloadStore, Limit) {
  PayloadStore store(nullptr, 150);
  const Bytes payload = sample(100);
  const SegmentView view = view_of(payload);
  const std::uint64_t a = store.hold(view, view.payload);
  EXPECT_EQ(store.hold(view, view.payload), no_locator);
  EXPECT_NE(store.hold(view, view.payload.first(50)), no_locator);
  store.release(a, 100);
  EXPECT_NE(store.hold(view, view.payload), no_locator);
  Bytes again(1);
  EXPECT_FALSE(store.read(no_locator, again));
  store.release(no_locator, 1);
}

/// One block that stays must not keep the shells of all that came and went after it.
TEST(PayloadStore, ManyBlocksBehindOneThatStays) {
  PayloadStore store(nullptr, 1000);
  const Bytes payload = sample(10);
  const SegmentView view = view_of(payload);
  const std::uint64_t stays = store.hold(view, view.payload);
  std::uint64_t last = 0;
  for (int n = 0; n < 100000; ++n) {
    last = store.hold(view, view.payload);
    if (n != 99999) store.release(last, 10);
  }
  EXPECT_LT(store.blocks(), 5000u);
  Bytes again(10);
  EXPECT_TRUE(store.read(stays, again) && again == payload);
  EXPECT_TRUE(store.read(last, again) && again == payload);
}

}  // namespace
}  // namespace mps::test
