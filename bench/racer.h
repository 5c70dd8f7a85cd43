// SPDX-License-Identifier: GPL-2.0-or-later
// A contestant that can be timed, wherever it runs: in this process, or in a child that was started with
// another environment. OpenSSL looks at OPENSSL_ia32cap only once, when it is loaded, so AES without AES-NI
// needs a child.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/contestant.h"
#include "bench/stopwatch.h"

namespace mps::bench {

class Racer {
 public:
  explicit Racer(Contestant contestant) : contestant_(std::move(contestant)) {}
  virtual ~Racer() = default;

  [[nodiscard]] const Contestant& contestant() const { return contestant_; }
  virtual bool right(std::size_t size) = 0;
  virtual std::size_t calls_in(std::size_t size, double seconds) = 0;
  // Mean CPU seconds of one call.
  virtual double time(std::size_t size, std::size_t calls) = 0;

 private:
  Contestant contestant_;
};

// A child process of this very program, see serve(). Dies with its owner.
class Child;

using Racers = std::vector<std::unique_ptr<Racer>>;

Racers local_racers(const Field& field);

// Those of a child that runs `<this program> --serve SUFFIX` with OPENSSL_ia32cap set to @capabilities. The
// reason why there are none is in @problem.
Racers racers_without_aes_ni(const std::string& suffix, const std::string& capabilities,
                             std::string& problem);

// The child's side: answers requests on standard input until it ends.
int serve(const std::string& suffix);

}  // namespace mps::bench
