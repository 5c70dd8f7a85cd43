// SPDX-License-Identifier: GPL-2.0-or-later
// A report made by hand, in which no two numbers are the same, so that one in another's place shows.
#include "analyzer/lab_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mps {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

lab::ObserverResult observer(const char* name, lab::PathMask taps, bool handshake, std::uint64_t base) {
  lab::ObserverResult o;
  o.name = name;
  o.taps = taps;
  o.sees_handshake = handshake;
  o.wire_seen = base + 1;
  o.covered = base + 2;
  o.determined = base / 10;
  o.covered_leak_bits = base + 3;
  o.whole_leak_bits = base + 4;
  return o;
}

/// A scheme that gives way, one whose attack is a control, one that is read as it stands, one left out.
LabResult made_by_hand() {
  LabResult result;
  result.subject.name = "letter\n\x1b[2J.txt";
  lab::LabReport& report = result.report;
  report.schedule = "weighted";
  report.length = 1000;
  report.segments = 7;
  report.repeated_bytes = 31;
  report.paths = {{"lte0", true, true, 397, 413}, {"wlan\x1b[2J", false, false, 603, 618}};
  report.models = "generic, binary";

  lab::SchemeResult weak;
  weak.info = {"weak", "a weak one", "figure 5", "A ^ B", "nothing much", 8};
  weak.wire_once = 1100;
  weak.wire_sent = 1131;
  weak.padding_if_each = 24;
  weak.expansion = 1.1;
  weak.cost = lab::Cost{1.25, 2.5, 0.125};
  weak.observers = {observer("untrusted", 2, false, 600), observer("all", 3, true, 900)};
  weak.observers[0].basis = lab::Basis::uniform_content;
  weak.observers[0].attack = {.method = "twice the same pad",
                              .control = false,
                              .guessed = 500,
                              .guessed_right = 350,
                              .swapped = 50,
                              .accepted = 320,
                              .accepted_right = 310,
                              .legible = 0,
                              .attackable = 590,
                              .attacked = 580};
  weak.observers[1].basis = lab::Basis::any_content;

  lab::SchemeResult strong;
  strong.info.name = "strong";
  strong.observers = {observer("untrusted", 2, false, 700)};
  strong.observers[0].basis = lab::Basis::cipher;
  strong.observers[0].attack = {.method = "as if",
                                .control = true,
                                .guessed = 400,
                                .guessed_right = 2,
                                .swapped = 0,
                                .accepted = 1,
                                .accepted_right = 0,
                                .legible = 0,
                                .attackable = 300,
                                .attacked = 300};

  lab::SchemeResult open = strong;
  open.info.name = "open";
  open.observers[0].attack = {.method = "read",
                              .control = false,
                              .guessed = 0,
                              .guessed_right = 0,
                              .swapped = 0,
                              .accepted = 0,
                              .accepted_right = 0,
                              .legible = 640,
                              .attackable = 640,
                              .attacked = 640};

  lab::SchemeResult left_out;
  left_out.info.name = "shares";
  left_out.info.title = "shares <3>";
  left_out.not_possible = "3 shares cannot come over 2 paths";
  report.schemes = {weak, strong, open, left_out};
  return result;
}

TEST(LabText, SaysInWordsWhatAnAttackMadeOfIt) {
  const std::string text = lab_text({made_by_hand()});
  EXPECT_THAT(
      text,
      ::testing::StartsWith(
          "Lab: letter\\x0a\\x1b[2J.txt, 1000 bytes of plaintext\n"
          "  sent by    weighted; 7 segments, 31 bytes repeated\n"
          "  path 0     lte0, trusted, the handshake: 413 bytes, first with 39.7 % of the stream\n"
          "  path 1     wlan\\x1b[2J, untrusted: 618 bytes, first with 60.3 % of the stream\n"
          "  attacks    models: generic, binary; checked against the plaintext\n"
          "\n"
          "scheme  expansion      ns/byte  observer   keys  touched  exact  leaked  recovered  rests on  "
          "attack\n"
          "weak        1.100  1.25 / 2.50  untrusted         60.2 %  6.0 %  12.5 %     41.0 %  uniform   "
          "70.0 % of 500 guesses right, 10.0 % right for the other text; 580 of 590 bytes attacked\n"
          "                                all        yes    90.2 %  9.0 %  12.5 %      9.0 %  proved\n"
          "strong      1.000               untrusted         70.2 %  7.0 %  12.5 %      7.2 %  cipher    "
          "control: 1 accepted, 0.5 % of 400 guesses right\n"
          "open        1.000               untrusted         70.2 %  7.0 %  12.5 %     71.0 %  cipher    "
          "640 bytes legible, out of order\n"
          "\n"));
  EXPECT_THAT(text, HasSubstr("  shares: left out, 3 shares cannot come over 2 paths\n"));
  EXPECT_THAT(text, HasSubstr("  weak: 24 bytes of padding if each segment were padded by itself\n"));
  EXPECT_THAT(text, HasSubstr("same bytes took 0.125: only ratios mean something\n"));
  EXPECT_THAT(text, Not(HasSubstr("    argued ")));
  EXPECT_THAT(text, Not(HasSubstr("interrupted")));
}

