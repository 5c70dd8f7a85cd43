// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/leakage_run.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "analyzer/leakage_json.h"
#include "analyzer/leakage_text.h"
#include "tests/unit/analyzer/analysed.h"

namespace mps {
namespace {

std::string load_error(const LeakageRequest& request) {
  const auto loaded = LeakageInputs::load(request);
  return loaded ? "" : loaded.error();
}

LeakageRequest without_models() {
  LeakageRequest request;
  request.attack = AttackLevel::exact;
  return request;
}

TEST(LeakageInputs, CribsInHexFromAFileAndInAList) {
  const std::string text = temporary("crib.bin", "GET /");
  const std::string list =
      temporary("cribs.txt", "# known\n\n12:4142 # two bytes\n 99 : 43\n7:@" + text + "\n");
  LeakageRequest request = without_models();
  request.cribs = {"100:00ff", "5:@" + text, "@" + list};
  const auto loaded = LeakageInputs::load(request);
  ASSERT_TRUE(loaded) << loaded.error();
  ASSERT_EQ(loaded->cribs.size(), 5u);
  EXPECT_EQ(loaded->cribs[0].offset, 100u);
  EXPECT_EQ(loaded->cribs[0].bytes, (std::vector<std::uint8_t>{0x00, 0xff}));
  EXPECT_EQ(loaded->cribs[1].bytes, (std::vector<std::uint8_t>{'G', 'E', 'T', ' ', '/'}));
  EXPECT_EQ(loaded->cribs[2].offset, 12u);
  EXPECT_EQ(loaded->cribs[3].offset, 99u);
  EXPECT_EQ(loaded->cribs[4].bytes.size(), 5u);
}

TEST(LeakageInputs, ErrorsNameTheirPlace) {
  LeakageRequest request = without_models();
  for (const char* wrong : {"12", ":41", "x:41", "-1:41", "1:4", "1:", "1:4g", "1234567890123456789:41"}) {
    request.cribs = {wrong};
    EXPECT_NE(load_error(request).find("--crib: '"), std::string::npos)
        << wrong << ": " << load_error(request);
  }
  request.cribs = {"@" + temporary("bad.txt", "1:41\n# fine\n2:4\n")};
  EXPECT_NE(load_error(request).find("bad.txt:3: '4' is not hex digits"), std::string::npos)
      << load_error(request);
  request.cribs = {"3:@/no/such/file"};
  EXPECT_EQ(load_error(request), "--crib: /no/such/file: No such file or directory");
  request = without_models();
  request.truths = {{Direction::initiator_to_listener, "/no/truth"}};
  EXPECT_EQ(load_error(request), "/no/truth: No such file or directory");
  request.truths = {{Direction::initiator_to_listener, testing::TempDir()}};
  EXPECT_NE(load_error(request).find("Is a directory"), std::string::npos) << load_error(request);
  request = without_models();
  request.drags = {"@/no/text"};
  EXPECT_EQ(load_error(request), "/no/text: No such file or directory");
  request = {};
  request.models = {"/no/model"};
  EXPECT_EQ(load_error(request), "/no/model: No such file or directory");
}

TEST(LeakageInputs, TruthsKeepTheirDirection) {
  const std::string text = temporary("truth.txt", "answer");
  const Options o = options_of({"--truth", "s2c:" + text, "x.pcapng"});
  const auto loaded = LeakageInputs::load([&] {
    LeakageRequest request = o.leakage;
    request.attack = AttackLevel::none;
    return request;
  }());
  ASSERT_TRUE(loaded);
  EXPECT_FALSE(loaded->truth[0]);
  ASSERT_TRUE(loaded->truth[1]);
  EXPECT_EQ(loaded->truth[1]->size(), 6u);
}

TEST(MeasureSession, AnObserverThatIsNotThereDoesNotStopTheOthers) {
  const Analysed both(
      {"--attack", "exact", "--observe", "5", "--observe", "1", captures + "http_text.pcapng"});
  EXPECT_EQ(both.error, "");
  ASSERT_EQ(both.notes.size(), 1u);
  EXPECT_NE(both.notes[0].find("--observe 5: connection 0: there is no subflow 5"), std::string::npos)
      << both.notes[0];
  ASSERT_EQ(both.streams.size(), 2u);
  EXPECT_EQ(both.streams[0].observers.size(), 1u);

  const Analysed none({"--attack", "exact", "--observe", "trusted", captures + "http_text.pcapng"});
  EXPECT_EQ(none.streams.size(), 0u);
  EXPECT_NE(none.error, "");
  EXPECT_NE(none.notes.at(0).find("no subflow of connection 0 is labelled so"), std::string::npos);
}

TEST(MeasureSession, DefaultObservers) {
  const Analysed unlabelled({"--attack", "none", "-z", "leakage", captures + "three_paths.pcapng"});
  ASSERT_EQ(unlabelled.streams.size(), 2u);
  std::string names;
  for (const Leakage& l : unlabelled.streams[0].observers) names += l.observer + " ";
  EXPECT_EQ(names, "0 1 2 all ");
  const Analysed labelled(
      {"--attack", "none", "-z", "leakage", "--untrusted", "wlan0,wlan1", captures + "three_paths.pcapng"});
  ASSERT_EQ(labelled.streams[0].observers.size(), 1u);
  EXPECT_EQ(labelled.streams[0].observers[0].observer, "untrusted");
}

const Analysed& tap_on_wlan() {
  static const Analysed run({"-z", "leakage", "--untrusted", "wlan0", "--direction", "c2s", "--drag",
                             "patents applied to a free program", "--drag",
                             "@" + temporary("drag.txt", "you cease all violation"),
                             captures + "http_text.pcapng"});
  return run;
}

TEST(MeasureSession, TheTextAndTheJsonShowBothNumbers) {
  const Analysed& run = tap_on_wlan();
  ASSERT_EQ(run.streams.size(), 1u);
  const std::string text = leakage_text(run.streams, run.options, Style(When::never, stdout));
  EXPECT_NE(text.find("0 of 23302 seen bytes determined (0.0 %)"), std::string::npos) << text;
  EXPECT_NE(text.find("23302 of 23302 accepted bytes right (100.0 %)"), std::string::npos) << text;
  EXPECT_EQ(text.find("merely guessed bytes right"), std::string::npos) << text;
  EXPECT_EQ(text.find("secure"), std::string::npos);
  const auto json = leakage_json(run.streams, run.options);
  const auto& observer = json[0]["observers"][0];
  EXPECT_EQ(observer["exact"]["determined_seen"], "0");
  EXPECT_EQ(observer["inferred"]["bytes_accepted"], 23302);
  EXPECT_EQ(observer["inferred"]["bytes_guessed"], 0);
  EXPECT_EQ(observer["inferred"]["score"]["accepted_bytes_right"], 23302);
  EXPECT_EQ(observer["curve"]["seen"].get<double>() > 0.6, true);
  EXPECT_EQ(observer["curve"]["exact"], 0.0);
  // The 64 bytes before a run, which this observer never saw.
  const std::string before = observer["inferred"]["per_run"][0]["before"];
  ASSERT_EQ(before.size(), 128u);
  std::string expected;
  for (std::size_t i = 0; i < 64; ++i) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x",
                  run.inputs.truth[0]
                      ? 0
                      : run.plaintext.find(run.report.connections[0].id, Direction::initiator_to_listener,
                                           35487)[run.streams[0].observers[0].runs[0].begin - 64 + i]);
    expected += digits;
  }
  EXPECT_EQ(before, expected);
}

