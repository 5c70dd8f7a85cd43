// SPDX-License-Identifier: GPL-2.0-or-later
/// One run of seen scrambled bytes as a repeating-key problem (Kato et al. 2018, section III.B, turned
/// round).
///
/// Bytes S[a..a+n) fix b[i] ^ b[i-65] for every i but the first, so the region [a-64, a+n) is known up to one
/// unknown byte in each of 65 columns: b = base ^ pad[column]. The pad is b[a-64..a] itself, and its XOR is
/// S[a]. This is only the shape of the problem; nothing here knows any language.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mps {

/// A stretch of scrambled stream bytes without a hole. The bytes are borrowed.
struct ScrambledRun {
  std::optional<std::uint64_t> offset;  ///< stream offset of the first byte, if known
  std::span<const std::uint8_t> bytes;
};

/// Original bytes known beforehand. Offsets of stream bytes are >= 0; -64..-1 is the initial register.
struct KnownText {
  std::int64_t offset;
  std::vector<std::uint8_t> bytes;
};

constexpr std::size_t pad_window = 64;
constexpr std::size_t pad_columns = 65;

using Pad = std::array<std::uint8_t, pad_columns>;
/// Costs of the 256 values of every column, 1/16 bit.
using ColumnCosts = std::array<std::array<std::int32_t, 256>, pad_columns>;

struct PadProblem {
  /// base[p] ^ pad[p % 65] is the original byte at stream offset - 64 + p. n + 64 bytes.
  std::vector<std::uint8_t> base;
  std::uint8_t parity = 0;     ///< XOR of the pad
  std::size_t text_begin = 0;  ///< positions before are the initial register, not text
  std::array<std::optional<std::uint8_t>, pad_columns> fixed{};  ///< pad bytes known for certain
  /// What neighbouring runs say of the columns they share; empty or 65 x 256.
  std::vector<std::array<std::int32_t, 256>> hint;
  /// Known bytes that contradict each other or the run.
  std::size_t contradictions = 0;

  std::size_t size() const { return base.size(); }
  static std::size_t column(std::size_t position) { return position % pad_columns; }
  std::size_t free_columns() const;
};

/// The run must not be empty. `register_key_size`: bytes at the end of the initial register that are unknown
/// (8 for a key, 20 or 32 for an HMAC); the ones before are zero. Known bytes count only where the offset is
/// known.
PadProblem make_pad_problem(const ScrambledRun& run, std::size_t register_key_size,
                            std::span<const KnownText> known);

/// The region's original bytes under a pad.
std::vector<std::uint8_t> apply_pad(const PadProblem& problem, const Pad& pad);

std::uint8_t xor_of(const Pad& pad);

/// Rows of a problem (the region cut into lines of 65) that a sum is taken over, evenly spread, at most
/// `limit`.
std::vector<std::uint32_t> spread_rows(std::size_t region_size, std::size_t limit);

}  // namespace mps