TEST(LabText, SaysThatItWasInterrupted) {
  LabResult result = made_by_hand();
  result.report.cancelled = true;
  result.report.models.clear();
  const std::string text = lab_text({result, result});
  EXPECT_THAT(text, HasSubstr("  attacks    none\n"));
  EXPECT_THAT(text,
              HasSubstr("  interrupted: attacks are not complete, and what comes after is missing\n\nLab: "));
}

TEST(LabText, HasEveryNumberInItsColumn) {
  EXPECT_EQ(
      as_csv(lab_table({made_by_hand()})),
      "stream,scheme,observer,bytes,wire_once,wire_sent,padding_if_each,sees_handshake,wire_seen,covered,"
      "determined,covered_leak_bits,whole_leak_bits,guessed,guessed_right,swapped,accepted,"
      "accepted_right,legible,attackable,attacked,recovered,basis\r\n"
      "letter\\x0a\\x1b[2J.txt,weak,untrusted,1000,1100,1131,24,0,601,602,60,603,604,500,350,50,320,310,0,"
      "590,580,410,uniform\r\n"
      "letter\\x0a\\x1b[2J.txt,weak,all,1000,1100,1131,24,1,901,902,90,903,904,0,0,0,0,0,0,0,0,90,proved\r\n"
      "letter\\x0a\\x1b[2J.txt,strong,untrusted,1000,0,0,0,0,701,702,70,703,704,400,2,0,1,0,0,300,300,72,"
      "cipher\r\n"
      "letter\\x0a\\x1b[2J.txt,open,untrusted,1000,0,0,0,0,701,702,70,703,704,0,0,0,0,0,640,640,640,710,"
      "cipher\r\n");
}

TEST(LabText, HasEveryNumberUnderItsNameInJson) {
  const auto json = lab_json({made_by_hand()});
  auto stream = json.at(0);
  const auto schemes = stream.at("schemes");
  stream.erase("schemes");
  using Json = nlohmann::ordered_json;
  EXPECT_EQ(stream,
            Json::parse(R"({"stream": "letter\n\u001b[2J.txt", "bytes": "1000", "schedule": "weighted",
    "segments": "7", "repeated_bytes": "31",
    "paths": [{"name": "lte0", "trusted": true, "handshake": true, "first_bytes": "397", "sent_bytes": "413"},
              {"name": "wlan\u001b[2J", "trusted": false, "handshake": false, "first_bytes": "603",
               "sent_bytes": "618"}],
    "model": "generic, binary", "cancelled": false})"));
  EXPECT_EQ(schemes.at(0), Json::parse(R"({"scheme": "weak", "title": "a weak one", "reference": "figure 5",
    "rule": "A ^ B", "secret": "nothing much", "block": 8, "not_possible": null, "wire_once": "1100",
    "wire_sent": "1131", "padding_if_each": "24", "expansion": 1.1,
    "cost": {"encode_ns_per_byte": 1.25, "decode_ns_per_byte": 2.5, "memcpy_ns_per_byte": 0.125},
    "observers": [
      {"observer": "untrusted", "tapped_mask": "2", "sees_handshake": false, "wire_seen": "601",
       "covered": "602", "determined": "60", "covered_leak_bits": "603", "whole_leak_bits": "604",
       "basis": "uniform", "recovered": "410",
       "attack": {"method": "twice the same pad", "control": false, "guessed": "500", "guessed_right": "350",
                  "swapped": "50", "accepted": "320", "accepted_right": "310", "legible": "0",
                  "attackable": "590", "attacked": "580"}},
      {"observer": "all", "tapped_mask": "3", "sees_handshake": true, "wire_seen": "901", "covered": "902",
       "determined": "90", "covered_leak_bits": "903", "whole_leak_bits": "904", "basis": "proved",
       "recovered": "90", "attack": null}]})"));
  EXPECT_EQ(schemes.at(1).at("observers").at(0).at("attack").at("control"), true);
  EXPECT_EQ(schemes.at(2).at("observers").at(0).at("attack").at("legible"), "640");
  EXPECT_EQ(schemes.at(3).at("not_possible"), "3 shares cannot come over 2 paths");
  EXPECT_EQ(schemes.at(3).at("observers").size(), 0u);
}

}  // namespace
}  // namespace mps