/// In the one run that holds it, a text of such length is found first; the others have places that are none.
TEST(MeasureSession, FindsWhereATextStands) {
  const Analysed& run = tap_on_wlan();
  const auto& runs = run.streams.at(0).observers.at(0).runs;
  const auto plain =
      run.plaintext.find(run.report.connections[0].id, Direction::initiator_to_listener, 35487);
  ASSERT_EQ(run.streams[0].dragged.size(), 2 * runs.size());
  std::string found;
  for (const StreamLeakage::Dragged& dragged : run.streams[0].dragged) {
    EXPECT_EQ(dragged.observer, "untrusted");
    ASSERT_FALSE(dragged.places.empty());
    const auto at = runs.at(dragged.run).begin + dragged.places.front().position - 64;
    const std::string text(plain.begin() + static_cast<std::ptrdiff_t>(at),
                           plain.begin() + static_cast<std::ptrdiff_t>(at) + 23);
    if (text == "patents applied to a fr" || text == "you cease all violation")
      found += dragged.crib.substr(0, 8) + " in run " + std::to_string(dragged.run) + ": " + text + "\n";
  }
  EXPECT_EQ(found, "patents  in run 0: patents applied to a fr\n" +
                       run.inputs.drags.at(1).first.substr(0, 8) + " in run 2: you cease all violation\n");
}

