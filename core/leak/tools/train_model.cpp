// SPDX-License-Identifier: GPL-2.0-or-later
/// mps-train-model: makes a language model file from text files, each file one document.
#include <fmt/core.h>
#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>

#include "core/leak/model_trainer.h"

int main(int argc, char** argv) {  // NOLINT(bugprone-exception-escape): no memory, no model
  CLI::App app{"Train a byte n-gram model for mpscramble's attacks"};
  mps::TrainingOptions options;
  std::string list;
  std::string output;
  std::vector<std::string> files;
  app.add_option("--name", options.name, "Name kept in the model")->capture_default_str();
  app.add_option("--order", options.order, "Longest n-gram, 2 to 6")->capture_default_str();
  app.add_option("--size", options.size_limit, "Rough size of the model in bytes")->capture_default_str();
  app.add_flag("--damp", options.damped, "Count what one document repeats as its square root");
  app.add_option("--list", list, "File with one document path per line");
  app.add_option("-o,--output", output, "Model file to write")->required();
  app.add_option("documents", files, "Text files");
  CLI11_PARSE(app, argc, argv);

  if (!list.empty()) {
    std::ifstream in(list);
    for (std::string line; std::getline(in, line);) files.push_back(line);
  }
  std::vector<std::vector<std::uint8_t>> texts;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
      fmt::print(stderr, "{}: cannot be read\n", file);
      return 1;
    }
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  const std::vector<std::span<const std::uint8_t>> documents(texts.begin(), texts.end());
  const auto model = mps::train_language_model(documents, options);
  if (!model) {
    fmt::print(stderr, "{}\n", model.error());
    return 1;
  }
  const auto bytes = model->serialise();
  std::ofstream out(output, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) {
    fmt::print(stderr, "{}: cannot be written\n", output);
    return 1;
  }
  const auto& calibration = model->calibration();
  fmt::print("{}: {} documents, {} contexts, {} n-grams, {} bytes, h = {:.3f} bits/byte, deviation", output,
             documents.size(), model->context_count(), model->entry_count(), bytes.size(),
             calibration.bits_per_byte);
  for (std::size_t k = 0; k < calibration.lengths.size(); ++k)
    fmt::print(" {:.2f} ({} B)", calibration.deviation[k], calibration.lengths[k]);
  fmt::print("\n");
}
