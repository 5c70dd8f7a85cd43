// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/lab_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analyzer/html_report.h"
#include "analyzer/lab_text.h"
#include "core/lab/catalogue.h"

namespace mps {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string captures = MPS_SOURCE_DIR "/captures/";

std::vector<LabResult> run(const std::string& file, const std::string& schemes, Options& options) {
  options.lab.wanted = true;
  options.lab.schemes = *lab::schemes_named(schemes);
  options.leakage.attack = AttackLevel::exact;
  options.inputs = {{captures + file, Trust::unknown}};
  return measure_lab({*subject_of_file(captures + file)}, options, {}, {}, nullptr).value();
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

TEST(LabPage, ShowsTheSamePictureUnderEachScheme) {
  Options options;
  options.leakage.report_file = "page.html";
  const auto results = run("plain/picture.bmp", "plain,xor-share,chain16,scramble,h1", options);
  const std::string page = html_page({options, nullptr, {}, results});
  EXPECT_EQ(count_of(page, "data:image/png"), 10u) << "on the wire and made out of it, five schemes";
  EXPECT_THAT(page, HasSubstr("picture.bmp under each scheme"));
  EXPECT_THAT(page, HasSubstr("the paper&#39;s scrambler"));
  EXPECT_THAT(page, Not(HasSubstr("nothing to measure")));
}

TEST(LabPage, WithoutTrustItIsAboutAllPaths) {
  Options options;
  options.leakage.report_file = "page.html";
  options.lab.scheduler = "roundrobin,trusted=none";
  const auto results = run("plain/picture.bmp", "scramble", options);
  const std::string page = html_page({options, nullptr, {}, results});
  EXPECT_THAT(page, HasSubstr("As all paths together carry it"));
  EXPECT_THAT(page, Not(HasSubstr("As the untrusted paths")));
  EXPECT_EQ(count_of(page, "<tr class=main>"), 1u);
  EXPECT_THAT(page, HasSubstr("<td>all, keys</td>"));
  EXPECT_GT(page.find("<td>all, keys</td>"), page.find("<tr class=main>"));
  EXPECT_LT(page.find("<td>all, keys</td>"), page.find("</tr>", page.find("<tr class=main>")));
}

TEST(LabPage, TextHasNoPictures) {
  Options options;
  options.leakage.report_file = "page.html";
  const auto results = run("plain/gpl-3.txt", "plain,scramble", options);
  EXPECT_EQ(count_of(html_page({options, nullptr, {}, results}), "data:image/png"), 0u);
}

TEST(LabTable, HasARowForEachSchemeAndObserver) {
  Options options;
  const auto results = run("plain/sensors.json", "plain,h2", options);
  const Table table = lab_table(results);
  EXPECT_EQ(table.rows.size(), 6u);
  for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
}

TEST(LabSubject, ReadsNoFurtherThanItsLimit) {
  EXPECT_EQ(subject_of_file("/dev/zero").error(), "/dev/zero: more than 16777216 bytes");
}

TEST(LabSubject, NamesTheFileThatCannotBeRead) {
  EXPECT_THAT(subject_of_file("/nosuch/letter.txt").error(), HasSubstr("/nosuch/letter.txt"));
}

}  // namespace
}  // namespace mps
