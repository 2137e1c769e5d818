#include "engine/torch/torch.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <cstring>

#include "engine/torch/forward.h"
#include "engine/torch/tensors.h"
#include "graph/passes.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

class TorchProgram final : public Program {
 public:
  TorchProgram(Graph graph, TensorMap weights, Precision precision)
      : graph_(std::move(graph)), weights_(tensors_, precision == Precision::bf16 ? at::kBFloat16 : at::kFloat) {
    optimize(graph_, weights);
    tower_ = tower_shape(graph_, verify(graph_, weights), weights);
    for (const Node& node : graph_.nodes) {
      for (const std::string& name : weights_of(node.op)) {
        if (!tensors_.contains(name)) tensors_.emplace(name, to_torch(weights.at(name).load()));
      }
    }
  }

  std::int64_t feature_size() const override { return tower_.features; }

  void run(const Batch& batch, std::span<float> features) override {
    check_batch(tower_, batch, features);
    if (batch.count == 0) return;
    const c10::InferenceMode inference;
    const at::Tensor rows = forward(graph_, weights_, to_torch(batch, tower_, at::kCPU)).to(at::kFloat);
    std::memcpy(features.data(), rows.contiguous().data_ptr<float>(), features.size_bytes());
  }

 private:
  Graph graph_;
  TorchTensors tensors_;
  TorchWeights weights_;
  TowerShape tower_;
};

class TorchEngine final : public Engine {
 public:
  std::string_view name() const override { return "torch"; }
  std::unique_ptr<Program> compile(const Graph& graph, const TensorMap& weights,
                                   const CompileOptions& options) override {
    // LibTorch's threads belong to the process: the last engine compiled decides.
    if (options.threads > 0) at::set_num_threads(options.threads);
    return std::make_unique<TorchProgram>(graph, weights, options.precision);
  }
};

}  // namespace

std::unique_ptr<Engine> make_torch_engine() {
  return std::make_unique<TorchEngine>();
}

}  // namespace cnclip