TEST(MeasureSession, TheTruthThatIsGivenIsLookedThroughForTheStreamsPlace) {
  const Analysed whole({"--attack", "exact", "--observe", "all", captures + "http_text.pcapng"});
  const auto plain =
      whole.plaintext.find(whole.report.connections.at(0).id, Direction::initiator_to_listener, 35487);
  ASSERT_FALSE(plain.empty());
  const std::string truth = temporary("c2s.txt", "before" + std::string(plain.begin(), plain.end()));
  const Analysed run({"--attack", "exact", "--observe", "all", "--truth", "c2s:" + truth,
                      captures + "http_text.wlan0.pcap"});
  ASSERT_EQ(run.streams.size(), 2u);
  EXPECT_TRUE(run.streams[0].truth_known);
  EXPECT_EQ(run.streams[0].observers.at(0).truth_at, 6u + 3185u) << "the first byte that wlan0 carried";
  EXPECT_TRUE(run.streams[0].observers[0].zero_work);
  EXPECT_FALSE(run.streams[1].truth_known);
  EXPECT_FALSE(run.streams[1].observers.at(0).truth_at);
}

TEST(MeasureRaw, RecoversScoresAndExtracts) {
  const Analysed run({"--observe", "1", "--report", "unused.html", "--attack", "exact", "--direction", "c2s",
                      captures + "http_text.pcapng"});
  ASSERT_EQ(run.streams.size(), 1u);
  ASSERT_FALSE(run.streams[0].bytes.at(0).wire.empty());
  const auto& wire = run.streams[0].bytes[0].wire[0];
  const auto truth =
      run.plaintext.find(run.report.connections[0].id, Direction::initiator_to_listener, 35487);
  ASSERT_FALSE(truth.empty());
  const std::string raw = temporary("run.bin", std::string(wire.begin(), wire.end()));
  const std::string original = temporary("original.txt", std::string(truth.begin(), truth.end()));

  const Options o =
      options_of({"--raw", raw, "--truth", original, "--drag", "patents applied to a free program"});
  const auto inputs = LeakageInputs::load(o.leakage);
  ASSERT_TRUE(inputs);
  const auto result = measure_raw(o, *inputs, {}, {});
  ASSERT_TRUE(result) << result.error();
  const Leakage& l = result->observers.at(0);
  ASSERT_TRUE(l.inference && l.inference->score);
  EXPECT_EQ(l.inference->score->bytes_right, wire.size());
  EXPECT_EQ(l.exact_seen(), 0u);
  ASSERT_EQ(result->dragged.size(), 1u);
  const auto text = truth.begin() + static_cast<std::ptrdiff_t>(*l.truth_at) +
                    static_cast<std::ptrdiff_t>(result->dragged[0].places.at(0).position) - 64;
  EXPECT_EQ(std::string(text, text + 33), "patents applied to a free program");

  const std::string folder = testing::TempDir() + "mps_raw_out_" + std::to_string(::getpid());
  ASSERT_TRUE(extract_inferred({*result}, folder, true));
  std::ifstream file(folder + "/raw.inferred.bin", std::ios::binary);
  const std::string written((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto begin = truth.begin() + static_cast<std::ptrdiff_t>(*l.truth_at);
  EXPECT_TRUE(std::equal(written.begin(), written.end(), begin,
                         begin + static_cast<std::ptrdiff_t>(wire.size()),
                         [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
  std::filesystem::remove_all(folder);

  const Options missing = options_of({"--raw", "/no/run", "--attack", "exact"});
  EXPECT_EQ(measure_raw(missing, {}, {}, {}).error(), "/no/run: No such file or directory");
}

/// What an attack made of a run of `size` bytes: byte i of [begin - 64, end) is i + mark.
RunRecovery recovery(Verdict verdict, std::size_t size, std::uint8_t mark) {
  RunRecovery run;
  run.verdict = verdict;
  run.confidence = 0.5F;
  run.column_probability.fill(1);
  for (std::size_t i = 0; i < 64 + size; ++i) run.region.push_back(static_cast<std::uint8_t>(i + mark));
  return run;
}

/// One run accepted, one that is a mere guess, and one of which columns 3 and 40 are in doubt.
StreamLeakage stream_with_runs() {
  StreamLeakage stream;
  stream.connection = 4;
  stream.direction = Direction::listener_to_initiator;
  Leakage leakage;
  leakage.observer = "0+2";
  leakage.runs = {{10, 90}, {300, 380}, {400, 480}};
  leakage.inference = Inference{};
  leakage.inference->model = "some model";
  leakage.inference->runs = {recovery(Verdict::accepted, 80, 1), recovery(Verdict::doubtful, 80, 2),
                             recovery(Verdict::partly, 80, 3)};
  for (const std::size_t column : {3, 40})
    leakage.inference->runs[2].column_probability[column] = RunRecovery::sure_probability / 2;
  Leakage not_attacked;
  not_attacked.observer = "all";
  stream.observers = {leakage, not_attacked};
  return stream;
}

struct Folder {
  std::string path = testing::TempDir() + "mps_inferred_" + std::to_string(::getpid());
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return path + "/" + name; }
  std::string content(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      found.push_back(entry.path().filename());
    std::sort(found.begin(), found.end());
    return found;
  }
};

const std::string inferred_name = "conn4.s2c.observer-0-2.inferred";

TEST(ExtractInferred, WritesWhatIsAcceptedAndNothingElse) {
  const Folder folder;
  const auto done = extract_inferred({stream_with_runs()}, folder.path, false);
  ASSERT_TRUE(done) << done.error();
  EXPECT_EQ(folder.names(), (std::vector<std::string>{inferred_name + ".bin", inferred_name + ".json"}));
  std::string expected(480, '\0');
  for (std::size_t i = 0; i < 80; ++i) {
    expected[10 + i] = static_cast<char>(64 + i + 1);
    const std::size_t column = (64 + i) % 65;
    if (column != 3 && column != 40) expected[400 + i] = static_cast<char>(64 + i + 3);
  }
  EXPECT_EQ(folder.content(inferred_name + ".bin"), expected);
  const auto notes = nlohmann::json::parse(folder.content(inferred_name + ".json"));
  EXPECT_EQ(notes,
            nlohmann::json::parse(R"({"inferred": true, "observer": "0+2", "model": "some model", "runs": [
    {"from": "10", "to": "90", "verdict": "accepted", "confidence": 0.5, "bytes_accepted": 80, "written": true},
    {"from": "300", "to": "380", "verdict": "in doubt", "confidence": 0.5, "bytes_accepted": 0, "written": false},
    {"from": "400", "to": "480", "verdict": "accepted in part", "confidence": 0.5, "bytes_accepted": 77,
     "written": true}]})"));
}

TEST(ExtractInferred, WritesTheBestGuessOfARawRunAtTheBeginningOfItsFile) {
  const Folder folder;
  StreamLeakage stream = stream_with_runs();
  stream.observers[0].runs = {{300, 380}};
  stream.observers[0].inference->runs = {recovery(Verdict::doubtful, 80, 2)};
  ASSERT_TRUE(extract_inferred({stream}, folder.path, true));
  std::string expected;
  for (std::size_t i = 0; i < 80; ++i) expected += static_cast<char>(64 + i + 2);
  EXPECT_EQ(folder.content("raw.inferred.bin"), expected);
}

TEST(ExtractInferred, NamesTheFileThatCannotBeWrittenAndLeavesNoneUnfinished) {
  const auto refused = [](const Folder& folder) {
    const auto done = extract_inferred({stream_with_runs()}, folder.path, false);
    return done ? std::string("written") : done.error();
  };
  {
    const Folder folder;
    std::filesystem::create_symlink("/dev/full", folder.file(inferred_name + ".bin.part"));
    EXPECT_EQ(refused(folder), folder.file(inferred_name + ".bin") + ": No space left on device");
    EXPECT_EQ(folder.names(), std::vector<std::string>{});
  }
  {
    const Folder folder;
    std::filesystem::create_directory(folder.file(inferred_name + ".json"));
    EXPECT_EQ(refused(folder), folder.file(inferred_name + ".json") + ": Is a directory");
    EXPECT_EQ(folder.names(), std::vector<std::string>{inferred_name + ".json"});
  }
  {
    const Folder folder;
    std::filesystem::create_directory(folder.file(inferred_name + ".bin"));
    EXPECT_EQ(refused(folder), folder.file(inferred_name + ".bin") + ": Is a directory");
  }
  {
    const Folder folder;
    std::filesystem::create_directories(folder.file(inferred_name + ".bin.part/in the way"));
    EXPECT_EQ(refused(folder), folder.file(inferred_name + ".bin") + ": Is a directory");
  }
  const Folder folder;
  std::ofstream(folder.file("file")) << "x";
  EXPECT_EQ(extract_inferred({stream_with_runs()}, folder.file("file"), false).error(),
            folder.file("file") + ": Not a directory");
}

}  // namespace
}  // namespace mps
