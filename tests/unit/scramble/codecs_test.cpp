// SPDX-License-Identifier: GPL-2.0-or-later
// Every implementation of the codec computes the same function and touches nothing but its buffers; the
// forced one is the one that runs. The straightforward form is the twin here; that it is figure 14 is tested
// elsewhere.
#include "core/scramble/mps_codecs.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/avx512_portable.h"

#ifdef __x86_64__
#include <ucontext.h>
#endif

// Single steps are counted at the real entry points; sanitizers that own the signal or the clock get in the
// way.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define MPS_CAN_SINGLE_STEP 1
#endif

// What GoogleTest prints for a parameter.
void PrintTo(const mps_codec& codec, std::ostream* out) {
  *out << codec.name;
}

namespace {

using Bytes = std::vector<mps_u8>;

Bytes random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<mps_u8>(random()); });
  return bytes;
}

mps_state random_state(unsigned seed) {
  const Bytes key = random_bytes(MPS_WINDOW, seed);
  mps_state state;
  mps_state_init(&state, key.data(), key.size());
  return state;
}

bool same(const mps_state& a, const mps_state& b) {
  return std::equal(std::begin(a.window), std::end(a.window), std::begin(b.window)) && a.sum == b.sum;
}

std::vector<mps_codec> every_codec() {
  mps_size count;
  const mps_codec* first = mps_codecs(&count);
  std::vector<mps_codec> all(first, first + count);
#ifdef __x86_64__
  all.push_back(
      {"avx512_portable", mps_scramble_avx512_portable, mps_descramble_avx512_portable, [] { return true; }});
#endif
  return all;
}

struct Direction {
  const char* name;
  mps_codec_fn* tested;
  mps_codec_fn* straight;
};

std::array<Direction, 2> directions(const mps_codec& codec) {
  return {{{"scramble", codec.scramble, mps_scramble_straight},
           {"descramble", codec.descramble, mps_descramble_straight}}};
}

