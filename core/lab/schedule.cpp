// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/lab/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <numeric>
#include <queue>
#include <sstream>

#include "core/lab/keystream.h"

namespace mps::lab {
namespace {

using Kind = SchedulerOptions::Kind;
constexpr std::array<std::pair<const char*, Kind>, 4> kinds{{{"minrtt", Kind::min_rtt},
                                                             {"roundrobin", Kind::round_robin},
                                                             {"weighted", Kind::weighted},
                                                             {"redundant", Kind::redundant}}};
constexpr double max_loss = 0.9;
constexpr std::size_t loss_noticed_after = 3;  ///< segments, as three duplicate ACKs

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; std::getline(stream, word, at);) words.push_back(word);
  return words;
}

template <typename Number>
bool read_number(const std::string& text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

template <typename Number>
bool read_list(const std::string& text, std::vector<Number>& out) {
  out.clear();
  for (const auto& word : split(text, ':'))
    if (Number value{}; read_number(word, value))
      out.push_back(value);
    else
      return false;
  return !out.empty();
}

/// One KEY=VALUE; false if it is not understood.
bool read_setting(const std::string& key, const std::string& value, SchedulerOptions& o) {
  if (key == "paths") return read_number(value, o.paths);
  if (key == "handshake") return read_number(value, o.handshake_path);
  if (key == "burst") return read_number(value, o.burst);
  if (key == "window") return read_number(value, o.window);
  if (key == "loss") return read_number(value, o.loss);
  if (key == "seed") return read_number(value, o.seed);
  if (key == "weights") return read_list(value, o.weights);
  if (key == "rtt") return read_list(value, o.rtt_ms);
  if (key == "first" && (value == "trusted" || value == "native"))
    return o.first_trusted = value == "trusted", true;
  if (key == "reinject" && (value == "yes" || value == "no")) return o.reinject = value == "yes", true;
  if (key == "segment") {
    std::vector<std::uint32_t> sizes;
    if (!read_list(value, sizes) || sizes.size() > 2) return false;
    o.segment_min = sizes.front();
    o.segment_max = sizes.back();
    return true;
  }
  if (key == "trusted") {
    o.trusted = 0;
    if (value == "none") return true;
    for (const auto& word : split(value, '+')) {
      std::uint16_t path = 0;
      if (!read_number(word, path) || path >= max_lab_paths) return false;
      o.trusted |= mask_of(path);
    }
    return o.trusted != 0;
  }
  return false;
}

tl::expected<void, std::string> check(const SchedulerOptions& o) {
  const auto wrong = [](const std::string& text) { return tl::unexpected(text); };
  if (o.paths < 1 || o.paths > max_lab_paths)
    return wrong(fmt::format("paths={} is not from 1 to {}", o.paths, max_lab_paths));
  if (o.trusted >> o.paths != 0) return wrong("trusted= names a path that there is not");
  if (o.handshake_path >= o.paths) return wrong("handshake= names a path that there is not");
  if (o.segment_min == 0 || o.segment_min > o.segment_max || o.segment_max > 65535)
    return wrong(fmt::format("segment={}:{} is not a range within 1:65535", o.segment_min, o.segment_max));
  if (o.burst == 0 || o.window == 0) return wrong("burst= and window= must be at least 1");
  if (!(o.loss >= 0 && o.loss < max_loss))
    return wrong(fmt::format("loss={} is not from 0 to below {}", o.loss, max_loss));
  if (!o.weights.empty() &&
      (o.weights.size() != o.paths || std::ranges::find(o.weights, 0u) != o.weights.end()))
    return wrong("weights= takes a number from 1 for each path");
  if (!o.rtt_ms.empty() && (o.rtt_ms.size() != o.paths || std::ranges::any_of(o.rtt_ms, [](double rtt) {
                              return !(rtt > 0 && rtt < 1e6);
                            })))
    return wrong("rtt= takes milliseconds above 0 for each path");
  return {};
}

/// Chooses the path of each new segment.
class Chooser {
 public:
  virtual ~Chooser() = default;
  virtual std::uint16_t next() = 0;
  /// Something is sent there that nobody asked next() about.
  virtual void occupy(std::uint16_t /*path*/) {}
};

/// round robin is the weighted scheduler with equal weights.
class InTurn final : public Chooser {
 public:
  InTurn(std::vector<std::uint32_t> weights, std::uint32_t burst)
      : weights_(std::move(weights)), burst_(burst) {}
  std::uint16_t next() override {
    if (sent_ == std::uint64_t{weights_[path_]} * burst_) {
      path_ = static_cast<std::uint16_t>((path_ + 1) % weights_.size());
      sent_ = 0;
    }
    ++sent_;
    return path_;
  }
  /// A segment that was put somewhere counts as that path's turn.
  void occupy(std::uint16_t path) override {
    if (path != path_) sent_ = 0;
    path_ = path;
    ++sent_;
    sent_ = std::min<std::uint64_t>(sent_, std::uint64_t{weights_[path_]} * burst_);
  }

 private:
  std::vector<std::uint32_t> weights_;
  std::uint32_t burst_;
  std::uint16_t path_ = 0;
  std::uint64_t sent_ = 0;
};

/// A sender that always has data: a path takes a segment when it has room; its ACK comes one RTT later.
class MinRtt final : public Chooser {
 public:
  MinRtt(std::vector<double> rtt_ms, std::uint32_t window)
      : rtt_ms_(std::move(rtt_ms)), window_(window), in_flight_(rtt_ms_.size()), by_rtt_(rtt_ms_.size()) {
    std::iota(by_rtt_.begin(), by_rtt_.end(), std::uint16_t{0});
    std::ranges::stable_sort(by_rtt_, {}, [this](std::uint16_t path) { return rtt_ms_[path]; });
  }
  std::uint16_t next() override {
    for (;;) {
      for (const std::uint16_t path : by_rtt_)
        if (in_flight_[path] < window_) {
          occupy(path);
          return path;
        }
      const Ack ack = acks_.top();
      acks_.pop();
      now_ms_ = ack.at_ms;
      --in_flight_[ack.path];
    }
  }
  void occupy(std::uint16_t path) override {
    ++in_flight_[path];
    acks_.push({now_ms_ + rtt_ms_[path], number_++, path});
  }

 private:
  struct Ack {
    double at_ms;
    std::uint64_t number;  ///< settles ties
    std::uint16_t path;
    bool operator>(const Ack& other) const {
      return at_ms != other.at_ms ? at_ms > other.at_ms : number > other.number;
    }
  };
  std::vector<double> rtt_ms_;
  std::uint32_t window_;
  std::vector<std::uint32_t> in_flight_;
  std::vector<std::uint16_t> by_rtt_;
  std::priority_queue<Ack, std::vector<Ack>, std::greater<>> acks_;
  double now_ms_ = 0;
  std::uint64_t number_ = 0;
};

std::unique_ptr<Chooser> chooser_of(const SchedulerOptions& o) {
  if (o.kind == Kind::min_rtt) {
    std::vector<double> rtt = o.rtt_ms;
    if (rtt.empty()) {
      rtt.assign(o.paths, 20);
      rtt[0] = 50;
    }
    return std::make_unique<MinRtt>(rtt, o.window);
  }
  std::vector<std::uint32_t> weights(o.paths, 1);
  if (o.kind == Kind::weighted && !o.weights.empty()) weights = o.weights;
  return std::make_unique<InTurn>(weights, o.burst);
}

std::string describe(const SchedulerOptions& o) {
  std::string text = fmt::format("{}, {} paths, segments of ", to_string(o.kind), o.paths);
  text += o.segment_min == o.segment_max ? fmt::format("{}", o.segment_max)
                                         : fmt::format("{} to {}", o.segment_min, o.segment_max);
  text +=
      o.first_trusted ? " bytes, the first one on a trusted path" : " bytes, the first one like all others";
  if (o.loss > 0)
    text +=
        fmt::format(", {:g} % lost and {}", 100 * o.loss,
                    o.reinject && o.kind != Kind::redundant ? "reinjected" : "sent again on the same path");
  return text;
}

}  // namespace

