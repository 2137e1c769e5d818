#include "quantize/calibration/calibrate.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "quantize/calibration/statistics.h"

namespace cnclip {
namespace {

// An input that is to become int8, after the passes that engines run: a layer may have two (the query of one token, the
// keys and values of all).
struct Site {
  std::string layer;
  Value value;
};

// A tower as engines run it, with the inputs of its layers in sight.
struct View {
  Graph graph;
  TensorMap weights;
  std::vector<Site> sites;

  View(Graph g, TensorMap w) : graph(std::move(g)), weights(std::move(w)) {
    std::map<std::string, std::string> layer_of;  // by any of its weights: a pass may part the first from the others
    for (const Node& node : graph.nodes) {
      const std::string layer = int8_layer(graph, node);
      for (const std::string& name : weights_of(node.op)) layer_of[official_name(name)] = layer;
    }
    optimize(graph, weights);
    for (const Node& node : graph.nodes) {
      const std::string name = int8_layer(graph, node);
      if (!name.empty()) sites.push_back({layer_of.at(name), node.inputs[0]});
    }
  }
  void look(Engine& engine, const Batch& batch, int threads, const Observer::Sink& sink) const {
    std::vector<Value> values;
    for (const Site& site : sites) values.push_back(site.value);
    engine.observe(graph, weights, values, threads)->run(batch, sink);
  }
};

// By layer, the channels of its input: one for maps, whose channels are not the last axis.
std::map<std::string, Peaks> peaks_of(const View& view, Engine& engine, const Batch& batch, int threads) {
  const std::vector<Shape> shapes = verify(view.graph, view.weights);
  std::map<std::string, Peaks> peaks;
  std::vector<Peaks*> by_site;
  for (const Site& site : view.sites) {
    const Shape& shape = shapes[static_cast<std::size_t>(site.value.id)];
    by_site.push_back(&peaks.try_emplace(site.layer, shape.size() == 4 ? 1 : shape.back()).first->second);
  }
  view.look(engine, batch, threads,
            [&](std::size_t which, std::span<const float> values) { by_site[which]->add(values); });
  for (const auto& [layer, peak] : peaks) {
    if (!peak.finite())
      throw_bad_input("calibration: the {} computes values that are not finite before {}", view.graph.name, layer);
    if (*std::ranges::max_element(peak.values()) == 0)
      throw_bad_input("calibration: the {} computes nothing but zeros before {}", view.graph.name, layer);
  }
  return peaks;
}

// The largest magnitude in each column of the matrices.
std::vector<float> column_peaks(const Linear& linear, const TensorMap& weights, std::size_t columns) {
  Peaks peaks(static_cast<std::int64_t>(columns));
  for (const std::string& name : linear.weights) peaks.add(weights.at(name).load().to(DType::f32).data<float>());
  return {peaks.values().begin(), peaks.values().end()};
}

// Half of the inequality of a channel goes from the activations to the weights (SmoothQuant, alpha = 1/2).
std::map<std::string, Tensor> smoothing_of(const Graph& graph, const TensorMap& weights,
                                           const std::map<std::string, Peaks>& peaks) {
  std::map<std::string, Tensor> smoothing;
  for (const Value value : smoothable_norms(graph)) {
    const std::string& norm = std::get<LayerNorm>(graph.node(value).op).weight;
    const auto width = static_cast<std::size_t>(weights.at(norm).shape[0]);
    std::vector<float> inputs(width), columns(width);
    for (const Value reader : only_linear_readers(graph, value)) {
      const auto& linear = std::get<Linear>(graph.node(reader).op);
      const auto seen = peaks.at(int8_layer(graph, graph.node(reader))).values();
      const std::vector<float> matrix = column_peaks(linear, weights, width);
      for (std::size_t c = 0; c < width; ++c) {
        inputs[c] = std::max(inputs[c], seen[c]);
        columns[c] = std::max(columns[c], matrix[c]);
      }
    }
    Tensor factors = Tensor::allocate(DType::f32, {static_cast<std::int64_t>(width)});
    for (std::size_t c = 0; c < width; ++c) {
      const float factor = columns[c] > 0 ? std::sqrt(inputs[c] / columns[c]) : 1.0f;
      factors.mutable_data<float>()[c] = std::clamp(factor, 1e-4f, 1e4f);
    }
    smoothing.emplace(norm, factors);
  }
  return smoothing;
}

// What the layer norm's smoothing makes of the peaks of its readers.
std::map<std::string, float> largest_by_layer(const Graph& graph, const std::map<std::string, Peaks>& peaks,
                                              const std::map<std::string, Tensor>& smoothing) {
  std::map<std::string, float> largest;
  for (const Node& node : graph.nodes) {
    const std::string layer = int8_layer(graph, node);
    if (layer.empty()) continue;
    const auto* norm = std::get_if<LayerNorm>(&graph.node(node.inputs[0]).op);
    const auto found = norm == nullptr ? smoothing.end() : smoothing.find(norm->weight);
    const auto seen = peaks.at(layer).values();
    float& most = largest[layer];
    for (std::size_t c = 0; c < seen.size(); ++c) {
      most = std::max(most, found == smoothing.end() ? seen[c] : seen[c] / found->second.data<float>()[c]);
    }
  }
  return largest;
}

}  // namespace

TowerQuantization calibrate(Engine& engine, const Graph& graph, const TensorMap& weights, const Batch& batch,
                            int threads) {
  const std::map<std::string, Peaks> peaks = peaks_of(View(graph, weights), engine, batch, threads);
  TowerQuantization made;
  made.smoothing = smoothing_of(graph, weights, peaks);

  Graph smooth = graph;
  TensorMap smooth_weights = weights;
  quantize(smooth, smooth_weights, made);
  const View view(std::move(smooth), std::move(smooth_weights));
  std::map<std::string, Histogram> histograms;
  for (const auto& [layer, largest] : largest_by_layer(graph, peaks, made.smoothing))
    histograms.emplace(layer, largest);
  std::vector<Histogram*> by_site;
  for (const Site& site : view.sites) by_site.push_back(&histograms.at(site.layer));
  view.look(engine, batch, threads,
            [&](std::size_t which, std::span<const float> values) { by_site[which]->add(values); });
  for (const auto& [layer, histogram] : histograms) made.steps.emplace(layer, histogram.best_step());
  return made;
}

}  // namespace cnclip
