// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/reference/linear_twin.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace mps::reference {
namespace {

std::size_t below(std::mt19937_64& random, std::size_t limit) {
  return limit == 0 ? 0 : random() % limit;
}

void mark(std::vector<bool>& members, std::size_t begin, std::size_t length) {
  for (std::size_t i = begin; i < std::min(begin + length, members.size()); ++i) members[i] = true;
}

void mark_random(std::mt19937_64& random, std::vector<bool>& members, std::size_t most, std::size_t longest) {
  for (std::size_t k = below(random, most + 1); k > 0; --k)
    mark(members, below(random, members.size()), 1 + below(random, longest));
}

/// Unknowns in S[i]: the key bytes and stream bytes among b[i-W..i]; register zeros drop out.
std::vector<std::size_t> unknowns_of(const LeakCase& problem, std::size_t i) {
  std::vector<std::size_t> unknowns;
  for (std::size_t back = 0; back <= problem.window; ++back)
    if (back <= i + problem.key_length) unknowns.push_back(problem.key_length + i - back);
  return unknowns;
}

}  // namespace

std::vector<std::uint8_t> scramble_by_definition(std::uint32_t window, const std::vector<std::uint8_t>& key,
                                                 const std::vector<std::uint8_t>& original) {
  std::vector<std::uint8_t> all(window, 0);
  std::copy(key.begin(), key.end(), all.end() - static_cast<std::ptrdiff_t>(key.size()));
  all.insert(all.end(), original.begin(), original.end());
  std::vector<std::uint8_t> scrambled(original.size());
  for (std::size_t i = 0; i < original.size(); ++i)
    for (std::size_t j = i; j <= i + window; ++j)
      scrambled[i] = static_cast<std::uint8_t>(scrambled[i] ^ all[j]);
  return scrambled;
}

LeakCase random_case(std::mt19937_64& random, std::uint32_t max_window, std::size_t max_length) {
  LeakCase c;
  c.window = 1 + static_cast<std::uint32_t>(below(random, max_window));
  c.key_length = static_cast<std::uint32_t>(below(random, c.window + 1));
  c.key_known = random() & 1;
  const auto byte = [&] { return static_cast<std::uint8_t>(random()); };
  c.key.resize(c.key_length);
  std::generate(c.key.begin(), c.key.end(), byte);
  c.original.resize(1 + below(random, max_length));
  std::generate(c.original.begin(), c.original.end(), byte);
  c.scrambled = scramble_by_definition(c.window, c.key, c.original);
  c.seen.resize(c.length());
  c.known.resize(c.length());
  c.target.resize(c.length());
  const std::size_t longest = random() & 1 ? c.length() : 2 * c.window + 2;
  mark_random(random, c.seen, 6, longest);
  if (random() & 1) mark_random(random, c.known, 4, random() & 1 ? 4 : longest);
  mark_random(random, c.target, 3, longest);
  return c;
}

Intervals intervals_of(const std::vector<bool>& members) {
  Intervals intervals;
  for (std::size_t i = 0; i < members.size(); ++i)
    if (members[i]) append_merged(intervals, {i, i + 1});
  return intervals;
}

EquationSystem::Row EquationSystem::row(const std::vector<std::size_t>& unknowns) const {
  Row row(words_);
  for (const std::size_t unknown : unknowns) row[unknown / 64] ^= std::uint64_t{1} << (unknown % 64);
  return row;
}

bool EquationSystem::add(Row row, std::uint8_t value) {
  for (const Equation& equation : equations_) {
    if (!(row[equation.pivot / 64] >> (equation.pivot % 64) & 1)) continue;
    for (std::size_t w = 0; w < words_; ++w) row[w] ^= equation.row[w];
    value = static_cast<std::uint8_t>(value ^ equation.value);
  }
  for (std::size_t unknown = 0; unknown < 64 * words_; ++unknown)
    if (row[unknown / 64] >> (unknown % 64) & 1) {
      equations_.push_back({std::move(row), unknown, value});
      return true;
    }
  return false;
}

