// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/capture/lz4_frame.h"

#include "tests/unit/capture/capture_tests.h"

namespace mps {
namespace {

using namespace test;

bool is_whole(std::span<const std::uint8_t> bytes) {
  const ExactBuffer buffer(bytes);
  MemoryStream stream(buffer.span());
  return is_whole_lz4(stream);
}

TEST(Lz4Frame, EveryCutIsSeenWhateverTheOptions) {
  ASSERT_TRUE(has_program("lz4")) << "cmake/install-packages test brings it";
  const TemporaryFolder folder;
  const std::string plain = folder.file("plain", Bytes(70'000, 'x'));
  for (const char* options : {"", "-BX", "--no-frame-crc", "--content-size", "-B4 -BX --content-size"}) {
    const std::string packed = folder.file("packed.lz4");
    ASSERT_TRUE(run("lz4 -f " + std::string(options) + " " + plain + " " + packed));
    std::ifstream file(packed, std::ios::binary);
    const Bytes whole(std::istreambuf_iterator<char>(file), {});
    for (std::size_t length = 4; length < whole.size(); ++length)
      ASSERT_FALSE(is_whole(std::span(whole).first(length))) << options << " cut at " << length;
    EXPECT_TRUE(is_whole(whole)) << options;
    Bytes twice = whole;
    twice.insert(twice.end(), whole.begin(), whole.end());
    EXPECT_TRUE(is_whole(twice));
    twice.pop_back();
    EXPECT_FALSE(is_whole(twice));
  }
}

TEST(Lz4Frame, OtherFilesAreNotItsBusiness) {
  EXPECT_TRUE(is_whole({}));
  EXPECT_TRUE(is_whole(text("not a frame at all")));
}

}  // namespace
}  // namespace mps