// Two pages, the second of which must not be touched, and the same before the first.
class GuardedPage {
 public:
  GuardedPage() : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    void* all = mmap(nullptr, 3 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<mps_u8*>(all);
    if (mprotect(base_ + page_, page_, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  }
  ~GuardedPage() { munmap(base_, 3 * page_); }
  GuardedPage(const GuardedPage&) = delete;
  GuardedPage& operator=(const GuardedPage&) = delete;

  [[nodiscard]] std::size_t size() const { return page_; }
  mps_u8* begin() { return base_ + page_; }
  mps_u8* last(std::size_t size) { return base_ + 2 * page_ - size; }

 private:
  std::size_t page_;
  mps_u8* base_;
};

class EveryCodec : public testing::TestWithParam<mps_codec> {
 protected:
  void SetUp() override {
    if (!GetParam().supported()) GTEST_SKIP() << "this processor cannot run " << GetParam().name;
  }
};

std::string codec_name(const testing::TestParamInfo<mps_codec>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec, testing::ValuesIn(every_codec()), codec_name);

// Alignments 0..64 of both buffers, in place and apart; canaries around the output.
TEST_P(EveryCodec, AgreesAtEveryAlignmentAndLength) {
  constexpr std::size_t longest = 400;
  constexpr std::size_t margin = 128;
  const Bytes source = random_bytes(longest, 1);
  const mps_state start = random_state(2);
  for (const Direction& direction : directions(GetParam())) {
    for (std::size_t size = 0; size <= longest; size++) {
      Bytes want(size);
      mps_state want_state = start;
      direction.straight(&want_state, want.data(), source.data(), size);
      for (std::size_t alignment = 0; alignment <= 64; alignment++) {
        alignas(64) std::array<mps_u8, longest + 2 * margin> in{}, out{};
        mps_u8* from = in.data() + margin / 2 + (64 - alignment);
        mps_u8* to = out.data() + margin / 2 + alignment;
        std::copy_n(source.begin(), size, from);
        out.fill(0xee);

        mps_state state = start;
        direction.tested(&state, to, from, size);
        ASSERT_TRUE(std::equal(want.begin(), want.end(), to))
            << direction.name << " " << size << " bytes to alignment " << alignment;
        ASSERT_TRUE(same(state, want_state)) << direction.name << " " << size << " at " << alignment;
        ASSERT_TRUE(std::all_of(out.data(), to, [](mps_u8 b) { return b == 0xee; }))
            << "wrote before its buffer";
        ASSERT_TRUE(std::all_of(to + size, out.data() + out.size(), [](mps_u8 b) { return b == 0xee; }))
            << "wrote behind its buffer";
        ASSERT_TRUE(std::equal(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(size), from))
            << "changed its input";

        state = start;
        direction.tested(&state, from, from, size);
        ASSERT_TRUE(std::equal(want.begin(), want.end(), from))
            << direction.name << " " << size << " bytes in place at alignment " << 64 - alignment;
        ASSERT_TRUE(same(state, want_state)) << direction.name << " " << size << " in place";
      }
    }
  }
}

// Sizes around the thresholds of the vector forms, and far beyond.
TEST_P(EveryCodec, AgreesOnLongBuffers) {
  constexpr std::size_t from_memory = (std::size_t{2} << 20) + 77;
  const Bytes source = random_bytes(from_memory, 3);
  const mps_state start = random_state(4);
  for (const Direction& direction : directions(GetParam())) {
    for (const std::size_t size :
         std::initializer_list<std::size_t>{1023, 1024, 1280, 1400, 1448, 4096, 8191, 8192, 8193, 8255, 9000,
                                            65535, 65536, 70000, from_memory}) {
      Bytes want(size);
      mps_state want_state = start;
      direction.straight(&want_state, want.data(), source.data(), size);
      for (std::size_t alignment : {0, 1, 16, 31, 33, 63}) {
        Bytes buffer(size + 64 + 64, 0xee);
        mps_u8* to =
            buffer.data() + (64 - reinterpret_cast<std::uintptr_t>(buffer.data()) % 64) % 64 + alignment;
        mps_state state = start;
        direction.tested(&state, to, source.data(), size);
        ASSERT_TRUE(std::equal(want.begin(), want.end(), to))
            << direction.name << size << " at " << alignment;
        ASSERT_TRUE(same(state, want_state));

        std::copy_n(source.begin(), size, to);
        state = start;
        direction.tested(&state, to, to, size);
        ASSERT_TRUE(std::equal(want.begin(), want.end(), to)) << direction.name << size << " in place";
        ASSERT_TRUE(same(state, want_state));
      }
    }
  }
}

// A stream cut into two pieces anywhere, then into many of random length.
TEST_P(EveryCodec, AgreesHoweverTheStreamIsSplit) {
  const Bytes source = random_bytes(3000, 5);
  const mps_state start = random_state(6);
  for (const Direction& direction : directions(GetParam())) {
    Bytes want(source.size());
    mps_state want_state = start;
    direction.straight(&want_state, want.data(), source.data(), source.size());
    for (std::size_t cut = 0; cut <= 400; cut++) {
      Bytes got = source;
      mps_state state = start;
      direction.tested(&state, got.data(), got.data(), cut);
      direction.tested(&state, got.data() + cut, got.data() + cut, got.size() - cut);
      ASSERT_EQ(got, want) << direction.name << " cut at " << cut;
      ASSERT_TRUE(same(state, want_state));
    }
    std::mt19937 random(7);
    for (int round = 0; round < 300; round++) {
      Bytes got(source.size());
      mps_state state = start;
      for (std::size_t at = 0; at < got.size();) {
        const std::size_t piece = std::min<std::size_t>(random() % (round % 3 ? 200 : 20), got.size() - at);
        direction.tested(&state, got.data() + at, source.data() + at, piece);
        at += piece;
      }
      ASSERT_EQ(got, want) << direction.name << " round " << round;
      ASSERT_TRUE(same(state, want_state));
    }
  }
}

// Nothing outside the buffers and the state is read or written: the pages around them would kill the test.
TEST_P(EveryCodec, StaysInsideItsBuffers) {
  GuardedPage in, out, states;
  const Bytes source = random_bytes(in.size(), 8);
  const mps_state start = random_state(9);
  for (const Direction& direction : directions(GetParam())) {
    for (std::size_t size = 0; size <= in.size(); size += size < 700 ? 1 : 97) {
      Bytes want(size);
      mps_state want_state = start;
      direction.straight(&want_state, want.data(), source.data(), size);
      for (bool at_end : {false, true}) {
        mps_u8* from = at_end ? in.last(size) : in.begin();
        mps_u8* to = at_end ? out.last(size) : out.begin();
        auto* state = reinterpret_cast<mps_state*>(at_end ? states.last(sizeof(mps_state)) : states.begin());
        std::copy_n(source.begin(), size, from);
        *state = start;
        direction.tested(state, to, from, size);
        ASSERT_TRUE(std::equal(want.begin(), want.end(), to)) << direction.name << " " << size;
        ASSERT_TRUE(same(*state, want_state));
        *state = start;
        direction.tested(state, from, from, size);
        ASSERT_TRUE(std::equal(want.begin(), want.end(), from))
            << direction.name << " " << size << " in place";
      }
    }
  }
}

TEST_P(EveryCodec, CanBeForced) {
  if (mps_codec_named(GetParam().name) == nullptr) GTEST_SKIP() << "not part of the library";
  ASSERT_TRUE(mps_codec_force(GetParam().name));
  EXPECT_STREQ(mps_codec_active()->name, GetParam().name);
  EXPECT_EQ(mps_codec_active()->scramble, GetParam().scramble);
  EXPECT_TRUE(mps_scramble_self_test());
  ASSERT_TRUE(mps_codec_force(nullptr));
}

TEST(Codecs, RefusesWhatItCannotRun) {
  const mps_codec* before = mps_codec_active();
  EXPECT_FALSE(mps_codec_force("figure14"));
  EXPECT_FALSE(mps_codec_force(""));
  mps_size count;
  const mps_codec* all = mps_codecs(&count);
  for (const mps_codec& codec : std::span(all, count)) {
    if (!codec.supported()) {
      EXPECT_FALSE(mps_codec_force(codec.name)) << codec.name;
    }
  }
  EXPECT_EQ(mps_codec_active(), before);
}

TEST(Codecs, ObeysTheEnvironment) {
  const char* inherited = std::getenv(MPS_CODEC_VARIABLE);
  const std::string saved = inherited ? inherited : "";
  mps_size count;
  const mps_codec* all = mps_codecs(&count);
  for (const mps_codec& codec : std::span(all, count)) {
    setenv(MPS_CODEC_VARIABLE, codec.name, 1);
    ASSERT_TRUE(mps_codec_force(nullptr));
    if (codec.supported()) {
      EXPECT_STREQ(mps_codec_active()->name, codec.name);
    } else {
      EXPECT_TRUE(mps_codec_active()->supported()) << "fell for " << codec.name;
    }
  }
  unsetenv(MPS_CODEC_VARIABLE);
  ASSERT_TRUE(mps_codec_force(nullptr));
  const mps_codec* fastest = mps_codec_active();
  for (const mps_codec* faster = fastest + 1; faster < all + count; faster++)
    EXPECT_FALSE(faster->supported());
  setenv(MPS_CODEC_VARIABLE, "no such codec", 1);
  ASSERT_TRUE(mps_codec_force(nullptr));
  EXPECT_EQ(mps_codec_active(), fastest);

  if (inherited) {
    setenv(MPS_CODEC_VARIABLE, saved.c_str(), 1);
  } else {
    unsetenv(MPS_CODEC_VARIABLE);
  }
  ASSERT_TRUE(mps_codec_force(nullptr));
}

// The choice may change under running threads; every result is right all the same.
TEST(Codecs, MayBeSwitchedWhileOthersWork) {
  const Bytes source = random_bytes(1280, 10);
  const mps_state start = random_state(11);
  Bytes want(source.size());
  mps_state want_state = start;
  mps_scramble_straight(&want_state, want.data(), source.data(), source.size());
  std::array<int, 3> wrong{};
  {
    std::vector<std::jthread> workers;
    for (int& errors : wrong) {
      workers.emplace_back([&] {
        Bytes got(source.size());
        for (int round = 0; round < 2000; round++) {
          mps_state state = start;
          mps_scramble(&state, got.data(), source.data(), got.size());
          errors += got != want || !same(state, want_state);
        }
      });
    }
    mps_size count;
    const mps_codec* all = mps_codecs(&count);
    for (int round = 0; round < 2000; round++)
      mps_codec_force(all[static_cast<unsigned>(round) % count].name);
  }
  EXPECT_EQ(std::accumulate(wrong.begin(), wrong.end(), 0), 0);
  ASSERT_TRUE(mps_codec_force(nullptr));
}

#ifdef MPS_CAN_SINGLE_STEP
// The proof that the forced implementation is the one that executes: run mps_scramble() instruction by
// instruction and see which entry points the processor passes.
constexpr std::size_t max_entries = 8;
std::array<greg_t, max_entries> entry{};
std::array<volatile bool, max_entries> passed{};

void on_step(int, siginfo_t*, void* context) {
  const greg_t here = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  for (std::size_t i = 0; i < max_entries; i++) {
    if (entry[i] == here) passed[i] = true;
  }
}

template <typename Work>
void in_single_steps(Work work) {
  struct sigaction action = {}, before = {};
  action.sa_sigaction = on_step;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGTRAP, &action, &before);
  constexpr unsigned long trap_flag = 0x100;
  const unsigned long flags = __builtin_ia32_readeflags_u64();
  __builtin_ia32_writeeflags_u64(flags | trap_flag);
  work();
  __builtin_ia32_writeeflags_u64(flags);
  sigaction(SIGTRAP, &before, nullptr);
}

TEST(Codecs, ForcedOneIsTheOneThatRuns) {
  mps_size count;
  const mps_codec* all = mps_codecs(&count);
  ASSERT_LE(count, max_entries);
  for (bool descramble : {false, true}) {
    for (std::size_t i = 0; i < count; i++) {
      entry[i] = reinterpret_cast<greg_t>(descramble ? all[i].descramble : all[i].scramble);
    }
    for (std::size_t forced = 0; forced < count; forced++) {
      if (!mps_codec_force(all[forced].name)) continue;
      std::array<mps_u8, 256> bytes{};
      mps_state state = random_state(12);
      for (auto& one : passed) one = false;
      in_single_steps([&] {
        (descramble ? mps_descramble : mps_scramble)(&state, bytes.data(), bytes.data(), bytes.size());
      });
      for (std::size_t i = 0; i < count; i++) {
        EXPECT_EQ(passed[i], i == forced) << all[i].name << " while " << all[forced].name << " was forced";
      }
    }
  }
  ASSERT_TRUE(mps_codec_force(nullptr));
}
#endif

}  // namespace
