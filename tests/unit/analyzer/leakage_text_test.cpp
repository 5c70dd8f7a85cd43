// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/leakage_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/analyzer/made_leakage.h"

namespace mps {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of(const StreamLeakage& stream, const Options& options = {}) {
  return leakage_text({stream}, options, Style(When::never, stdout));
}

std::string text_of(const Leakage& leakage) {
  StreamLeakage stream;
  stream.observers = {leakage};
  return text_of(stream);
}

TEST(LeakageText, SaysEveryNumberInItsPlace) {
  Options options;
  options.verbose = true;
  options.show_keys = true;
  EXPECT_EQ(text_of(made_stream(), options), R"(Leakage  connection 4 s2c
  Observer 0+2: the handshake seen, no key
    seen                   220 of 1000 bytes (22.0 %) in 3 runs
    claim of the paper     0 bytes for whoever lacks a path
    exact decoding         13 of 220 seen bytes determined (5.9 %)
                           and 4 bytes that were not seen
    leaked about seen      1260 of 1760 bits (71.6 %), 500 bits open, if every plaintext were equally likely
    seen + 64 before       2300 of 3000 bits (76.7 %), 700 bits open, if every plaintext were equally likely
    whole stream           900 of 8000 bits (11.2 %), 7100 bits open, if every plaintext were equally likely
    to open every run      130 right bytes for 3 runs, at most 64 a run
    consistency checks     17 passed, 2 failed
    head of the stream     60 of bytes 0..64 crossed a tapped path: without any key 11 bytes are determined
                           the sender's MPTCP key is exposed: 5 of its bytes follow from the first bytes of the stream
                           key recovered from the content alone, probability 0.88 (--show-keys prints it)
    a cryptanalyst         150 of 210 attacked bytes accepted (71.4 %), 40 merely guessed
                           1 of 3 runs accepted, 1 more in part; models: some model (2.25 bits/byte)
                           not every seen byte was attacked (--attack-bytes, or cancelled)
    against the truth      141 of 145 accepted bytes right (97.2 %); chance is 0.4 %
                           19 of 55 merely guessed bytes right (34.5 %); chance is 0.4 %
                           per run: mean 62.5 %, median 50.0 %, least 12.5 %; 1 of 4 runs at 99 % or more (6-69 %, Wilson 95 %)
                           unseen bytes before the runs: 96 of 128 right
    unicity (M4)           2 of 3 runs are longer than 25 bytes, where only one text fits
    without any work (M7)  1.6 % of the seen bytes are the plaintext as they are (0.8-2.3 %), naive decoding gets 21.9 %
    sign of scrambling     period 65 stands out (false alarm 1.0e-04); neighbours equal 9.25 %, z = 20
    bytes as they are (M8) entropy 6.50 bits (random: 7.25), chi2 p 0.00781, top bit set in 18.8 %, serial correlation -0.38
    control                PRF keystream instead: 1 of 3 runs accepted, 0.43 % of the bytes right, z = -1.2, entropy 7.12
                           the same content compressed, then scrambled (333 bytes): not recovered by the attacks in this build
run       bytes  verdict           bits/byte  accept below  confidence  parity  accepted
0..80        80  accepted               2.12          3.50       0.750  holds         80
300..380     80  accepted in part       2.38          3.75       0.500  holds         77
540..600     60  parity fails           7.50          4.00       0.250  fails          0
    key candidate          010aff  probability 0.875
    key candidate          c0ffee  probability 0.125
    Exact decoding determines 13 of 220 seen bytes. That is not secrecy: an analyst who knows the scheme recovers 72.5 % of the attacked bytes (accepted; 97.2 % of these are right); of 55 bytes that are merely guessed 34.5 % are right. Checked against the truth; chance is 0.4 %. Of 220 seen bytes 210 were attacked.
  Crib 'GET\x1b[2J', observer 0+2, run 1:  0 (2.50 bits/byte)  -61 (4.25 bits/byte)
  Crib 'Host', observer 0+2, run 2:  6 (1.50 bits/byte)
taps  seen  exact without key  exact with key
0      510                 12              14
0+1   1000                980             990
Exact decoding only; what the attacks infer is measured per observer (--observe SET).

)");
}

TEST(LeakageText, KeepsKeysAndRunsToItself) {
  const std::string text = text_of(made_stream());
  EXPECT_THAT(text, HasSubstr("key recovered from the content alone, probability 0.88"));
  EXPECT_THAT(text, Not(HasSubstr("010aff")));
  EXPECT_THAT(text, Not(HasSubstr("key candidate")));
  EXPECT_THAT(text, Not(HasSubstr("0..80")));
}

TEST(LeakageText, SaysWhatIsNotThere) {
  Leakage l = made_leakage();
  l.head->exposed.clear();
  l.inference->score.reset();
  l.inference->all_attacked = true;
  l.sign.detected = false;
  l.sign.difference.enough = false;
  l.randomness.chi_square_valid = false;
  l.controls->prf_right.reset();
  l.controls->gzip_bytes = 0;
  const std::string text = text_of(l);
  EXPECT_THAT(text, HasSubstr("head of the stream     none of bytes 0..64 crossed a tapped path\n"));
  EXPECT_THAT(text, HasSubstr("accepted (71.4 %), 40 merely guessed, unverified\n"));
  EXPECT_THAT(
      text,
      HasSubstr("period 65 does not stand out; neighbours equal 9.25 %, z = 20.5 (too few bytes to tell)\n"));
  EXPECT_THAT(text, HasSubstr("that the attack accepts is the second sign\n"));
  EXPECT_THAT(text, HasSubstr("chi2 p n/a,"));
  EXPECT_THAT(text, HasSubstr("1 of 3 runs accepted, z = -1.2,"));
  for (const char* absent :
       {"probability", "not every seen byte", "against the truth", "compressed", "Crib", "taps"})
    EXPECT_THAT(text, Not(HasSubstr(absent)));
  l.inference->claim.bytes_accepted = 0;
  EXPECT_THAT(text_of(l), Not(HasSubstr("second sign")));
}

}  // namespace
}  // namespace mps
