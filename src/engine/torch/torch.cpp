#include "engine/torch/torch.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <cstring>

#include "base/error.h"
#include "engine/torch/fixed_tower.h"
#include "graph/int8.h"

namespace cnclip {
namespace {

class TorchProgram final : public Program {
 public:
  TorchProgram(const Graph& graph, const TensorMap& weights, Precision precision)
      : tower_(graph, weights, precision == Precision::bf16 ? at::kBFloat16 : at::kFloat, at::kCPU) {}

  std::int64_t feature_size() const override { return tower_.shape().features; }

  void run(const Batch& batch, std::span<float> features) override {
    check_batch(tower_.shape(), batch, features);
    if (batch.count == 0) return;
    const c10::InferenceMode inference;
    const at::Tensor rows = tower_.features(batch).contiguous();
    std::memcpy(features.data(), rows.data_ptr<float>(), features.size_bytes());
  }

 private:
  FixedTower tower_;
};

class TorchEngine final : public Engine {
 public:
  std::string_view name() const override { return "torch"; }
  std::unique_ptr<Program> compile(const Graph& graph, const TensorMap& weights,
                                   const CompileOptions& options) override {
    if (has_int8(graph)) throw_unavailable("engine torch: has no int8; engine openvino has");
    if (options.precision == Precision::f16) {
      throw_unavailable("engine torch: f16 is for CUDA devices; the CPU has f32 and bf16");
    }
    check_streams(options.streams, options.threads);
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
