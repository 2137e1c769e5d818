#include "engine/torch/forward.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "engine/torch/evaluate.h"
#include "engine/torch/recompute.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

std::size_t at_id(Value value) {
  return static_cast<std::size_t>(value.id);
}

// For each node the last that reads its value; the output is read after all.
std::vector<std::size_t> last_uses(const Graph& graph) {
  std::vector<std::size_t> last(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const Value input : graph.nodes[i].inputs) last[at_id(input)] = i;
  }
  last[at_id(graph.output)] = graph.nodes.size();
  return last;
}

// Runs nodes [begin, end); values that nobody reads any more are let go.
class Execution {
 public:
  Execution(const Graph& graph, const TorchBatch& batch, const TrainingMode& mode)
      : graph_(graph), batch_(batch), mode_(mode), last_(last_uses(graph)), values_(graph.nodes.size()) {}

  void run(std::size_t begin, std::size_t end, TorchWeights& weights) {
    for (std::size_t i = begin; i < end; ++i) {
      std::vector<at::Tensor> inputs;
      for (const Value input : graph_.nodes[i].inputs) inputs.push_back(values_[at_id(input)]);
      values_[i] = torch_engine::evaluate(graph_.nodes[i].op, inputs, weights, batch_, mode_);
      for (const Value input : graph_.nodes[i].inputs) {
        if (last_[at_id(input)] == i) values_[at_id(input)].reset();
      }
    }
  }
  at::Tensor& value(std::size_t node) { return values_[node]; }

 private:
  const Graph& graph_;
  const TorchBatch& batch_;
  const TrainingMode& mode_;
  std::vector<std::size_t> last_;
  std::vector<at::Tensor> values_;
};

// Ends of blocks: nodes whose value is all that the nodes after them read. A block of one or two nodes would keep as
// much as it saves.
std::vector<std::size_t> block_ends(const Graph& graph) {
  constexpr std::size_t kWorthwhile = 3;
  std::vector<std::size_t> narrow;
  std::size_t lowest = graph.nodes.size();  // that any node after this one reads
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (lowest >= i) narrow.push_back(i);
    for (const Value input : graph.nodes[i].inputs) lowest = std::min(lowest, at_id(input));
  }
  std::vector<std::size_t> ends;
  for (auto i = narrow.rbegin(); i != narrow.rend(); ++i) {
    const std::size_t begin = ends.empty() ? 0 : ends.back() + 1;
    if (*i + 1 - begin >= kWorthwhile || i + 1 == narrow.rend()) ends.push_back(*i);
  }
  return ends;
}

std::vector<std::string> names_of_block(const Graph& graph, std::size_t begin, std::size_t end) {
  std::vector<std::string> names;
  for (std::size_t i = begin; i < end; ++i) {
    for (std::string name : weights_of(graph.nodes[i].op)) {
      name.resize(std::min(name.size(), name.find('#')));  // parts are cut from the whole again
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace

TorchBatch to_torch(const Batch& batch, const TowerShape& tower, at::Device device) {
  check_batch(tower, batch);
  TorchBatch made;
  if (tower.takes_images()) {
    made.pixels = at::empty({batch.count, 3, tower.image_size, tower.image_size}, at::kByte);
    if (batch.count > 0) std::memcpy(made.pixels.data_ptr(), batch.pixels.data(), batch.pixels.size());
    made.pixels = made.pixels.to(device);
    return made;
  }
  made.ids = at::empty({static_cast<std::int64_t>(batch.ids.size())}, at::kLong);
  std::ranges::copy(batch.ids, made.ids.data_ptr<std::int64_t>());
  made.ids = made.ids.to(device);
  made.rows = PackedRows(batch.lengths, device);
  return made;
}

at::Tensor forward(const Graph& graph, TorchWeights& weights, const TorchBatch& batch, const TrainingMode& mode) {
  Execution execution(graph, batch, mode);
  execution.run(0, graph.nodes.size(), weights);
  return execution.value(at_id(graph.output));
}

at::Tensor forward_recomputing(const Graph& graph, TorchWeights& weights, const TorchBatch& batch,
                               const TrainingMode& mode) {
  if (mode.batch_norm != BatchStatistics::running) {
    return forward(graph, weights, batch, mode);  // running statistics must not move twice
  }
  const auto kept = std::make_shared<const Graph>(graph);  // until the backward pass is over
  at::Tensor x;
  std::size_t begin = 0;
  for (const std::size_t end : block_ends(graph)) {
    const auto block = [kept, batch, mode, begin, end](const at::Tensor& input, TorchWeights& of) {
      Execution execution(*kept, batch, mode);
      if (begin > 0) execution.value(begin - 1) = input;
      execution.run(begin, end + 1, of);
      return execution.value(end);
    };
    x = begin == 0 ? block({}, weights) : recompute(block, x, weights, names_of_block(graph, begin, end + 1));
    begin = end + 1;
  }
  return x;
}

}  // namespace cnclip