std::optional<std::uint8_t> EquationSystem::value_of(Row row) const {
  std::uint8_t value = 0;
  for (const Equation& equation : equations_) {
    if (!(row[equation.pivot / 64] >> (equation.pivot % 64) & 1)) continue;
    for (std::size_t w = 0; w < words_; ++w) row[w] ^= equation.row[w];
    value = static_cast<std::uint8_t>(value ^ equation.value);
  }
  if (std::any_of(row.begin(), row.end(), [](std::uint64_t word) { return word != 0; })) return std::nullopt;
  return value;
}

LinearAnswer solve_by_elimination(const LeakCase& c) {
  EquationSystem system(c.key_length + c.length());
  const auto unit = [&](std::size_t unknown) { return system.row({unknown}); };
  if (c.key_known)
    for (std::size_t k = 0; k < c.key_length; ++k) system.add(unit(k), c.key[k]);
  for (std::size_t i = 0; i < c.length(); ++i)
    if (c.known[i]) system.add(unit(c.key_length + i), c.original[i]);
  LinearAnswer answer;
  for (std::size_t i = 0; i < c.length(); ++i) {
    if (!c.seen[i]) continue;
    if (system.add(system.row(unknowns_of(c, i)), c.scrambled[i]))
      ++answer.independent;
    else
      ++answer.redundant;
  }
  for (std::size_t k = 0; k < c.key_length; ++k) answer.key.push_back(system.value_of(unit(k)));
  for (std::size_t i = 0; i < c.length(); ++i)
    answer.bytes.push_back(system.value_of(unit(c.key_length + i)));

  const auto equivocation = [&](const std::vector<bool>& members) {
    EquationSystem extended = system;
    std::uint64_t rank = 0;
    for (std::size_t i = 0; i < c.length(); ++i)
      rank += members[i] && extended.add(unit(c.key_length + i), 0);
    return rank;
  };
  std::vector<bool> before = c.seen;
  for (std::size_t i = 0; i < c.length(); ++i)
    if (c.seen[i]) mark(before, i < c.window ? 0 : i - c.window, std::min<std::size_t>(i, c.window));
  answer.seen_equivocation = equivocation(c.seen);
  answer.before_equivocation = equivocation(before);
  answer.target_equivocation = equivocation(c.target);
  answer.stream_equivocation = equivocation(std::vector<bool>(c.length(), true));
  EquationSystem extended = system;
  for (std::size_t k = 0; k < c.key_length; ++k) answer.key_equivocation += extended.add(unit(k), 0);
  return answer;
}

EnumeratedAnswer solve_by_enumeration(const LeakCase& c) {
  const std::size_t unknowns = c.key_length + c.length();
  const auto bit = [](const std::vector<std::uint8_t>& bytes, std::size_t i) { return bytes[i] & 1u; };
  std::map<std::uint64_t, std::uint64_t>
      posterior;  // value of the target positions -> number of explanations
  std::uint64_t always_one = ~std::uint64_t{0};
  std::uint64_t always_zero = ~std::uint64_t{0};
  for (std::uint64_t guess = 0; guess < std::uint64_t{1} << unknowns; ++guess) {
    const auto unknown = [&](std::size_t u) { return static_cast<unsigned>(guess >> u & 1); };
    bool explains = true;
    for (std::size_t k = 0; c.key_known && k < c.key_length; ++k) explains &= unknown(k) == bit(c.key, k);
    for (std::size_t i = 0; i < c.length() && explains; ++i) {
      if (c.known[i]) explains &= unknown(c.key_length + i) == bit(c.original, i);
      if (!c.seen[i]) continue;
      unsigned sum = 0;
      for (const std::size_t u : unknowns_of(c, i)) sum ^= unknown(u);
      explains &= sum == bit(c.scrambled, i);
    }
    if (!explains) continue;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < c.length(); ++i)
      if (c.target[i]) value |= std::uint64_t{unknown(c.key_length + i)} << i;
    ++posterior[value];
    always_one &= guess;
    always_zero &= ~guess;
  }
  EnumeratedAnswer answer;
  answer.target_equivocation_bits = std::log2(static_cast<double>(posterior.size()));
  for (const auto& [value, count] : posterior) answer.uniform &= count == posterior.begin()->second;
  for (std::size_t i = 0; i < c.length(); ++i)
    answer.determined.push_back((always_one | always_zero) >> (c.key_length + i) & 1);
  return answer;
}

}  // namespace mps::reference
