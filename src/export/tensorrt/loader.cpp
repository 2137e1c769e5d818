#include <NvInfer.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "export/tensorrt/builder.h"
#include "export/tensorrt/device.h"
#include "export/tensorrt/log.h"

namespace cnclip {
namespace {

// Inputs and outputs of our exports: one each.
class Plan final : public ImportedOnnx {
 public:
  Plan(std::shared_ptr<nvinfer1::IRuntime> runtime, const std::filesystem::path& path)
      : file_(path.string()), runtime_(std::move(runtime)) {
    const auto bytes = MappedFile::open(path);
    engine_.reset(runtime_->deserializeCudaEngine(bytes->bytes().data(), bytes->size()));
    if (engine_ == nullptr) fail("does not load it");
    context_.reset(engine_->createExecutionContext());
    if (context_ == nullptr) fail("does not run it");
    for (int i = 0; i < engine_->getNbIOTensors(); ++i) {
      const char* name = engine_->getIOTensorName(i);
      (engine_->getTensorIOMode(name) == nvinfer1::TensorIOMode::kINPUT ? input_ : output_) = name;
    }
  }

  Tensor run(const Tensor& input) override {
    nvinfer1::Dims dims{};
    dims.nbDims = static_cast<std::int32_t>(input.shape().size());
    std::ranges::copy(input.shape(), dims.d);
    if (!context_->setInputShape(input_.c_str(), dims)) fail("takes no input of shape " + to_string(input.shape()));
    const nvinfer1::Dims features = context_->getTensorShape(output_.c_str());
    Tensor made = Tensor::allocate(DType::f32, Shape(features.d, features.d + features.nbDims));
    const std::span<float> values = made.mutable_data<float>();
    const tensorrt::DeviceBuffer given(input.bytes().size()), found(values.size_bytes());
    const cudaStream_t stream = stream_.get();
    tensorrt::check(
        cudaMemcpyAsync(given.data(), input.bytes().data(), input.bytes().size(), cudaMemcpyHostToDevice, stream),
        "the input");
    if (!(context_->setTensorAddress(input_.c_str(), given.data()) &&
          context_->setTensorAddress(output_.c_str(), found.data()) && context_->enqueueV3(stream))) {
      fail("does not run it");
    }
    tensorrt::check(cudaMemcpyAsync(values.data(), found.data(), values.size_bytes(), cudaMemcpyDeviceToHost, stream),
                    "the output");
    tensorrt::check(cudaStreamSynchronize(stream), "running an engine");
    return made;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw_internal("{}: {} {}: {}", file_, tensorrt::version(), what, tensorrt::shared_log().take_error());
  }

  std::string file_;
  std::shared_ptr<nvinfer1::IRuntime> runtime_;  // outlives what it made
  std::unique_ptr<nvinfer1::ICudaEngine> engine_;
  std::unique_ptr<nvinfer1::IExecutionContext> context_;
  std::string input_, output_;
  tensorrt::Stream stream_;
};

class Loader final : public OnnxImporter {
 public:
  std::string name() const override { return fmt::format("{} on {}", tensorrt::version(), tensorrt::device_name()); }
  bool keeps_types() const override { return true; }
  std::unique_ptr<ImportedOnnx> load(const std::filesystem::path& file) override {
    std::shared_ptr<nvinfer1::IRuntime> runtime(nvinfer1::createInferRuntime(tensorrt::shared_log()));
    if (runtime == nullptr)
      throw_internal("{}: no runtime: {}", tensorrt::version(), tensorrt::shared_log().take_error());
    return std::make_unique<Plan>(std::move(runtime), file);
  }
};

}  // namespace

std::unique_ptr<OnnxImporter> make_plan_loader() {
  return std::make_unique<Loader>();
}

}  // namespace cnclip