std::uint16_t Schedule::trusted_path() const {
  return trusted ? static_cast<std::uint16_t>(std::countr_zero(trusted)) : std::uint16_t{0};
}

std::uint64_t Schedule::repeated_bytes() const {
  std::uint64_t sent = 0;
  for (const Sending& sending : sendings) sent += sending.where.length();
  return sent - std::min(sent, length);
}

std::vector<Sending> Schedule::segments() const {
  std::vector<SeenExtent> extents;
  for (const Sending& s : sendings)
    extents.push_back({s.where.begin, 0, static_cast<std::uint32_t>(s.where.length()), 0, s.path});
  std::vector<Sending> cut;
  for (const SeenSlice& slice : slices_seen_by(~PathMask{0}, extents))
    cut.push_back({slice.where, extents[slice.extent].subflow});
  return cut;
}

tl::expected<Schedule, std::string> captured_schedule(std::span<const SeenExtent> carried,
                                                      const CapturedPaths& paths, std::uint64_t length) {
  if (paths.count > max_lab_paths) return tl::unexpected(fmt::format("more than {} subflows", max_lab_paths));
  Schedule schedule;
  schedule.paths = static_cast<std::uint16_t>(paths.count);
  schedule.length = length;
  schedule.handshake_path = paths.handshake_path;
  schedule.trusted = paths.trusted     ? paths.trusted
                     : paths.untrusted ? schedule.all() & ~paths.untrusted
                                       : mask_of(paths.handshake_path);
  const bool labelled = paths.trusted || paths.untrusted;
  schedule.description =
      fmt::format("the capture's own segment map{}",
                  labelled ? "" : "; no path is labelled, so the initial one counts as trusted");
  Intervals covered;
  for (const SeenExtent& extent : carried) {
    const Interval where{extent.offset, std::min(extent.offset + extent.length, length)};
    if (where.begin >= where.end || extent.subflow >= paths.count) continue;
    schedule.sendings.push_back({where, extent.subflow});
    covered.push_back(where);
  }
  if (total_length(normalised(std::move(covered))) != length)
    return tl::unexpected(std::string("not every byte is in the capture"));
  return schedule;
}

