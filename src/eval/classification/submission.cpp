#include "eval/classification/submission.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "model/parameters.h"

namespace cnclip::classification {
namespace {

// Python's repr(round(value, 6)) of a value in 0..1.
std::string rounded(float value) {
  std::string text = fmt::format("{:.6f}", static_cast<double>(value));
  if (text.starts_with("0.0000") && text != "0.000000") {  // repr turns to exponents below 1e-4
    const char tens = text[6], ones = text[7];
    if (tens == '0') return fmt::format("{}e-06", ones);
    return ones == '0' ? fmt::format("{}e-05", tens) : fmt::format("{}.{}e-05", tens, ones);
  }
  text.erase(std::max(text.find_last_not_of('0') + 1, std::size_t{3}));
  return text;
}

std::int64_t image_parameter_count(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters(config)) {
    if (parameter.name.starts_with("visual.") && !parameter.buffer) count += element_count(parameter.shape);
  }
  return count;
}

}  // namespace

std::filesystem::path submission_path(const std::filesystem::path& folder, const std::string& dataset) {
  if (dataset.empty() || dataset.find('/') != std::string::npos) {
    throw_usage("data set {}: its name names the file of predictions", dataset);
  }
  return folder / (dataset + ".json");
}

void write_submission(const std::filesystem::path& file, const std::string& dataset, const ModelConfig& config,
                      const Tensor& probabilities, const std::vector<std::size_t>& order) {
  const auto quoted = [](const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  };
  const std::int64_t count = parameter_count(config);
  AtomicFile out(file);
  out.write(
      fmt::format("{{\"model_name\": {}, \"dataset_name\": {}, \"num_trainable_params\": 0, \"num_params\": {}, "
                  "\"num_visual_params\": {}, \"num_backbone_params\": {}, \"n_shot\": 0, \"rnd_seeds\": [123], "
                  "\"predictions\": [[",
                  quoted("CN-CLIP-" + config.name), quoted(dataset), count, image_parameter_count(config), count));
  const auto images = static_cast<std::size_t>(probabilities.shape()[0]),
             classes = static_cast<std::size_t>(probabilities.shape()[1]);
  for (std::size_t i = 0; i < images; ++i) {
    const auto row = probabilities.data<float>().subspan((order.empty() ? i : order[i]) * classes, classes);
    std::string line = i == 0 ? "[" : ", [";
    for (std::size_t c = 0; c < classes; ++c) line += (c == 0 ? "" : ", ") + rounded(row[c]);
    out.write(line + "]");
  }
  out.write("]]}");
  out.commit();
}

}  // namespace cnclip::classification
