#include "engine/torch/cuda/cuda.h"

#include <ATen/Context.h>
#include <ATen/cuda/CUDAContextLight.h>

#include "engine/torch/cuda/program.h"
#include "engine/torch/errors.h"
#include "graph/int8.h"

namespace cnclip {
namespace {

class CudaEngine final : public Engine {
 public:
  explicit CudaEngine(c10::Device device) : device_(device) {
    // Products of f32 are f32, in convolutions too.
    at::globalContext().setAllowTF32CuDNN(false);
  }

  std::string_view name() const override { return "torch"; }
  Precision best_precision() const override { return has_bf16() ? Precision::bf16 : Precision::f16; }
  std::int64_t image_batch() const override { return 2 * CudaProgram::kMostImages; }  // one goes up, one computes

  std::unique_ptr<Program> compile(const Graph& graph, const TensorMap& weights,
                                   const CompileOptions& options) override {
    if (has_int8(graph)) throw_unavailable("engine torch: has no int8; engine openvino has");
    check_streams(options.streams, options.threads);
    if (options.precision == Precision::bf16 && !has_bf16()) {
      throw_unavailable("device {}: bf16: this one ({}) does not have it; f16 and f32 it has", device_.str(),
                        at::cuda::getDeviceProperties(device_.index())->name);
    }
    return on_device(device_, [&] {
      return std::unique_ptr<Program>(
          std::make_unique<CudaProgram>(graph, weights, type_of(options.precision), device_));
    });
  }

 private:
  static at::ScalarType type_of(Precision precision) {
    switch (precision) {
      case Precision::f32: return at::kFloat;
      case Precision::bf16: return at::kBFloat16;
      case Precision::f16: return at::kHalf;
    }
    throw_internal("engine torch: precision {}", static_cast<int>(precision));
  }
  bool has_bf16() const {
    constexpr int kAmpere = 8;
    return at::cuda::getDeviceProperties(device_.index())->major >= kAmpere;
  }

  c10::Device device_;
};

}  // namespace

std::unique_ptr<Engine> make_cuda_engine(int index) {
  const int devices = c10::cuda::device_count();
  if (index >= devices) {
    throw_unavailable("device cuda:{}: this machine has {}", index,
                      devices == 0 ? "no CUDA device" : fmt::format("{} CUDA devices, from cuda:0", devices));
  }
  return std::make_unique<CudaEngine>(c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(index)));
}

}  // namespace cnclip