const char* to_string(SchedulerOptions::Kind kind) {
  return std::ranges::find(kinds, kind, &std::pair<const char*, Kind>::second)->first;
}

tl::expected<SchedulerOptions, std::string> parse_scheduler(const std::string& text) {
  SchedulerOptions options;
  const auto words = split(text, ',');
  const std::string name = words.empty() ? "" : words.front();
  const auto kind = std::ranges::find_if(kinds, [&](const auto& entry) { return name == entry.first; });
  if (kind == kinds.end())
    return tl::unexpected(fmt::format("'{}' is not minrtt, roundrobin, weighted or redundant", name));
  options.kind = kind->second;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (equals == std::string::npos ||
        !read_setting(words[i].substr(0, equals), words[i].substr(equals + 1), options))
      return tl::unexpected(fmt::format("'{}' is not understood", words[i]));
  }
  if (auto checked = check(options); !checked) return tl::unexpected(checked.error());
  return options;
}

tl::expected<Schedule, std::string> make_schedule(const SchedulerOptions& options, std::uint64_t length) {
  if (auto checked = check(options); !checked) return tl::unexpected(checked.error());
  Schedule schedule{describe(options), options.paths, options.trusted, options.handshake_path, length, {}};
  const auto chooser = chooser_of(options);
  Keystream random(options.seed, "mpscramble lab scheduler");
  struct Repeat {
    std::size_t due;  ///< number of sendings after which the loss is noticed
    Sending sending;
  };
  std::queue<Repeat> repeats;
  // The sender does not know yet; lost segments are noticed some segments later, in the order of their loss.
  const auto send = [&](const Sending& sending) {
    schedule.sendings.push_back(sending);
    if (options.loss > 0 && random.unit() < options.loss)
      repeats.push({schedule.sendings.size() + loss_noticed_after, sending});
  };
  const auto send_again = [&] {
    const Sending lost = repeats.front().sending;
    repeats.pop();
    schedule.sendings.push_back(lost);  // on its own path until it arrives there: once is enough for a tap
    if (options.reinject && options.paths > 1 && options.kind != Kind::redundant)
      schedule.sendings.push_back({lost.where, static_cast<std::uint16_t>((lost.path + 1) % options.paths)});
  };
  for (std::uint64_t begin = 0; begin < length;) {
    const std::uint32_t size =
        options.segment_min + random.below(options.segment_max - options.segment_min + 1);
    const Interval where{begin, std::min<std::uint64_t>(begin + size, length)};
    if (begin == 0 && options.first_trusted) {
      send({where, schedule.trusted_path()});
      chooser->occupy(schedule.trusted_path());
    } else if (options.kind == Kind::redundant) {
      for (std::uint16_t path = 0; path < options.paths; ++path) send({where, path});
    } else {
      send({where, chooser->next()});
    }
    begin = where.end;
    while (!repeats.empty() && repeats.front().due <= schedule.sendings.size()) send_again();
  }
  while (!repeats.empty()) send_again();
  return schedule;
}

Schedule stretched(Schedule schedule, std::uint64_t length) {
  if (length <= schedule.length) return schedule;
  bool added = false;
  for (Sending& sending : schedule.sendings)
    if (sending.where.end == schedule.length) {
      sending.where.end = length;
      added = true;
    }
  if (!added) schedule.sendings.push_back({{schedule.length, length}, schedule.trusted_path()});
  schedule.length = length;
  return schedule;
}

}  // namespace mps::lab
