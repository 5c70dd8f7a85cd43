// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leak/model_trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

namespace mps {
namespace {

using Documents = std::vector<std::span<const std::uint8_t>>;

constexpr double discount = 0.8;
constexpr double uniform_share = 0.01;  ///< of the unigram: bytes never seen stay possible
constexpr std::size_t min_training_size = 2048;
constexpr std::size_t max_training_size = std::size_t{256} << 20;
constexpr std::uint32_t sighting = 8;  ///< counts are in eighths, for those that are damped
constexpr double node_bytes = 4;       ///< of the file format
constexpr double entry_bytes = 2;
constexpr std::size_t most_children = 255;

/// An n-gram. The key orders by context, nearest byte first, and then by symbol: every order sorts its groups
/// alike.
struct Gram {
  std::uint64_t key;
  std::uint32_t count;  ///< 1/8 of a sighting
  float probability;
  float gain;  ///< bits saved on the training text against the shorter context
};

/// The n-grams of one context; the contexts of an order stand in rising order.
struct Group {
  std::uint64_t context;
  std::size_t begin;
  std::size_t end;
  std::size_t parent;  ///< index of the group of the shorter context, one order below
  float best_gain;     ///< of its n-grams and of all longer contexts
};

struct Order {
  std::vector<Gram> grams;
  std::vector<Group> groups;
};

unsigned cost_of(double probability) {
  const double cost = -std::log2(std::max(probability, 1e-12)) * LanguageModel::units_per_bit;
  return static_cast<unsigned>(std::clamp(std::lround(cost), 0L, static_cast<long>(LanguageModel::max_cost)));
}

double probability_of(unsigned cost) {
  return std::exp2(-static_cast<double>(cost) / LanguageModel::units_per_bit);
}

Documents cut_into_pieces(std::span<const std::span<const std::uint8_t>> documents, std::size_t total) {
  if (documents.size() >= 20) return {documents.begin(), documents.end()};
  const std::size_t piece = std::clamp<std::size_t>(total / 40, 128, 16384);
  Documents out;
  for (auto rest : documents) {
    while (!rest.empty()) {
      const auto head = rest.first(std::min(piece, rest.size()));
      out.push_back(head);
      rest = rest.subspan(head.size());
    }
  }
  return out;
}

/// Probability of every byte after every byte; row 256 has no context.
std::vector<double> bigram_probabilities(const Documents& documents) {
  std::vector<double> one(256, 0);
  std::vector<double> two(65536, 0);
  double total = 0;
  for (const auto& text : documents) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      ++one[text[i]];
      ++total;
      if (i > 0) ++two[text[i - 1] * 256u + text[i]];
    }
  }
  std::vector<double> p(257 * 256);
  for (unsigned s = 0; s < 256; ++s)
    p[65536 + s] = (1 - uniform_share) * one[s] / total + uniform_share / 256;
  for (unsigned c = 0; c < 256; ++c) {
    double sum = 0;
    double kinds = 0;
    for (unsigned s = 0; s < 256; ++s) {
      sum += two[c * 256 + s];
      kinds += two[c * 256 + s] > 0;
    }
    // A context seen a few times says little: one imaginary sighting of everything keeps the floor.
    const double lower_share = (discount * kinds + 1) / (sum + 1);
    for (unsigned s = 0; s < 256; ++s) {
      const double n = two[c * 256 + s];
      p[c * 256 + s] = (n > 0 ? n - discount : 0) / (sum + 1) + lower_share * p[65536 + s];
    }
  }
  return p;
}

struct Sightings {
  std::uint64_t key;
  std::uint32_t count;
};

/// Of every document apart, in the order of the keys.
std::vector<Sightings> sightings_of(const Documents& documents, unsigned order, bool damped) {
  std::vector<Sightings> out;
  std::vector<std::uint64_t> keys;
  for (const auto& text : documents) {
    keys.clear();
    for (std::size_t i = order - 1; i < text.size(); ++i) {
      std::uint64_t key = 0;
      for (unsigned k = 1; k < order; ++k) key = key << 8 | text[i - k];
      keys.push_back(key << 8 | text[i]);
    }
    std::sort(keys.begin(), keys.end());
    for (auto at = keys.begin(); at != keys.end();) {
      const auto end = std::find_if(at, keys.end(), [&](std::uint64_t key) { return key != *at; });
      const auto times = static_cast<double>(end - at);
      out.push_back(
          {*at, static_cast<std::uint32_t>(std::lround(sighting * (damped ? std::sqrt(times) : times)))});
      at = end;
    }
  }
  std::sort(out.begin(), out.end(), [](const Sightings& a, const Sightings& b) { return a.key < b.key; });
  return out;
}

