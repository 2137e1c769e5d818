#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quantize/calibration/calibrate.h"

namespace cnclip {
namespace {

class Judge {
 public:
  Judge(Engine& engine, const Graph& graph, const TensorMap& weights, const Batch& batch,
        const SensitivitySettings& settings)
      : engine_(engine), graph_(graph), weights_(weights), batch_(batch), settings_(settings) {
    CompileOptions plain;
    plain.threads = settings.compile.threads;
    const auto program = engine.compile(graph, weights, plain);
    width_ = program->feature_size();
    wanted_ = features_of(*program, batch);
  }
  Likeness operator()(const TowerQuantization& quantization) const {
    Graph graph = graph_;
    TensorMap weights = weights_;
    quantize(graph, weights, quantization);
    const auto program = engine_.compile(graph, weights, settings_.compile);
    return likeness(features_of(*program, batch_), wanted_, width_);
  }

 private:
  Engine& engine_;
  const Graph& graph_;
  const TensorMap& weights_;
  const Batch& batch_;
  const SensitivitySettings& settings_;
  std::int64_t width_ = 0;
  std::vector<float> wanted_;
};

// The layers, the one that harms the features most when it alone is int8 first.
std::vector<std::string> by_harm(const Judge& judge, const TowerQuantization& all,
                                 const SensitivitySettings& settings) {
  std::vector<std::pair<double, std::string>> found;
  for (const auto& [layer, step] : all.steps) {
    TowerQuantization one{{{layer, step}}, all.smoothing};
    found.emplace_back(judge(one).mean, layer);
    if (settings.progress) settings.progress(found.size(), all.steps.size());
  }
  std::ranges::sort(found);
  std::vector<std::string> layers;
  for (auto& [cosine, layer] : found) layers.push_back(std::move(layer));
  return layers;
}

TowerQuantization without(TowerQuantization quantization, std::span<const std::string> layers) {
  for (const std::string& layer : layers) quantization.steps.erase(layer);
  return quantization;
}

}  // namespace

Likeness likeness(std::span<const float> features, std::span<const float> wanted, std::int64_t width) {
  const auto columns = static_cast<std::size_t>(width);
  Likeness made{0, 1};
  for (std::size_t begin = 0; begin < wanted.size(); begin += columns) {
    double product = 0, a = 0, b = 0;
    for (std::size_t i = begin; i < begin + columns; ++i) {
      product += double{features[i]} * wanted[i];
      a += double{features[i]} * features[i];
      b += double{wanted[i]} * wanted[i];
    }
    const double cosine = a > 0 && b > 0 ? product / std::sqrt(a * b) : 0;
    made.mean += cosine;
    made.least = std::min(made.least, cosine);
  }
  made.mean /= static_cast<double>(wanted.size() / columns);
  return made;
}

Sensitivity keep_worst(Engine& engine, const Graph& graph, const TensorMap& weights, const Batch& batch,
                       TowerQuantization& quantization, const SensitivitySettings& settings) {
  const Judge judge(engine, graph, weights, batch, settings);
  Sensitivity made;
  made.before = made.after = judge(quantization);
  if (made.before.mean >= settings.target) return made;
  const std::vector<std::string> layers = by_harm(judge, quantization, settings);
  // The fewest that do: all of them always do, as far as anything can.
  std::size_t few = 1, enough = layers.size();
  while (few < enough) {
    const std::size_t middle = (few + enough) / 2;
    const bool reached = judge(without(quantization, std::span(layers).first(middle))).mean >= settings.target;
    (reached ? enough : few) = reached ? middle : middle + 1;
  }
  made.kept.assign(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(enough));
  quantization = without(quantization, made.kept);
  made.after = judge(quantization);
  return made;
}

}  // namespace cnclip
