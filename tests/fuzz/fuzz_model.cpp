// SPDX-License-Identifier: GPL-2.0-or-later
/// A language model file. Its checksum keeps a fuzzer out, and its tables are 64 KiB that nothing depends on;
/// so the file is built around the input.
/// Input: order (1 byte), number of roots (2 bytes, little endian), length of the name (1 byte), name, tree.
/// First byte 255: the rest is the file as it is.
#include <gcrypt.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "core/leak/language_model.h"
#include "tests/fuzz/require.h"

namespace {

using mps::test::require;
using Bytes = std::vector<std::uint8_t>;

void append(Bytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes file_around(std::span<const std::uint8_t> input) {
  constexpr std::array<std::uint8_t, 8> magic{'M', 'P', 'S', 'L', 'M', ' ', '1', '\n'};
  constexpr std::size_t size_at = magic.size();
  static const Bytes tables = [] {
    Bytes bytes(256 + 65536);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37 >> 3);
    return bytes;
  }();
  const std::size_t name = std::min<std::size_t>(input[3], input.size() - 4);
  Bytes file(magic.begin(), magic.end());
  file.insert(file.end(), 4, 0);
  file.push_back(input[3]);
  append(file, input.subspan(4, name));
  file.push_back(input[0]);
  file.insert(file.end(), 2 + 12, 7);  // calibration
  append(file, tables);
  append(file, std::array<std::uint8_t, 4>{input[1], input[2], 0, 0});
  append(file, input.subspan(4 + name));
  constexpr std::size_t digest = 32;
  const std::size_t size = file.size() + digest;
  for (unsigned k = 0; k < 4; ++k) file[size_at + k] = static_cast<std::uint8_t>(size >> (8 * k));
  std::array<std::uint8_t, digest> sum;
  gcry_check_version(nullptr);
  gcry_md_hash_buffer(GCRY_MD_SHA256, sum.data(), file.data(), file.size());
  append(file, sum);
  return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const std::span<const std::uint8_t> input(data, size);
  const auto model = input[0] == 255 ? mps::LanguageModel::parse(input.subspan(1))
                                     : mps::LanguageModel::parse(file_around(input));
  if (!model) {
    require(!model.error().empty());
    return 0;
  }
  require(model->order() >= 2 && model->order() <= mps::LanguageModel::max_order);
  require(model->cost_bits(input) >= 0);
  const Bytes written = model->serialise();
  const auto again = mps::LanguageModel::parse(written);
  require(again.has_value() && again->serialise() == written);
  require(again->cost_bits(input) == model->cost_bits(input));
  return 0;
}
