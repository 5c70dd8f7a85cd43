// SPDX-License-Identifier: GPL-2.0-or-later
// Exports and the command line.
#include "gui/export/report.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QTemporaryDir>
#include <nlohmann/json.hpp>

#include "gui/command_line.h"
#include "tests/gui/demo_document.h"

namespace mps::gui {
namespace {

ObservationPtr observation(const char* name) {
  const auto stream = test::stream(name);
  auto observed = observe(stream, {stream->default_tap(), false}, {}, {}, {}, {});
  return observed ? *observed : nullptr;
}

QByteArray content(const QString& file) {
  QFile in(file);
  return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
}

TEST(Report, NamesWhatIsNeededToRepeatIt) {
  const auto observed = observation("http_text");
  const auto json = report_json(*observed);
  EXPECT_EQ(json["version"], MPS_VERSION);
  EXPECT_EQ(json["inputs"][0]["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(json["observer"]["subflows"], nlohmann::ordered_json::array({1}));
  EXPECT_EQ(json["exact_seen_bytes"], "0");
  EXPECT_EQ(json["scheme"], "paper");
  EXPECT_EQ(json["claim_of_the_paper"], 0.0);
  EXPECT_FALSE(json.contains("inference")) << "not attacked, so nothing is said about it";
}

TEST(Report, WritesEveryKind) {
  const QTemporaryDir folder;
  const auto observed = observation("plain");
  QString error;
  for (const char* name : {"r.html", "r.json", "r.pdf"})
    EXPECT_TRUE(write_report(folder.filePath(name), *observed, {}, error)) << error.toStdString();
  EXPECT_TRUE(content(folder.filePath("r.html")).contains("not scrambled"));
  EXPECT_FALSE(content(folder.filePath("r.html")).contains("src=\"http")) << "self-contained";
  EXPECT_TRUE(content(folder.filePath("r.pdf")).startsWith("%PDF"));
  EXPECT_FALSE(
      nlohmann::json::parse(content(folder.filePath("r.json")).toStdString(), nullptr, false).is_discarded());
  EXPECT_FALSE(write_report(folder.filePath("no/such/folder/r.html"), *observed, {}, error));
  EXPECT_TRUE(error.contains("r.html"));
}

TEST(Report, PicturesFitOnAPage) {
  const auto observed = observation("plain");
  const QString html =
      report_html(*observed, {{"Wide", "a caption", "png", 4000, false}, {"Narrow", "", "png", 300, true}});
  EXPECT_TRUE(html.contains(QStringLiteral("alt=\"Wide\" width=\"%1\"").arg(report_width)));
  EXPECT_TRUE(html.contains("alt=\"Narrow\" width=\"300\""));
  EXPECT_TRUE(html.contains("<p>a caption</p>"));
  EXPECT_TRUE(html.contains("page-break-before:always\">Narrow"));
  EXPECT_FALSE(html.contains("page-break-before:always\">Wide"));
}

TEST(Report, RecoveredBytesComeWithTheirRanges) {
  const QTemporaryDir folder;
  const auto observed = observation("plain");
  QString error;
  ASSERT_TRUE(write_recovered(folder.filePath("out.bin"), *observed, error));
  const QByteArray bytes = content(folder.filePath("out.bin"));
  ASSERT_EQ(static_cast<std::uint64_t>(bytes.size()), observed->stream->length());
  const auto ranges = nlohmann::json::parse(content(folder.filePath("out.bin.json")).toStdString());
  ASSERT_FALSE(ranges["exact"].empty());
  const std::uint64_t at = std::stoull(ranges["exact"][0][0].get<std::string>());
  EXPECT_EQ(static_cast<std::uint8_t>(bytes[static_cast<qsizetype>(at)]), observed->stream->truth()[at]);
}

TEST(Report, GuessesThatAreNotAcceptedAreNoRecoveredBytes) {
  const QTemporaryDir folder;
  const auto stream = test::stream("plain");
  auto recovered = std::make_shared<RecoveredStream>(300, Intervals{{0, 300}});
  const std::vector<std::uint8_t> ones(100, 1);
  recovered->determined(0, ones);
  recovered->infer(100, ones);
  recovered->guess(200, ones);
  recovered->seal();
  Observation observation;
  observation.stream = stream;
  observation.recovered = recovered;
  QString error;
  ASSERT_TRUE(write_recovered(folder.filePath("out.bin"), observation, error));
  EXPECT_EQ(content(folder.filePath("out.bin")), QByteArray(200, 1) + QByteArray(100, 0));
}

ParsedCommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "mpscramble-gui");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

TEST(CommandLine, SaysWhatToOpenAndHow) {
  const auto parsed = parse({"a.pcap=trusted", "b.pcap=untrusted", "--tap", "1,2", "--connection", "3",
                             "--direction", "c2s", "--trusted", "10.0.0.0/8"});
  ASSERT_FALSE(parsed.exit_code);
  const LoadRequest request = parsed.options.request();
  ASSERT_EQ(request.inputs.size(), 2u);
  EXPECT_EQ(request.inputs[0].path, "a.pcap");
  EXPECT_EQ(request.inputs[1].trust, Trust::untrusted);
  ASSERT_EQ(request.session.trust.rules.size(), 1u);
  EXPECT_TRUE(request.session.trust.rules[0].network);
  const InitialView first = parsed.options.first();
  EXPECT_EQ(first.tapped, SubflowMask{6});
  EXPECT_EQ(first.connection, std::size_t{3});
  EXPECT_EQ(first.direction, Direction::initiator_to_listener);
}

TEST(CommandLine, TrustTakesAListAndLeavesTheCaptureBehindItAlone) {
  const auto parsed = parse({"--trusted", "lte0,10.0.1.0/24", "--untrusted", "subflow:1", "a.pcap"});
  ASSERT_FALSE(parsed.exit_code);
  const LoadRequest request = parsed.options.request();
  ASSERT_EQ(request.session.trust.rules.size(), 3u);
  EXPECT_EQ(request.session.trust.rules[0].interface_name, "lte0");
  EXPECT_EQ(request.session.trust.rules[2].trust, Trust::untrusted);
  EXPECT_EQ(request.session.trust.rules[2].subflow, std::uint16_t{1});
  ASSERT_EQ(request.inputs.size(), 1u);
}

TEST(CommandLine, RefusesWhatMakesNoSense) {
  EXPECT_EQ(parse({"--direction", "up"}).exit_code, 1);
  EXPECT_EQ(parse({"--report", "x.html"}).exit_code, 1);
  for (const char* size : {"big", "axb", "1280x", "0x800", "1280x800x2"})
    EXPECT_EQ(parse({"--size", size}).exit_code, 1);
  EXPECT_EQ(parse({"--demo", "plain", "a.pcap"}).exit_code, 1);
  EXPECT_EQ(parse({"--text-scale", "99"}).exit_code, 1);
  EXPECT_EQ(parse({"--trusted", "subflow:70000"}).exit_code, 1);
  EXPECT_EQ(parse({"--untrusted", "subflow:"}).exit_code, 1);
  EXPECT_EQ(parse({"--version"}).exit_code, 0);
  EXPECT_EQ(parse({"--help"}).exit_code, 0);
}

}  // namespace
}  // namespace mps::gui
