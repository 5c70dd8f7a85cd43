// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/html_report.h"

#include <unistd.h>

#include <regex>

#include "analyzer/html_chart.h"
#include "analyzer/html_picture.h"
#include "analyzer/html_reading.h"
#include "analyzer/html_stream.h"
#include "analyzer/html_text.h"
#include "tests/unit/analyzer/analysed.h"
#include "tests/unit/analyzer/made_leakage.h"

namespace mps {
namespace {

TEST(HtmlText, EscapesWhateverComesFromOutside) {
  EXPECT_EQ(html::escape("<script a=\"b\" c='d'>&"), "&lt;script a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;");
  EXPECT_EQ(html::escape(std::string("\x1b[0m\xff", 5)).find('\x1b'), std::string::npos);
  EXPECT_EQ(html::grouped(1234567), "1&#8239;234&#8239;567");
  EXPECT_EQ(html::percent_of(1, 0), "&ndash;");
}

TEST(HtmlChart, StaysWellFormedWithoutData) {
  for (const std::string& chart : {html::lane_chart({}, 0, {"<t>", "d"}),
                                   html::histogram_chart(std::vector<std::uint64_t>(256), {}, {"t", "d"}),
                                   html::spectrum_chart(std::vector<double>(131), 65, 1.0 / 256, {"t", "d"}),
                                   html::curve_chart({}, {"t", "d"})}) {
    EXPECT_EQ(chart.find("nan"), std::string::npos);
    EXPECT_EQ(chart.find("inf\""), std::string::npos);
    EXPECT_TRUE(chart.starts_with("<svg")) << chart;
    EXPECT_TRUE(chart.ends_with("</svg>\n"));
    EXPECT_EQ(chart.find("<t>"), std::string::npos);
  }
}

TEST(HtmlChart, LanesDrawThePiecesWhereTheyAre) {
  const html::Lane lane{"a", "", {{{0, 50}, "exact"}, {{50, 100}, "inferred"}}};
  const std::string chart = html::lane_chart(std::span(&lane, 1), 100, {"t", "d"});
  EXPECT_NE(chart.find("x=\"150.00\" y=\"3.00\" width=\"239.00\" height=\"14.00\" class=\"exact\""),
            std::string::npos)
      << chart;
  EXPECT_NE(chart.find("x=\"389.00\" y=\"3.00\" width=\"239.00\" height=\"14.00\" class=\"inferred\""),
            std::string::npos)
      << chart;
}

TEST(HtmlPicture, FindsABitmapBehindAHeaderAndDrawsIt) {
  std::ifstream file(captures + "plain/picture.bmp", std::ios::binary);
  const std::string bitmap((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string message = "HTTP/1.1 200 OK\r\nX: BM\r\n\r\n" + bitmap;
  const std::vector<std::uint8_t> stream(message.begin(), message.end());
  const auto place = html::find_bitmap(stream);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->end, stream.size());
  EXPECT_EQ(place->end - place->pixels, place->row_bytes() * place->height);
  const auto pixels = std::span(stream).subspan(place->pixels);
  const std::vector<html::Mark> all(pixels.size(), html::Mark::exact),
      none(pixels.size(), html::Mark::unseen);
  const std::string uri = html::picture_uri(*place, pixels, all);
  EXPECT_TRUE(uri.starts_with("data:image/png;base64,iVBORw0KGgo"));  // the signature of PNG
  EXPECT_NE(uri, html::picture_uri(*place, pixels, none));
  EXPECT_NE(html::picture_uri(*place, {}, {}), "");  // nothing is there: all checks
  EXPECT_FALSE(html::find_bitmap(std::span(stream).first(40)));
  EXPECT_EQ(html::data_uri("a/b", std::vector<std::uint8_t>{'M', 'a'}), "data:a/b;base64,TWE=");
}

const Analysed& text_run() {
  static const Analysed run(
      {"--report", "unused.html", "--untrusted", "wlan0", captures + "http_text.pcapng"});
  return run;
}

TEST(HtmlReading, TellsSeenFromReadFromOriginal) {
  const Analysed& run = text_run();
  ASSERT_EQ(run.error, "");
  const StreamLeakage& stream = run.streams.at(0);
  const Interval where = html::excerpt_of(stream, 0, 200);
  const html::Reading r = html::reading_of(stream, 0, where);
  ASSERT_TRUE(r.has_original);
  EXPECT_EQ(r.read, r.original);
  EXPECT_NE(r.wire, r.original);
  for (std::size_t i = 0; i < 200; ++i) {
    EXPECT_EQ(r.wire_marks[i], i < 64 ? html::Mark::unseen : html::Mark::unknown) << i;
    EXPECT_EQ(r.read_marks[i], html::Mark::inferred);
  }
}

TEST(HtmlReport, OnePageThatNeedsNothingElse) {
  const Analysed& run = text_run();
  const std::string page = html_page({run.options, &run.report, run.streams});
  EXPECT_EQ(page, html_page({run.options, &run.report, run.streams}));
  for (const char* outside : {"http://www.example", "src=\"http", "href=", "<script", "@import", "url(http"})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
  EXPECT_EQ(page.find("secure"), std::string::npos);
  for (const char* part : {"The claim", "The measurement", "The reason", "Every subset of the paths",
                           "Recovered against observed", "What mere counting shows",
                           "sha256 bce0e08e8a9f1ac71100223716260cb3d3ad465df944b237bb8853203ee9bb3a",
                           "seed of the control", "not secrecy", "lag 65"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  // Each element that is opened is closed.
  for (const std::string element : {"table", "tr", "td", "th", "svg", "figure", "div", "span", "pre",
                                    "details", "p", "h2", "h3", "text"}) {
    const auto count = [&](const std::string& pattern) {
      const std::regex regex(pattern);
      return std::distance(std::sregex_iterator(page.begin(), page.end(), regex), std::sregex_iterator());
    };
    EXPECT_EQ(count("<" + element + "[ >]"), count("</" + element + ">")) << element;
  }
}

TEST(HtmlReport, IsWrittenWholeOrNotAtAll) {
  const Analysed& run = text_run();
  Options options = run.options;
  options.leakage.report_file = testing::TempDir() + "mps_page_" + std::to_string(::getpid()) + ".html";
  ASSERT_TRUE(write_html_report({options, &run.report, run.streams}));
  EXPECT_GT(std::filesystem::file_size(options.leakage.report_file), 50000u);
  std::filesystem::remove(options.leakage.report_file);
  options.leakage.report_file = "/no/such/folder/page.html";
  const auto failed = write_html_report({options, &run.report, run.streams});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), "/no/such/folder/page.html: No such file or directory");
}

TEST(HtmlReport, ShowsThePictureThatTheTapSees) {
  const Analysed run({"--report", "unused.html", "--attack", "exact", "--untrusted", "wlan0",
                      captures + "http_bitmap.pcapng"});
  const std::string page = html_page({run.options, &run.report, run.streams});
  EXPECT_NE(page.find("As sent"), std::string::npos);
  EXPECT_NE(page.find("On the wire, as the tap sees it"), std::string::npos);
  EXPECT_NE(page.find("data:image/png;base64,"), std::string::npos);
}

TEST(HtmlReport, SaysSoWhenThereIsNothing) {
  const Options options = options_of({"--report", "unused.html", "no_such_file.pcapng"});
  const SessionReport report;
  const std::vector<StreamLeakage> none;
  EXPECT_NE(html_page({options, &report, none}).find("nothing to measure"), std::string::npos);
}

TEST(HtmlReport, IsNotWrittenOverAFolder) {
  Options options;
  const std::string folder = testing::TempDir() + "mps_page_folder_" + std::to_string(::getpid());
  std::filesystem::create_directories(folder + "/page.html");
  options.leakage.report_file = folder + "/page.html";
  const auto failed = write_html_report({options, nullptr, {}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), folder + "/page.html: Is a directory");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  EXPECT_EQ(names, std::vector<std::string>{"page.html"}) << "no unfinished file";
  std::filesystem::remove_all(folder);
}

/// A page of many streams has chapters for those of which most was seen.
TEST(HtmlReport, LeavesOutTheStreamsOfWhichLeastWasSeen) {
  std::vector<StreamLeakage> streams;
  SessionReport report;
  std::string expected;
  for (std::uint32_t n = 0; n < 27; ++n) {
    streams.push_back(made_stream());
    streams.back().connection = n;
    streams.back().observers[0].seen_bytes = 100 + n;
    report.connections.emplace_back().number = n;
    if (n >= 3) expected = "Connection " + std::to_string(n) + ", server to client\n" + expected;
  }
  streams.emplace_back();  // without an observer there is nothing to say
  const Options options = options_of({"--report", "unused.html", "x.pcapng"});
  const std::string page = html_page({options, &report, streams});
  EXPECT_NE(page.find("3 further streams are left out;"), std::string::npos);
  std::string chapters;
  for (std::size_t at = page.find("<h2>Conn"); at != std::string::npos; at = page.find("<h2>Conn", at + 1))
    chapters += page.substr(at + 4, page.find("</h2>", at) - at - 4) + "\n";
  EXPECT_EQ(chapters, expected);
}

TEST(HtmlReport, SaysWhatARawRunIsAndWhatCannotBeChecked) {
  std::vector<StreamLeakage> streams{made_stream()};
  const Options options = options_of({"--raw", temporary("<run>.bin", "abc") + "@12"});
  const std::string page = html_page({options, nullptr, streams});
  for (const char* part :
       {"<h2>Raw run</h2>",
        "&lt;run&gt;.bin</td><td><code>sha256 "
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad</code>",
        "<td>its place in the stream</td><td><code>12</code>", "<td>17 passed, 2 failed</td>",
        "recovered the key from the content alone, probability 0.88."})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  streams[0].observers[0].inference->score.reset();
  streams[0].observers[0].sign.detected = false;
  const Options anywhere = options_of({"--raw", "/nosuch"});
  const std::string unverified = html_page({anywhere, nullptr, streams});
  for (const char* part : {"accepted as recovered (unverified)", "; unverified, as no truth is known",
                           "<td>its place in the stream</td><td><code>not known</code>",
                           "<code>sha256 not a file that can be read again</code>",
                           "Here lag 65 does not stand out against the content&#39;s own"})
    EXPECT_NE(unverified.find(part), std::string::npos) << part;
}

/// Of bytes that are not scrambled all that is seen is read, and so it is drawn.
TEST(HtmlReport, ReadsAsItStandsWhatIsNotScrambled) {
  const Analysed run(
      {"--report", "unused.html", "--observe", "1", "--attack", "exact", captures + "plain.pcapng"});
  ASSERT_FALSE(run.streams.empty()) << run.error;
  const StreamLeakage& stream = run.streams[0];
  const html::Reading r = html::reading_of(stream, 0, html::excerpt_of(stream, 0, 200));
  ASSERT_TRUE(r.has_original);
  for (std::size_t i = 0; i < r.read.size(); ++i) {
    if (r.wire_marks[i] == html::Mark::unseen) continue;
    EXPECT_EQ(r.read_marks[i], html::Mark::exact) << i;
    EXPECT_EQ(r.read[i], r.original[i]) << i;
  }
  EXPECT_NE(std::count(r.read_marks.begin(), r.read_marks.end(), html::Mark::exact), 0);
  EXPECT_NE(html_page({run.options, &run.report, run.streams})
                .find("<b class=\"big\">100.0&nbsp;%</b><p>of the bytes it sees are read as they are"),
            std::string::npos);
}

TEST(HtmlReport, SaysThatReadingWasInterrupted) {
  const Options options = options_of({"--report", "unused.html", "x.pcapng"});
  SessionReport report;
  const std::vector<StreamLeakage> none;
  EXPECT_EQ(html_page({options, &report, none}).find("nterrupted"), std::string::npos);
  report.interrupted = true;
  EXPECT_NE(html_page({options, &report, none}).find("Interrupted: this covers what was read so far."),
            std::string::npos);
}

TEST(HtmlReport, SaysOfAHardenedSchemeWhatItLetsOut) {
  for (const std::string name : {"h1", "h2"}) {
    const Analysed a({"--report", "page.html", "--untrusted", "wlan0", "--direction", "c2s", "--attack-bytes",
                      "1", captures + "http_text_" + name + ".pcapng"});
    ASSERT_TRUE(a.error.empty()) << a.error;
    ASSERT_EQ(a.streams.size(), 1u);
    const Leakage& tap = a.streams[0].observers[html::main_observer(a.streams[0])];
    EXPECT_EQ(tap.observer, "untrusted");
    EXPECT_EQ(tap.exact_seen(), 0u);
    ASSERT_TRUE(tap.inference);
    EXPECT_EQ(tap.inference->claim.bytes_accepted, 0u);
    const std::string page = html_page({a.options, &a.report, a.streams});
    EXPECT_NE(page.find("The measurement</h3><b class=\"big\">0.0&nbsp;%</b>"), std::string::npos);
    EXPECT_NE(page.find(name == "h1" ? "Under H1" : "Under H2"), std::string::npos);
    EXPECT_NE(page.find("a control: this attack is for the paper&#39;s scheme"), std::string::npos);
    for (const char* of_the_paper :
         {"sixteenth century", "S[i&minus;1] = b[i]", "runs with only one fitting text",
          "right bytes that open every run", "all or nothing"})
      EXPECT_EQ(page.find(of_the_paper), std::string::npos) << of_the_paper;
  }
}

}  // namespace
}  // namespace mps
