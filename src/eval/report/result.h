// What one model came to on one benchmark, as it is kept and shown.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "eval/report/bootstrap.h"

namespace cnclip {

struct Figure {
  std::string group, name;  // "text to image", "R@1"
  double value = 0;         // percent; NaN where the data leave it undefined
  Interval interval;        // 95 %, over the queries or images
  std::optional<double> published;
};

struct BenchmarkResult {
  std::string benchmark;      // its name for people
  std::string model;          // as it was given
  std::string architecture;   // which decides about the published figures
  std::string weights;        // fingerprint
  std::string settings;       // how features were made, and from which prompts
  std::string protocol;       // "test, zero-shot, 1,000 images, 5,000 texts"
  std::string content;        // ContentHash of all that it was measured on
  std::string apart;          // why the published figures are of another protocol; empty: they are of this one
  std::int64_t left_out = 0;  // broken pictures and captions
  std::vector<Figure> figures;

  bool same_measurement(const BenchmarkResult& other) const {
    return benchmark == other.benchmark && model == other.model && weights == other.weights &&
           settings == other.settings && protocol == other.protocol && content == other.content && apart == other.apart;
  }
};

nlohmann::ordered_json json_of(const std::vector<BenchmarkResult>& results);
// As json_of() made it. Throws bad_input naming file and place for what is not.
std::vector<BenchmarkResult> read_results(const std::filesystem::path& file);

// Throws bad_input naming both where two results of one benchmark are not of the same protocol and content: their
// figures say nothing about each other.
void check_comparable(const std::vector<BenchmarkResult>& results);

}  // namespace cnclip
