// SPDX-License-Identifier: GPL-2.0-or-later
// Processor time of coding and decoding. Only ratios of one run mean something: the machine, its load and the
// compiler are in every figure.
#include <time.h>

#include <algorithm>
#include <cstring>

#include "core/lab/report.h"

namespace mps::lab {
namespace {

constexpr int repetitions = 5;
constexpr std::size_t least_sample = std::size_t{1}
                                     << 20;  ///< bytes; shorter plaintext is coded several times

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Nanoseconds per byte, the least of several repetitions.
template <typename Work>
double least_ns(std::size_t bytes, const Work& work) {
  double least = 0;
  for (int k = 0; k < repetitions; ++k) {
    const double begin = thread_seconds();
    work();
    const double seconds = thread_seconds() - begin;
    if (k == 0 || seconds < least) least = seconds;
  }
  return bytes ? 1e9 * least / static_cast<double>(bytes) : 0;
}

}  // namespace

Cost measure_cost(const Scheme& scheme, const Agreement& agreement, std::span<const std::uint8_t> plaintext) {
  const std::size_t times = plaintext.empty() ? 1 : (least_sample + plaintext.size() - 1) / plaintext.size();
  const std::size_t bytes = times * plaintext.size();
  const Wire wire = transmit(scheme, agreement, plaintext);
  Lanes lanes(wire.lanes.size());
  Bytes out;
  Cost cost;
  Bytes copy(plaintext.size());
  cost.memcpy_ns = least_ns(bytes, [&] {
    for (std::size_t k = 0; k < times; ++k) {
      std::memcpy(copy.data(), plaintext.data(), plaintext.size());
      asm volatile("" : : "r"(copy.data()) : "memory");  // the copy is needed, whatever the compiler thinks
    }
  });
  cost.encode_ns = least_ns(bytes, [&] {
    for (std::size_t k = 0; k < times; ++k) {
      for (Bytes& lane : lanes) lane.clear();  // keeps the memory
      const auto encoder = scheme.encoder(agreement);
      encoder->feed(plaintext, lanes);
      encoder->finish(lanes);
    }
  });
  cost.decode_ns = least_ns(bytes, [&] {
    for (std::size_t k = 0; k < times; ++k) {
      out.clear();
      const auto decoder = scheme.decoder(agreement);
      for (std::size_t lane = 0; lane < wire.lanes.size(); ++lane)
        decoder->feed(lane, wire.lanes[lane].bytes, out);
      decoder->finish(out);
    }
  });
  return cost;
}

}  // namespace mps::lab
