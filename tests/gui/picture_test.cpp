// SPDX-License-Identifier: GPL-2.0-or-later
// Bitmaps found in streams, and bytes drawn as pixels.
#include "gui/model/picture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "gui/model/stream_bytes.h"
#include "tests/gui/demo_document.h"

namespace mps::gui {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bitmap(int width, int height, std::uint16_t bits = 24, std::uint32_t compression = 0) {
  const std::size_t stride = (static_cast<std::size_t>(width) * bits + 31) / 32 * 4;
  Bytes out(54 + stride * static_cast<std::size_t>(std::abs(height)), 0x10);
  const auto put = [&](std::size_t at, std::int32_t value) { std::memcpy(&out[at], &value, 4); };
  std::fill_n(out.begin(), 54, std::uint8_t{0});
  out[0] = 'B';
  out[1] = 'M';
  put(10, 54);
  put(18, width);
  put(22, height);
  out[28] = static_cast<std::uint8_t>(bits);
  put(30, static_cast<std::int32_t>(compression));
  return out;
}

TEST(FindBitmap, BehindOtherBytes) {
  Bytes stream{'H', 'T', 'B', 'M', 'x'};
  const Bytes picture = bitmap(5, 3);
  stream.insert(stream.end(), picture.begin(), picture.end());
  const auto layout = find_bitmap(stream);
  ASSERT_TRUE(layout);
  EXPECT_EQ(layout->offset, 5u + 54);
  EXPECT_EQ(layout->width, 5);
  EXPECT_EQ(layout->height, 3);
  EXPECT_EQ(layout->stride, 16u);
  EXPECT_TRUE(layout->bottom_up);
  EXPECT_EQ(layout->row_offset(0), 59u + 32);
}

TEST(FindBitmap, RefusesWhatItCannotDraw) {
  EXPECT_TRUE(find_bitmap(bitmap(5, -3, 32)));
  EXPECT_FALSE(find_bitmap(bitmap(5, 3, 8)));
  EXPECT_FALSE(find_bitmap(bitmap(5, 3, 24, 1)));
  EXPECT_FALSE(find_bitmap(bitmap(0, 3)));
  Bytes cut = bitmap(50, 30);
  cut.resize(cut.size() - 1);
  EXPECT_FALSE(find_bitmap(cut));
  EXPECT_FALSE(find_bitmap(Bytes{'B', 'M'}));
  Bytes huge = bitmap(5, 3);
  huge[25] = 0x7f;  // a height of two billion
  EXPECT_FALSE(find_bitmap(huge));
}

TEST(DrawPicture, ColoursAndHoles) {
  const PictureLayout layout = byte_map(100, 8, 4);
  EXPECT_EQ(layout.height, 2);
  const QImage image = draw_picture(
      layout,
      [](std::uint64_t offset, std::span<std::uint8_t> out, std::span<bool> there) {
        for (std::size_t i = 0; i < out.size(); ++i) {
          out[i] = static_cast<std::uint8_t>(offset + i);
          there[i] = offset + i != 105;
        }
      },
      QColor(1, 2, 3));
  EXPECT_EQ(image.pixel(0, 0), qRgb(100, 100, 100));
  EXPECT_EQ(image.pixel(3, 1), qRgb(107, 107, 107));
  EXPECT_EQ(image.pixel(1, 1), QColor(1, 2, 3).rgb());
}

TEST(StreamBytes, FacesAgreeWithTheTruth) {
  const auto stream = test::stream("http_bitmap");
  ASSERT_FALSE(stream->truth().empty());
  ASSERT_TRUE(find_bitmap(stream->truth()));
  const auto observation = observe(stream, {stream->all(), false}, {}, {}, {}, {});
  ASSERT_TRUE(observation);
  const StreamBytes bytes(*observation);
  for (std::uint64_t at = 0; at < stream->length(); at += 997) {
    EXPECT_EQ(bytes.at(Face::original, at).value, stream->truth()[at]);
    EXPECT_EQ(bytes.at(Face::recovered, at).value, stream->truth()[at])
        << "all paths and the key: everything is exact";
    EXPECT_EQ(bytes.at(Face::recovered, at).state, ByteState::exact);
    if (at < 65) continue;
    EXPECT_EQ(bytes.at(Face::wire, at).value ^ bytes.at(Face::wire, at - 1).value ^ stream->truth()[at - 65],
              stream->truth()[at]);
  }
  const std::uint8_t needle[] = {'B', 'M'};
  const auto found = bytes.find_original(needle, 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(stream->truth()[*found], 'B');
  EXPECT_EQ(bytes.find_recovered(needle, 0), found) << "everything is recovered";
  EXPECT_EQ(bytes.find_recovered(needle, *found), found) << "at or behind";
  EXPECT_NE(bytes.find_recovered(needle, *found + 1), found);
  EXPECT_EQ(bytes.find_original({}, 0), std::nullopt);
  const auto part = observe(stream, {stream->default_tap(), false}, {}, {}, {}, {});
  ASSERT_TRUE(part);
  EXPECT_EQ(StreamBytes(*part).find_recovered(needle, 0), std::nullopt)
      << "of which the tap determines nothing";
  EXPECT_NE(bytes.identity(1000).find("b[1000] = S[1000] ^ S[999] ^ b[935]"), std::string::npos);
}

}  // namespace
}  // namespace mps::gui
