// SPDX-License-Identifier: GPL-2.0-or-later
#include "bench/attack_corpus.h"

#include <fmt/format.h>
#include <zlib.h>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <random>

namespace mps::bench {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
using Random = std::mt19937_64;
constexpr std::size_t stream_size = 300'000;
constexpr std::size_t stream_count = 12;
constexpr std::size_t document_limit = 120'000;

/// zlib reads plain files as they are. `inflate` false keeps a gzip file packed.
Bytes read_file(const fs::path& path, bool inflate) {
  Bytes out(document_limit);
  if (inflate) {
    gzFile file = gzopen(path.c_str(), "rb");
    if (!file) return {};
    const int size = gzread(file, out.data(), static_cast<unsigned>(out.size()));
    gzclose(file);
    out.resize(static_cast<std::size_t>(std::max(size, 0)));
  } else {
    FILE* file = std::fopen(path.c_str(), "rb");
    if (!file) return {};
    out.resize(std::fread(out.data(), 1, out.size(), file));
    std::fclose(file);
  }
  return out;
}

struct Source {
  std::vector<std::string> folders;
  std::function<bool(const fs::path&)> wanted;
  bool inflate = true;
};

/// Every fourth document is kept for training a model of the same site.
void take_documents(const Source& source, Random& random, Content& content) {
  std::vector<fs::path> paths;
  for (const auto& folder : source.folders) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error),
         end;
         !error && it != end; it.increment(error)) {
      if (it->is_regular_file(error) && !it->is_symlink(error) && source.wanted(it->path()))
        paths.push_back(it->path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::shuffle(paths.begin(), paths.end(), random);
  std::vector<Bytes>& out = content.streams;
  Bytes stream;
  std::size_t number = 0;
  for (const auto& path : paths) {
    if (out.size() == stream_count) break;
    Bytes text = read_file(path, source.inflate);
    if (text.size() < 400) continue;
    if (number++ % 4 == 3) {
      content.same_site.push_back(std::move(text));
      continue;
    }
    stream.insert(stream.end(), text.begin(), text.end());
    if (stream.size() >= stream_size) out.push_back(std::move(stream));
    if (stream.size() >= stream_size || stream.empty()) stream = {};
  }
  if (out.empty() && stream.size() > 2000) out.push_back(std::move(stream));
}

std::function<bool(const fs::path&)> ends_with(std::vector<std::string> ends) {
  return [ends = std::move(ends)](const fs::path& path) {
    const std::string name = path.filename().string();
    return std::any_of(ends.begin(), ends.end(), [&](const std::string& end) { return name.ends_with(end); });
  };
}

template <typename T>
const T& pick(const std::vector<T>& list, Random& random) {
  return list[random() % list.size()];
}

const std::vector<std::string> nouns{"invoice",  "shipment", "sensor",   "vehicle", "ticket",  "article",
                                     "wallet",   "station",  "patient",  "course",  "booking", "warehouse",
                                     "camera",   "meter",    "recipe",   "athlete", "library", "contract",
                                     "forecast", "engine",   "playlist", "voucher"};
const std::vector<std::string> people{"Hannah Weber", "Tom O'Neill", "Priya Nair",  "Luis Ortega",
                                      "Mei Tanaka",   "Jonas Lind",  "Aisha Bello", "Marc Dupont",
                                      "Ewa Nowak",    "George Hall"};
const std::vector<std::string> sites{"shop.fernwood.io", "data.cityrail.net", "www.harbour-news.com",
                                     "api.weatherhub.dev"};

std::string sentence(Random& random) {
  static const std::vector<std::string> words{
      "the",  "driver",    "arrived", "before", "noon",     "and",   "left", "a",      "parcel",
      "at",   "reception", "battery", "was",    "replaced", "after", "test", "please", "call",
      "back", "about",     "your",    "order",  "we",       "could", "not",  "find",   "it"};
  std::string out = pick(words, random);
  for (std::size_t k = 4 + random() % 9; k > 0; --k) out += " " + pick(words, random);
  return out;
}

/// Records of one fictitious service: a fixed schema, values that vary.
Bytes json_stream(Random& random) {
  const std::string kind = pick(nouns, random);
  const bool spaced = random() % 2;
  const std::string colon = spaced ? "\": " : "\":";
  const std::string comma = spaced ? ", " : ",";
  std::string out = "{\"" + kind + "s" + colon + "[";
  while (out.size() < stream_size) {
    out += "{\"" + kind + "Id" + colon + fmt::format("{}", random() % 9000000) + comma + "\"owner" + colon +
           "\"" + pick(people, random) + "\"" + comma + "\"updated" + colon +
           fmt::format("\"20{:02}-{:02}-{:02} {:02}:{:02}:{:02}\"", 15 + random() % 12, 1 + random() % 12,
                       1 + random() % 28, random() % 24, random() % 60, random() % 60) +
           comma + "\"latitude" + colon +
           fmt::format("{:.5f}", static_cast<double>(random() % 18000000) / 1e5 - 90) + comma + "\"note" +
           colon + "\"" + sentence(random) + "\"" + comma + "\"tags" + colon + "[\"" + pick(nouns, random) +
           "\"" + comma + "\"" + pick(nouns, random) + "\"]" + comma + "\"active" + colon +
           (random() % 2 ? "true" : "false") + comma + "\"checksum" + colon +
           fmt::format("\"{:016x}\"", random()) + "}" + comma;
  }
  out += "]}";
  return {out.begin(), out.end()};
}

Bytes http_stream(Random& random) {
  std::string out;
  while (out.size() < stream_size) {
    const std::string site = pick(sites, random);
    out += fmt::format(
        "GET /{}/{}/{}?page={} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X "
        "10.15; rv:121.0) "
        "Gecko/20100101 Firefox/121.0\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Language: "
        "{}\r\nReferer: "
        "https://{}/{}\r\nCookie: sid={:x}; lang=en\r\n\r\n",
        pick(nouns, random), pick(nouns, random), random() % 100000, random() % 50, site,
        random() % 2 ? "en-US,en;q=0.9" : "fr,en;q=0.6", site, pick(nouns, random), random());
    out += fmt::format(
        "HTTP/1.1 200 OK\r\nServer: nginx/1.18.0 (Ubuntu)\r\nDate: Tue, {:02} Aug 2023 {:02}:{:02}:{:02} "
        "GMT\r\nContent-Type: "
        "application/json\r\nContent-Length: {}\r\nConnection: keep-alive\r\nX-Request-Id: "
        "{:016x}\r\n\r\n{{\"ok\":true}}",
        1 + random() % 30, random() % 24, random() % 60, random() % 60, random() % 100000, random());
  }
  return {out.begin(), out.end()};
}

Bytes random_stream(Random& random) {
  Bytes out(stream_size);
  for (auto& byte : out) byte = static_cast<std::uint8_t>(random() >> 24);
  return out;
}

}  // namespace