/// Counts and probabilities of one order, interpolated with the order below (nullptr: the bigrams).
Order count_order(const Documents& documents, unsigned order, const Order* below,
                  const std::vector<double>& bigram, bool damped) {
  const auto seen = sightings_of(documents, order, damped);
  Order out;
  std::size_t parent = 0;
  for (std::size_t i = 0; i < seen.size();) {
    const std::uint64_t context = seen[i].key >> 8;
    Group group{context, out.grams.size(), 0, 0, 0};
    double sum = 0;
    while (i < seen.size() && seen[i].key >> 8 == context) {
      const std::uint64_t key = seen[i].key;
      std::uint32_t count = 0;
      for (; i < seen.size() && seen[i].key == key; ++i) count += seen[i].count;
      out.grams.push_back({key, count, 0, 0});
      sum += count;
    }
    group.end = out.grams.size();
    auto lower_at = below ? below->grams.begin() : std::vector<Gram>::const_iterator{};
    if (below) {
      while (below->groups[parent].context != context >> 8) ++parent;
      group.parent = parent;
      lower_at += static_cast<std::ptrdiff_t>(below->groups[parent].begin);
    }
    const double lower_share = discount * sighting * static_cast<double>(group.end - group.begin) / sum;
    for (std::size_t g = group.begin; g < group.end; ++g) {
      Gram& gram = out.grams[g];
      double lower = 0;
      if (below) {
        const std::uint64_t wanted = (context >> 8) << 8 | (gram.key & 0xff);
        while (lower_at->key != wanted) ++lower_at;
        lower = lower_at->probability;
      } else {
        lower = bigram[(context >> 8) * 256 + (gram.key & 0xff)];
      }
      const double p = (gram.count - discount * sighting) / sum + lower_share * lower;
      gram.probability = static_cast<float>(p);
      gram.gain =
          gram.count <= sighting ? 0.0F : static_cast<float>(gram.count * std::log2(p / lower) / sighting);
    }
    out.groups.push_back(group);
  }
  return out;
}

/// Gains below this are pruned so that the tree fits into `size` bytes.
float gain_threshold(std::vector<Order>& orders, double size) {
  std::vector<float> grams;
  std::vector<float> groups;
  for (std::size_t k = orders.size(); k-- > 0;) {
    for (Group& group : orders[k].groups) {
      for (std::size_t g = group.begin; g < group.end; ++g) {
        const float gain = orders[k].grams[g].gain;
        group.best_gain = std::max(group.best_gain, gain);
        if (gain > 0) grams.push_back(gain);
      }
      if (group.best_gain > 0) groups.push_back(group.best_gain);
      if (k > 0) {
        float& parent = orders[k - 1].groups[group.parent].best_gain;
        parent = std::max(parent, group.best_gain);
      }
    }
  }
  std::sort(grams.begin(), grams.end());
  std::sort(groups.begin(), groups.end());
  const auto bytes = [&](float threshold) {
    const auto above = [&](const std::vector<float>& gains) {
      return static_cast<double>(gains.end() - std::lower_bound(gains.begin(), gains.end(), threshold));
    };
    return entry_bytes * above(grams) + node_bytes * above(groups);
  };
  float low = 1;  // one bit saved in the whole text is noise
  float high = grams.empty() ? 1 : std::max(1.0F, grams.back());
  if (bytes(low) <= size) return low;
  for (int step = 0; step < 40; ++step) {
    const float middle = (low + high) / 2;
    (bytes(middle) <= size ? high : low) = middle;
  }
  return high;
}

}  // namespace

/// Fills a model's private parts.
class ModelBuilder {
 public:
  ModelBuilder(const TrainingOptions& options, const std::vector<double>& bigram) {
    model_.name_ = options.name;
    model_.order_ = options.order;
    for (unsigned s = 0; s < 256; ++s)
      model_.unigram_[s] = static_cast<std::uint8_t>(cost_of(bigram[65536 + s]));
    for (unsigned k = 0; k < 65536; ++k) model_.bigram_[k] = static_cast<std::uint8_t>(cost_of(bigram[k]));
  }

  /// Orders 3, 4, ...: parents come before children.
  void add_tree(const std::vector<Order>& orders, float threshold) {
    std::vector<std::uint32_t> above;  // node of each group of the order before
    for (std::size_t k = 0; k < orders.size(); ++k) {
      const unsigned depth = static_cast<unsigned>(k) + 2;
      std::vector<std::uint32_t> here(orders[k].groups.size(), LanguageModel::no_node);
      std::size_t children = 0;  // of the parent of the group before; groups of one parent are neighbours
      for (std::size_t g = 0; g < here.size(); ++g) {
        const Group& group = orders[k].groups[g];
        if (g > 0 && group.parent != orders[k].groups[g - 1].parent) children = 0;
        if (group.best_gain < threshold) continue;
        // The file counts them in a byte, and what follows one that was left out has no place either.
        if (k > 0 && (above[group.parent] == LanguageModel::no_node || children == most_children)) continue;
        ++children;
        here[g] = add_node(orders[k], group, depth, k == 0 ? LanguageModel::no_node : above[group.parent],
                           threshold);
      }
      above = std::move(here);
    }
    model_.index();
  }

