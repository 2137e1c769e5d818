#include "engine/reference/reference.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "engine/reference/evaluate.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

using reference::Array;

class ReferenceProgram : public Program {
 public:
  ReferenceProgram(const Graph& graph, const TensorMap& weights, int threads) : graph_(graph), threads_(threads) {
    const Shape output = verify(graph, weights)[static_cast<std::size_t>(graph.output.id)];
    if (output.size() != 2) throw_internal("reference engine: graph {} does not end in rows", graph.name);
    feature_size_ = output[1];
    for (const Node& node : graph.nodes) {
      for (const std::string& name : weights_of(node.op)) {
        if (!weights_.contains(name)) weights_.emplace(name, weights.at(name).load().to(DType::f32));
      }
      if (const auto* input = std::get_if<PixelInput>(&node.op)) pixels_ = std::size_t{3} * input->size * input->size;
    }
    last_use_.resize(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const Value input : graph.nodes[i].inputs) last_use_[static_cast<std::size_t>(input.id)] = i;
    }
    last_use_[static_cast<std::size_t>(graph.output.id)] = graph.nodes.size();
  }

  std::int64_t feature_size() const override { return feature_size_; }

  void run(const Batch& batch, std::span<float> features) override {
    check(batch, features);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i) {
      reference::Row row;
      if (pixels_ > 0) {
        row.pixels = batch.pixels.subspan(i * pixels_, pixels_);
      } else {
        const auto length = static_cast<std::size_t>(batch.lengths[i]);
        row.ids = batch.ids.subspan(begin, length);
        begin += length;
      }
      std::ranges::copy(run_row(row).values, features.begin() + static_cast<std::int64_t>(i) * feature_size_);
    }
  }

 private:
  Array run_row(const reference::Row& row) const {
    std::vector<Array> values(graph_.nodes.size());
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      std::vector<const Array*> inputs;
      for (const Value input : graph_.nodes[i].inputs) inputs.push_back(&values[static_cast<std::size_t>(input.id)]);
      values[i] = reference::evaluate(graph_.nodes[i].op, inputs, weights_, row, threads_);
      for (const Value input : graph_.nodes[i].inputs) {
        if (last_use_[static_cast<std::size_t>(input.id)] == i) values[static_cast<std::size_t>(input.id)] = {};
      }
    }
    return std::move(values[static_cast<std::size_t>(graph_.output.id)]);
  }

  void check(const Batch& batch, std::span<float> features) const {
    const auto count = static_cast<std::size_t>(batch.count);
    if (features.size() != count * static_cast<std::size_t>(feature_size_)) {
      throw_internal("reference engine: room for {} features, {} rows of {} come", features.size(), count,
                     feature_size_);
    }
    if (pixels_ > 0) {
      if (batch.pixels.size() != count * pixels_) {
        throw_internal("reference engine: {} bytes of pixels for {} images of {}", batch.pixels.size(), count, pixels_);
      }
      return;
    }
    std::size_t total = 0;
    for (const std::int32_t length : batch.lengths) {
      if (length < 1) throw_internal("reference engine: a text of {} tokens", length);
      total += static_cast<std::size_t>(length);
    }
    if (batch.lengths.size() != count || batch.ids.size() != total) {
      throw_internal("reference engine: {} texts, {} lengths of {} tokens in all, {} ids", count, batch.lengths.size(),
                     total, batch.ids.size());
    }
  }

  Graph graph_;
  int threads_;
  reference::Weights weights_;
  std::vector<std::size_t> last_use_;  // the node that needs a value last
  std::size_t pixels_ = 0;             // values of one image; 0 for a text tower
  std::int64_t feature_size_ = 0;
};

class ReferenceEngine : public Engine {
 public:
  std::string_view name() const override { return "reference"; }
  std::unique_ptr<Program> compile(const Graph& graph, const TensorMap& weights,
                                   const CompileOptions& options) override {
    if (options.precision != Precision::f32) {
      throw_unavailable("reference engine: computes in f32 only, another precision was asked for");
    }
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    return std::make_unique<ReferenceProgram>(graph, weights, options.threads > 0 ? options.threads : cores);
  }
};

}  // namespace

std::unique_ptr<Engine> make_reference_engine() {
  return std::make_unique<ReferenceEngine>();
}

}  // namespace cnclip
