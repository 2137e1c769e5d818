#include "engine/reference/reference.h"

#include <algorithm>

#include "base/error.h"
#include "base/threads.h"
#include "engine/reference/evaluate.h"
#include "engine/tower.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

using reference::Array;

class ReferenceProgram : public Program {
 public:
  // `kept`: values that are asked for besides the output.
  ReferenceProgram(const Graph& graph, const TensorMap& weights, int threads, const std::vector<Value>& kept = {})
      : graph_(graph), threads_(thread_count(threads)) {
    const std::vector<Shape> shapes = verify(graph, weights);
    if (shapes[static_cast<std::size_t>(graph.output.id)].size() != 2) {
      throw_internal("reference engine: graph {} does not end in rows", graph.name);
    }
    tower_ = tower_shape(graph, shapes, weights);
    for (const Node& node : graph.nodes) {
      for (const std::string& name : weights_of(node.op)) {
        if (!weights_.contains(name)) weights_.emplace(name, weights.at(name).load().to(DType::f32));
      }
    }
    last_use_.resize(graph.nodes.size());
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const Value input : graph.nodes[i].inputs) last_use_[static_cast<std::size_t>(input.id)] = i;
    }
    last_use_[static_cast<std::size_t>(graph.output.id)] = graph.nodes.size();
    for (const Value value : kept) last_use_[static_cast<std::size_t>(value.id)] = graph.nodes.size();
  }

  std::int64_t feature_size() const override { return tower_.features; }

  void run(const Batch& batch, std::span<float> features) override {
    check_batch(tower_, batch, features);
    run_rows(batch, [&](std::size_t i, const std::vector<Array>& values) {
      std::ranges::copy(values[static_cast<std::size_t>(graph_.output.id)].values,
                        features.begin() + static_cast<std::int64_t>(i) * tower_.features);
    });
  }

  // Calls done(row, the values of its nodes); of the values only the output and those kept are there.
  template <class Done>
  void run_rows(const Batch& batch, const Done& done) const {
    check_batch(tower_, batch);
    const auto pixels = static_cast<std::size_t>(tower_.row_bytes());
    std::size_t begin = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i) {
      reference::Row row;
      if (tower_.takes_images()) {
        row.pixels = batch.pixels.subspan(i * pixels, pixels);
      } else {
        const auto length = static_cast<std::size_t>(batch.lengths[i]);
        row.ids = batch.ids.subspan(begin, length);
        begin += length;
      }
      done(i, run_row(row));
    }
  }

 private:
  std::vector<Array> run_row(const reference::Row& row) const {
    std::vector<Array> values(graph_.nodes.size());
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      std::vector<const Array*> inputs;
      for (const Value input : graph_.nodes[i].inputs) inputs.push_back(&values[static_cast<std::size_t>(input.id)]);
      values[i] = reference::evaluate(graph_.nodes[i].op, inputs, weights_, row, threads_);
      for (const Value input : graph_.nodes[i].inputs) {
        if (last_use_[static_cast<std::size_t>(input.id)] == i) values[static_cast<std::size_t>(input.id)] = {};
      }
    }
    return values;
  }

  Graph graph_;
  int threads_;
  reference::Weights weights_;
  std::vector<std::size_t> last_use_;  // the node that needs a value last
  TowerShape tower_;
};

class ReferenceObserver : public Observer {
 public:
  ReferenceObserver(ReferenceProgram program, std::vector<Value> values)
      : program_(std::move(program)), values_(std::move(values)) {}
  void run(const Batch& batch, const Sink& sink) override {
    program_.run_rows(batch, [&](std::size_t, const std::vector<Array>& made) {
      for (std::size_t i = 0; i < values_.size(); ++i) sink(i, made[static_cast<std::size_t>(values_[i].id)].values);
    });
  }

 private:
  ReferenceProgram program_;
  std::vector<Value> values_;
};

class ReferenceEngine : public Engine {
 public:
  std::string_view name() const override { return "reference"; }
  std::int64_t image_batch() const override { return 1; }
  std::unique_ptr<Program> compile(const Graph& graph, const TensorMap& weights,
                                   const CompileOptions& options) override {
    if (options.precision != Precision::f32) {
      throw_unavailable("reference engine: computes in f32 only, another precision was asked for");
    }
    check_streams(options.streams, options.threads);
    return std::make_unique<ReferenceProgram>(graph, weights, options.threads);
  }
  std::unique_ptr<Observer> observe(const Graph& graph, const TensorMap& weights, const std::vector<Value>& values,
                                    int threads) override {
    return std::make_unique<ReferenceObserver>(ReferenceProgram(graph, weights, threads, values), values);
  }
};

}  // namespace

std::unique_ptr<Engine> make_reference_engine() {
  return std::make_unique<ReferenceEngine>();
}

}  // namespace cnclip