  LanguageModel finish(const Documents& held_out) {
    ModelCalibration& calibration = model_.calibration_;
    bool have_mean = false;
    for (std::size_t k = 0; k < calibration.lengths.size(); ++k) {
      const std::size_t length = calibration.lengths[k];
      std::vector<double> rates;
      for (const auto& text : held_out) {
        for (std::size_t at = 0; at + length <= text.size(); at += length)
          rates.push_back(model_.cost_bits(text.subspan(at, length)) / static_cast<double>(length));
      }
      if (rates.size() < 4 && k > 0) {
        calibration.deviation[k] = calibration.deviation[k - 1];
        continue;
      }
      const auto n = static_cast<double>(rates.size());
      const double mean = rates.empty() ? 8 : std::accumulate(rates.begin(), rates.end(), 0.0) / n;
      double square = 0;
      for (const double rate : rates) square += (rate - mean) * (rate - mean);
      calibration.deviation[k] = rates.size() < 2 ? 0 : std::sqrt(square / (n - 1));
      if (!have_mean || length <= 1024) calibration.bits_per_byte = mean;
      have_mean = true;
    }
    return std::move(model_);
  }

 private:
  std::uint32_t add_node(const Order& order, const Group& group, unsigned depth, std::uint32_t parent,
                         float threshold) {
    LanguageModel::Node node;
    node.parent = parent;
    node.depth = static_cast<std::uint8_t>(depth);
    node.byte = static_cast<std::uint8_t>(group.context);
    node.first_entry = static_cast<std::uint32_t>(model_.entry_cost_.size());
    const auto nearest = static_cast<std::uint8_t>(group.context >> (8 * (depth - 1)));
    const LanguageModel::Context lower{model_.bigram_.data() + nearest * 256, parent};
    double kept = 0;
    double kept_lower = 0;
    unsigned entries = 0;
    for (std::size_t g = group.begin; g < group.end; ++g) {
      const Gram& gram = order.grams[g];
      if (gram.gain < threshold || entries == 255) continue;
      const auto symbol = static_cast<std::uint8_t>(gram.key);
      node.present[symbol >> 6] |= std::uint64_t{1} << (symbol & 63);
      model_.entry_cost_.push_back(static_cast<std::uint8_t>(cost_of(gram.probability)));
      kept += gram.probability;
      kept_lower += probability_of(model_.cost(lower, symbol));
      ++entries;
    }
    unsigned rank = 0;
    for (unsigned word = 0; word < 4; ++word) {
      node.rank[word] = static_cast<std::uint8_t>(rank);
      rank += static_cast<unsigned>(__builtin_popcountll(node.present[word]));
    }
    if (entries > 0)
      node.backoff =
          static_cast<std::uint8_t>(cost_of(std::max(1 - kept, 1e-4) / std::max(1 - kept_lower, 1e-4)));
    model_.nodes_.push_back(node);
    model_.root_byte_.push_back(depth == 2 ? nearest : 0);
    return static_cast<std::uint32_t>(model_.nodes_.size() - 1);
  }

  LanguageModel model_;
};

tl::expected<LanguageModel, std::string> train_language_model(
    std::span<const std::span<const std::uint8_t>> documents, const TrainingOptions& options) {
  using Failure = tl::unexpected<std::string>;
  if (options.order < 2 || options.order > LanguageModel::max_order)
    return Failure("model order is not 2 to 6");
  if (options.name.size() > 255) return Failure("model name longer than 255 bytes");
  std::size_t total = 0;
  for (const auto& document : documents) total += document.size();
  if (total < min_training_size) return Failure("less than 2048 bytes of text to train on");
  if (total > max_training_size) return Failure("more than 256 MiB of text to train on");

  const Documents pieces = cut_into_pieces(documents, total);
  Documents counted;
  Documents held_out;
  for (std::size_t k = 0; k < pieces.size(); ++k) (k % 10 == 9 ? held_out : counted).push_back(pieces[k]);

  const auto bigram = bigram_probabilities(counted);
  std::vector<Order> orders;
  for (unsigned order = 3; order <= options.order; ++order)
    orders.push_back(
        count_order(counted, order, orders.empty() ? nullptr : &orders.back(), bigram, options.damped));
  const double floor_size = 65536 + 256 + 400;
  const float threshold =
      gain_threshold(orders, std::max(0.0, static_cast<double>(options.size_limit) - floor_size));
  ModelBuilder builder(options, bigram);
  builder.add_tree(orders, threshold);
  return builder.finish(held_out);
}

tl::expected<LanguageModel, std::string> language_model_from(std::span<const std::uint8_t> file,
                                                             const std::string& name) {
  constexpr std::string_view magic = "MPSLM ";
  if (file.size() >= magic.size() && std::equal(magic.begin(), magic.end(), file.begin()))
    return LanguageModel::parse(file);
  TrainingOptions options;
  options.name = name.substr(0, 255);
  const std::span<const std::uint8_t> one[] = {file};
  return train_language_model(one, options);
}

}  // namespace mps
