// SPDX-License-Identifier: GPL-2.0-or-later
/// The model file, little endian:
///
///     magic "MPSLM 1\n"   u32 size of the file   u8 length, name   u8 order
///     u16 h   u16 deviation[6]                    1/4096 bit
///     u8 unigram[256]   u8 bigram[256][256]       costs, 1/16 bit
///     u32 roots, then each: u8 nearest byte, node
///     SHA-256 of all of the above
///     node = u8 farthest byte, u8 backoff, u8 entries, (u8 symbol, u8 cost)..., u8 children, node...
///
/// Symbols within a node rise, so that a file has one form.
#include "core/leak/language_model.h"

#include <gcrypt.h>
#include <algorithm>
#include <cmath>
#include <cstring>

namespace mps {
namespace {

constexpr std::array<std::uint8_t, 8> magic{'M', 'P', 'S', 'L', 'M', ' ', '1', '\n'};
constexpr std::size_t digest_size = 32;
constexpr double calibration_unit = 4096;
constexpr std::uint32_t max_nodes = 1u << 23;  // node << 8 | byte stays below no_node

std::array<std::uint8_t, digest_size> digest(std::span<const std::uint8_t> bytes) {
  std::array<std::uint8_t, digest_size> out;
  gcry_check_version(nullptr);
  gcry_md_hash_buffer(GCRY_MD_SHA256, out.data(), bytes.data(), bytes.size());
  return out;
}

/// Takes bytes off the front; once it has failed it only yields zeros.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : rest_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  std::span<const std::uint8_t> take(std::size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const auto head = rest_.first(size);
    rest_ = rest_.subspan(size);
    return head;
  }
  std::uint32_t number(unsigned size) {
    std::uint32_t value = 0;
    unsigned shift = 0;
    for (const std::uint8_t byte : take(size)) {
      value |= std::uint32_t{byte} << shift;
      shift += 8;
    }
    return value;
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }

 private:
  std::span<const std::uint8_t> rest_;
  bool ok_ = true;
};

void put(std::vector<std::uint8_t>& out, std::uint32_t value, unsigned size) {
  for (unsigned k = 0; k < size; ++k) out.push_back(static_cast<std::uint8_t>(value >> (8 * k)));
}

std::uint32_t calibration_number(double value) {
  return static_cast<std::uint32_t>(std::clamp(std::lround(value * calibration_unit), 0L, 65535L));
}

}  // namespace

double ModelCalibration::deviation_at(std::size_t size) const {
  double found = deviation.front();
  for (std::size_t k = 0; k < lengths.size(); ++k) {
    if (lengths[k] <= size) found = deviation[k];
  }
  return found;
}

LanguageModel::LanguageModel() : bigram_(65536), root_(65536, no_node) {}

tl::expected<LanguageModel, std::string> LanguageModel::parse(std::span<const std::uint8_t> file) {
  using Failure = tl::unexpected<std::string>;
  if (file.size() < magic.size() + digest_size || !std::equal(magic.begin(), magic.end(), file.begin()))
    return Failure("not a language model file of version 1");
  if (file.size() > max_file_size) return Failure("language model larger than 64 MiB");
  const auto body = file.first(file.size() - digest_size);
  Reader in(body.subspan(magic.size()));
  if (in.number(4) != file.size()) return Failure("language model cut short or with bytes appended");
  const auto sum = digest(body);
  if (!std::equal(sum.begin(), sum.end(), file.end() - digest_size))
    return Failure("language model checksum differs");

  LanguageModel model;
  const auto name = in.take(in.byte());
  model.name_.assign(name.begin(), name.end());
  model.order_ = in.byte();
  model.calibration_.bits_per_byte = in.number(2) / calibration_unit;
  for (double& deviation : model.calibration_.deviation) deviation = in.number(2) / calibration_unit;
  const auto unigram = in.take(256);
  const auto bigram = in.take(65536);
  const std::uint32_t roots = in.number(4);
  if (!in.ok() || model.order_ < 2 || model.order_ > max_order || roots > 65536)
    return Failure("language model header damaged");
  std::copy(unigram.begin(), unigram.end(), model.unigram_.begin());
  std::copy(bigram.begin(), bigram.end(), model.bigram_.begin());

  struct Open {
    std::uint32_t node;
    unsigned children;
  };
  std::vector<Open> open;  // the path from a root; at most max_context deep
  std::uint32_t roots_left = roots;
  while (roots_left > 0 || !open.empty()) {
    while (!open.empty() && open.back().children == 0) open.pop_back();
    if (open.empty() && roots_left == 0) break;
    Node node;
    std::uint8_t nearest = 0;
    if (open.empty()) {
      --roots_left;
      nearest = in.byte();
      node.depth = 2;
    } else {
      --open.back().children;
      node.parent = open.back().node;
      node.depth = static_cast<std::uint8_t>(model.nodes_[node.parent].depth + 1);
    }
    node.byte = in.byte();
    node.backoff = in.byte();
    node.first_entry = static_cast<std::uint32_t>(model.entry_cost_.size());
    const unsigned entries = in.byte();
    int last = -1;
    for (unsigned k = 0; k < entries; ++k) {
      const int symbol = in.byte();
      model.entry_cost_.push_back(in.byte());
      if (symbol <= last) return Failure("language model entries out of order");
      last = symbol;
      node.present[static_cast<unsigned>(symbol) >> 6] |= std::uint64_t{1} << (symbol & 63);
    }
    const unsigned children = in.byte();
    if (!in.ok()) return Failure("language model tree cut short");
    if (node.depth >= model.order_ || model.nodes_.size() >= max_nodes)
      return Failure("language model tree too deep or large");
    open.push_back({static_cast<std::uint32_t>(model.nodes_.size()), children});
    model.nodes_.push_back(node);
    model.root_byte_.push_back(nearest);
  }
  if (!in.ok() || !in.at_end()) return Failure("language model tree damaged");
  model.index();
  return model;
}

