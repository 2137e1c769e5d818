#include "eval/report/result.h"

#include <cmath>
#include <map>

#include "base/error.h"
#include "base/file.h"

namespace cnclip {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = std::size_t{64} << 20;

// JSON lacks NaN.
Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

double number(const Json& json) {
  return json.is_null() ? std::nan("") : json.get<double>();
}

Json json_of(const Figure& figure) {
  Json json = {{"group", figure.group},
               {"name", figure.name},
               {"value", number(figure.value)},
               {"low", number(figure.interval.low)},
               {"high", number(figure.interval.high)}};
  if (figure.published) json["published"] = *figure.published;
  return json;
}

Figure figure_from(const Json& json) {
  Figure figure{json.at("group"), json.at("name"), number(json.at("value")), {}, {}};
  figure.interval = {number(json.at("low")), number(json.at("high"))};
  if (json.contains("published")) figure.published = json["published"].get<double>();
  return figure;
}

BenchmarkResult result_from(const Json& json) {
  BenchmarkResult result;
  for (const auto& [key, field] : {std::pair{"benchmark", &result.benchmark},
                                   {"model", &result.model},
                                   {"architecture", &result.architecture},
                                   {"weights", &result.weights},
                                   {"settings", &result.settings},
                                   {"protocol", &result.protocol},
                                   {"content", &result.content},
                                   {"apart", &result.apart}}) {
    *field = json.at(key).get<std::string>();
  }
  result.left_out = json.at("left_out").get<std::int64_t>();
  for (const Json& figure : json.at("figures")) result.figures.push_back(figure_from(figure));
  return result;
}

}  // namespace

Json json_of(const std::vector<BenchmarkResult>& results) {
  Json all = Json::array();
  for (const BenchmarkResult& result : results) {
    Json figures = Json::array();
    for (const Figure& figure : result.figures) figures.push_back(json_of(figure));
    all.push_back({{"benchmark", result.benchmark},
                   {"model", result.model},
                   {"architecture", result.architecture},
                   {"weights", result.weights},
                   {"settings", result.settings},
                   {"protocol", result.protocol},
                   {"content", result.content},
                   {"apart", result.apart},
                   {"left_out", result.left_out},
                   {"figures", std::move(figures)}});
  }
  return {{"results", std::move(all)}};
}

std::vector<BenchmarkResult> read_results(const std::filesystem::path& file) {
  std::vector<BenchmarkResult> results;
  try {
    const Json json = Json::parse(read_file(file, kMostBytes));
    for (const Json& result : json.at("results")) results.push_back(result_from(result));
  } catch (const Json::exception& error) {
    throw_bad_input("{}: result {}: not as `cnclip eval report` writes it: {}", file.string(), results.size(),
                    error.what());
  }
  return results;
}

void check_comparable(const std::vector<BenchmarkResult>& results) {
  std::map<std::string, const BenchmarkResult*> first;
  for (const BenchmarkResult& result : results) {
    const BenchmarkResult& other = *first.emplace(result.benchmark, &result).first->second;
    if (other.protocol != result.protocol) {
      throw_bad_input("{}: {} was measured by another protocol ({}) than {} ({}): their figures do not compare",
                      result.benchmark, result.model, result.protocol, other.model, other.protocol);
    }
    if (other.content != result.content) {
      throw_bad_input(
          "{}: {} was measured on other pictures or texts (sha256 {}) than {} ({}): their figures do not compare",
          result.benchmark, result.model, result.content.substr(0, 12), other.model, other.content.substr(0, 12));
    }
  }
}

}  // namespace cnclip
