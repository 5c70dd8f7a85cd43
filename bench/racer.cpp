// SPDX-License-Identifier: GPL-2.0-or-later
// Requests are lines: "right I SIZE", "calls I SIZE SECONDS", "time I SIZE CALLS"; so are the answers. At
// first the child says how many contestants it has and names them.
#include "bench/racer.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <sstream>

namespace mps::bench {
namespace {

// Input and output of all racers of a process: two buffers, aligned like pages, of the largest size asked
// for.
std::array<std::span<std::uint8_t>, 2> buffers(std::size_t size) {
  static std::array<Bytes, 2> memory;
  std::array<std::span<std::uint8_t>, 2> aligned;
  constexpr std::size_t page = 4096;
  for (std::size_t i = 0; i < memory.size(); i++) {
    if (memory[i].size() < size + page) memory[i] = message(size + page);
    const auto address = reinterpret_cast<std::uintptr_t>(memory[i].data());
    aligned[i] = std::span(memory[i]).subspan((page - address % page) % page, size);
  }
  return aligned;
}

class LocalRacer : public Racer {
 public:
  using Racer::Racer;
  bool right(std::size_t size) override { return contestant().right(size); }
  std::size_t calls_in(std::size_t size, double seconds) override { return calibrate(call(size), seconds); }
  double time(std::size_t size, std::size_t calls) override { return time_batch(call(size), calls); }

 private:
  [[nodiscard]] std::function<void()> call(std::size_t size) const {
    const auto [in, out] = buffers(size);
    return [this, in = in, out = contestant().in_place ? in : out] { contestant().work(out, in); };
  }
};

}  // namespace

class Child {
 public:
  Child(const std::string& suffix, const std::string& capabilities) {
    std::array<int, 2> to{}, from{};
    // Closed on exec: a later child that kept this one's input open would keep it from ending.
    if (pipe2(to.data(), O_CLOEXEC) || pipe2(from.data(), O_CLOEXEC)) return;
    pid_ = fork();
    if (pid_ == 0) {
      dup2(to[0], STDIN_FILENO);
      dup2(from[1], STDOUT_FILENO);
      setenv("OPENSSL_ia32cap", capabilities.c_str(), 1);
      execl("/proc/self/exe", "mps_bench_table2", "--serve", suffix.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    requests_ = fdopen(to[1], "w");
    answers_ = fdopen(from[0], "r");
  }
  ~Child() {
    if (requests_) fclose(requests_);
    if (answers_) fclose(answers_);
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The next line; empty when the child is gone.
  std::string answer() {
    std::string line;
    for (int c; answers_ && (c = fgetc(answers_)) != EOF && c != '\n';) line += static_cast<char>(c);
    return line;
  }
  std::istringstream ask(const std::string& request) {
    if (requests_) {
      fputs((request + "\n").c_str(), requests_);
      fflush(requests_);
    }
    return std::istringstream(answer());
  }

 private:
  pid_t pid_ = -1;
  FILE* requests_ = nullptr;
  FILE* answers_ = nullptr;
};

namespace {

class RemoteRacer : public Racer {
 public:
  RemoteRacer(Contestant contestant, std::shared_ptr<Child> child, std::size_t index)
      : Racer(std::move(contestant)), child_(std::move(child)), index_(index) {}

  bool right(std::size_t size) override {
    bool yes = false;
    return (ask("right", size, "") >> yes) && yes;
  }
  std::size_t calls_in(std::size_t size, double seconds) override {
    std::size_t calls = 1;
    ask("calls", size, std::to_string(seconds)) >> calls;
    return calls;
  }
  double time(std::size_t size, std::size_t calls) override {
    double took = 0;
    ask("time", size, std::to_string(calls)) >> took;
    return took;
  }

 private:
  std::istringstream ask(const std::string& what, std::size_t size, const std::string& how) {
    return child_->ask(what + " " + std::to_string(index_) + " " + std::to_string(size) + " " + how);
  }

  std::shared_ptr<Child> child_;
  std::size_t index_;
};

}  // namespace

Racers local_racers(const Field& field) {
  Racers racers;
  for (const Contestant& contestant : field.contestants)
    racers.push_back(std::make_unique<LocalRacer>(contestant));
  return racers;
}

Racers racers_without_aes_ni(const std::string& suffix, const std::string& capabilities,
                             std::string& problem) {
  auto child = std::make_shared<Child>(suffix, capabilities);
  std::size_t count = 0;
  std::istringstream(child->answer()) >> count;
  Racers racers;
  for (std::size_t i = 0; i < count; i++) {
    Contestant one;
    std::istringstream line(child->answer());
    std::getline(line, one.name, '\t');
    line >> one.direction >> one.largest >> one.paper_us;
    racers.push_back(std::make_unique<RemoteRacer>(std::move(one), child, i));
  }
  if (racers.empty()) problem = "the child process that measures it did not start";
  return racers;
}

int serve(const std::string& suffix) {
  const Field field = cipher_contestants(suffix, false);
  std::cout << field.contestants.size() << '\n';
  for (const Contestant& one : field.contestants) {
    std::cout << one.name << '\t' << one.direction << ' ' << one.largest << ' ' << one.paper_us << '\n';
  }
  std::cout.flush();
  std::cout.precision(17);
  const Racers racers = local_racers(field);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what;
    std::size_t index = racers.size(), size = 0;
    double how = 0;
    words >> what >> index >> size >> how;
    if (index >= racers.size()) return 2;
    Racer& racer = *racers[index];
    if (what == "right") {
      std::cout << racer.right(size);
    } else if (what == "calls") {
      std::cout << racer.calls_in(size, how);
    } else {
      std::cout << racer.time(size, static_cast<std::size_t>(how));
    }
    std::cout << std::endl;
  }
  return 0;
}

}  // namespace mps::bench
