#include "engine/torch/torch.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <cstring>

#include "base/error.h"
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
    const Shape output = verify(graph_, weights)[static_cast<std::size_t>(graph_.output.id)];
    feature_size_ = output.back();
    for (const Node& node : graph_.nodes) {
      for (const std::string& name : weights_of(node.op)) {
        if (!tensors_.contains(name)) tensors_.emplace(name, to_torch(weights.at(name).load()));
      }
      if (const auto* pixels = std::get_if<PixelInput>(&node.op)) image_size_ = pixels->size;
      if (const auto* tables = std::get_if<EmbeddingSum>(&node.op)) {
        vocabulary_ = weights.at(tables->word).shape[0];
        positions_ = weights.at(tables->position).shape[0];
      }
    }
  }

  std::int64_t feature_size() const override { return feature_size_; }

  void run(const Batch& batch, std::span<float> features) override {
    if (features.size() != static_cast<std::size_t>(batch.count * feature_size_)) {
      throw_internal("torch engine: {} rows of {} features do not fit {} floats", batch.count, feature_size_,
                     features.size());
    }
    if (batch.count == 0) return;
    const c10::InferenceMode inference;
    const at::Tensor rows =
        forward(graph_, weights_, to_torch(batch, image_size_, positions_, vocabulary_, at::kCPU)).to(at::kFloat);
    std::memcpy(features.data(), rows.contiguous().data_ptr<float>(), features.size_bytes());
  }

 private:
  Graph graph_;
  TorchTensors tensors_;
  TorchWeights weights_;
  int image_size_ = 0;
  std::int64_t feature_size_ = 0, vocabulary_ = 0, positions_ = 0;
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