std::vector<Content> attack_corpus(std::uint64_t seed) {
  Random random(seed);
  const std::string doc = "/usr/share/doc/";
  std::vector<Content> out;
  const auto add = [&](std::string name, std::string packages, const Source& source) {
    Content content{std::move(name), std::move(packages), {}, {}};
    take_documents(source, random, content);
    out.push_back(std::move(content));
  };
  const auto make = [&](std::string name, Bytes (*generate)(Random&)) {
    Content content{std::move(name), "generated", {}, {}};
    for (std::size_t k = 0; k < stream_count; ++k) content.streams.push_back(generate(random));
    for (std::size_t k = 0; k < stream_count / 4; ++k) content.same_site.push_back(generate(random));
    out.push_back(std::move(content));
  };
  const auto any = [](const fs::path&) { return true; };
  add("English prose", "jargon-text doc-debian debian-policy",
      {{doc + "jargon-text", doc + "debian", doc + "debian-policy"}, ends_with({".txt", ".txt.gz"})});
  add("HTML, other sites", "python3-doc installation-guide-amd64",
      {{doc + "python3.11/html", doc + "installation-guide-amd64/en"}, ends_with({".html"})});
  add("JSON, packaged", "libvulkan-dev node-mime",
      {{"/usr/share/vulkan", "/usr/share/nodejs/mime", "/usr/share/nodejs/mime-db"}, ends_with({".json"})});
  make("JSON, service", json_stream);
  make("HTTP headers", http_stream);
  add("C headers", "linux-libc-dev libc6-dev",
      {{"/usr/include/linux", "/usr/include/asm-generic", "/usr/include/x86_64-linux-gnu/sys"},
       ends_with({".h"})});
  add("Python source", "libpython3.11-stdlib",
      {{"/usr/lib/python3.11"}, [](const fs::path& path) {
         const auto top = path.lexically_relative("/usr/lib/python3.11").begin()->string();
         return path.extension() == ".py" && top[0] >= 'n' && top[0] <= 'z';
       }});
  add("Perl source", "perl-modules-5.36", {{"/usr/share/perl/5.36.0"}, [](const fs::path& path) {
                                             // Unicode's tables are pages of hexadecimal numbers, not source
                                             // text.
                                             return path.extension() == ".pm" &&
                                                    path.string().find("/Unicode/") == std::string::npos;
                                           }});
  add("ELF programs", "coreutils and others", {{"/usr/sbin"}, any, false});
  add("PNG", "debian-handbook", {{doc + "debian-handbook/html/en-US/images"}, ends_with({".png"}), false});
  add("gzip", "any (changelogs)", {{doc}, ends_with({"changelog.gz", "changelog.Debian.gz"}), false});
  make("random", random_stream);
  return out;
}

}  // namespace mps::bench
