// SPDX-License-Identifier: GPL-2.0-or-later
/// The slow twins of the exact leakage engine: Gaussian elimination on the definition of the scrambler, and,
/// for tiny cases, counting of all plaintexts that explain the capture. Written from S[i] = b[i] ^ ... ^
/// b[i-W] alone: no prefix XORs, no graphs, no intervals. Cubic or exponential; for tests only.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "core/leak/exact_engine.h"

namespace mps::reference {

/// One stream, its capture and what is known, position by position.
struct LeakCase {
  std::uint32_t window = 64;
  std::uint32_t key_length = 8;
  bool key_known = false;
  std::vector<std::uint8_t> key;
  std::vector<std::uint8_t> original;
  std::vector<std::uint8_t> scrambled;
  std::vector<bool> seen;
  std::vector<bool> known;
  std::vector<bool> target;

  std::size_t length() const { return original.size(); }
};

/// S by definition.
std::vector<std::uint8_t> scramble_by_definition(std::uint32_t window, const std::vector<std::uint8_t>& key,
                                                 const std::vector<std::uint8_t>& original);

/// A random case: runs and cribs of mixed lengths that may overlap, up to `max_length` bytes of stream.
LeakCase random_case(std::mt19937_64& random, std::uint32_t max_window, std::size_t max_length);

/// Positions as intervals.
Intervals intervals_of(const std::vector<bool>& members);

/// Rows over GF(2) in echelon form, one byte lane; unknowns are the key bytes and then the stream bytes.
class EquationSystem {
 public:
  using Row = std::vector<std::uint64_t>;
  explicit EquationSystem(std::size_t unknowns) : words_((unknowns + 63) / 64) {}

  Row row(const std::vector<std::size_t>& unknowns) const;
  /// Whether the equation was independent of those before it.
  bool add(Row row, std::uint8_t value);
  /// The value that the equations give this combination of unknowns, if they give one.
  std::optional<std::uint8_t> value_of(Row row) const;

 private:
  struct Equation {
    Row row;
    std::size_t pivot;
    std::uint8_t value;
  };
  std::size_t words_;
  std::vector<Equation> equations_;
};

/// Everything the engine is asked about a case, by elimination.
struct LinearAnswer {
  std::vector<std::optional<std::uint8_t>> bytes;
  std::vector<std::optional<std::uint8_t>> key;
  std::uint64_t independent = 0;
  std::uint64_t redundant = 0;
  std::uint64_t key_equivocation = 0;  ///< in bytes, as all below
  std::uint64_t seen_equivocation = 0;
  std::uint64_t before_equivocation = 0;  ///< seen and W before each run
  std::uint64_t target_equivocation = 0;
  std::uint64_t stream_equivocation = 0;
};
LinearAnswer solve_by_elimination(const LeakCase& problem);

/// One bit lane (bit 0) by enumeration of all streams and keys: log2 of the number of target values that
/// explain the capture, which positions are constant among them, and whether all of them are equally
/// frequent.
struct EnumeratedAnswer {
  double target_equivocation_bits = 0;
  std::vector<bool> determined;
  bool uniform = true;
};
EnumeratedAnswer solve_by_enumeration(const LeakCase& problem);

}  // namespace mps::reference