void LanguageModel::index() {
  std::size_t slots = 16;
  while (slots < nodes_.size() * 2 + 1) slots *= 2;
  children_.assign(slots, {});
  child_mask_ = static_cast<std::uint32_t>(slots - 1);
  std::fill(root_.begin(), root_.end(), no_node);
  for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
    Node& node = nodes_[n];
    unsigned rank = 0;
    for (unsigned word = 0; word < 4; ++word) {
      node.rank[word] = static_cast<std::uint8_t>(rank);
      rank += static_cast<unsigned>(__builtin_popcountll(node.present[word]));
    }
    if (node.parent == no_node) {
      root_[root_byte_[n] | std::uint32_t{node.byte} << 8] = n;
      continue;
    }
    const std::uint32_t key = node.parent << 8 | node.byte;
    std::uint32_t slot = hash(key);
    while (children_[slot].key != no_node) slot = (slot + 1) & child_mask_;
    children_[slot] = {key, n};
  }
}

std::vector<std::uint8_t> LanguageModel::serialise() const {
  std::vector<std::vector<std::uint32_t>> children(nodes_.size());
  std::vector<std::uint32_t> roots;
  for (std::uint32_t n = 0; n < nodes_.size(); ++n)
    (nodes_[n].parent == no_node ? roots : children[nodes_[n].parent]).push_back(n);

  std::vector<std::uint8_t> out(magic.begin(), magic.end());
  put(out, 0, 4);
  put(out, static_cast<std::uint32_t>(name_.size()), 1);
  out.insert(out.end(), name_.begin(), name_.end());
  put(out, order_, 1);
  put(out, calibration_number(calibration_.bits_per_byte), 2);
  for (const double deviation : calibration_.deviation) put(out, calibration_number(deviation), 2);
  out.insert(out.end(), unigram_.begin(), unigram_.end());
  out.insert(out.end(), bigram_.begin(), bigram_.end());
  put(out, static_cast<std::uint32_t>(roots.size()), 4);
  std::vector<std::uint32_t> todo(roots.rbegin(), roots.rend());
  while (!todo.empty()) {
    const std::uint32_t n = todo.back();
    todo.pop_back();
    const Node& node = nodes_[n];
    if (node.parent == no_node) put(out, root_byte_[n], 1);
    put(out, node.byte, 1);
    put(out, node.backoff, 1);
    const std::size_t count_at = out.size();
    put(out, 0, 1);
    unsigned entries = 0;
    for (unsigned symbol = 0; symbol < 256; ++symbol) {
      if (!(node.present[symbol >> 6] >> (symbol & 63) & 1)) continue;
      put(out, symbol, 1);
      put(out, entry_cost_[node.first_entry + entries++], 1);
    }
    out[count_at] = static_cast<std::uint8_t>(entries);
    put(out, static_cast<std::uint32_t>(children[n].size()), 1);
    todo.insert(todo.end(), children[n].rbegin(), children[n].rend());
  }
  const auto size = static_cast<std::uint32_t>(out.size() + digest_size);
  for (unsigned k = 0; k < 4; ++k) out[magic.size() + k] = static_cast<std::uint8_t>(size >> (8 * k));
  const auto sum = digest(out);
  out.insert(out.end(), sum.begin(), sum.end());
  return out;
}

double LanguageModel::cost_bits(std::span<const std::uint8_t> text) const {
  std::uint64_t total = 0;
  std::uint64_t recent = 0;
  unsigned depth = 0;
  for (const std::uint8_t byte : text) {
    total += cost(context(recent, depth), byte);
    recent = recent << 8 | byte;
    depth = std::min(depth + 1, max_context);
  }
  return static_cast<double>(total) / units_per_bit;
}

std::string names_of(std::span<const LanguageModel* const> models) {
  std::string names;
  for (const LanguageModel* model : models) names += (names.empty() ? "" : ", ") + model->name();
  return names;
}

}  // namespace mps
