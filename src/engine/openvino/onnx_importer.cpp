#include "engine/openvino/onnx_importer.h"

#include <algorithm>
#include <openvino/runtime/core.hpp>
#include <openvino/runtime/properties.hpp>

#include "base/error.h"

namespace cnclip {
namespace {

ov::element::Type element_of(DType type) {
  switch (type) {
    case DType::f32: return ov::element::f32;
    case DType::u8: return ov::element::u8;
    case DType::i64: return ov::element::i64;
    default: throw_internal("openvino: no ONNX model of ours takes {}", name_of(type));
  }
}

class Imported final : public ImportedOnnx {
 public:
  explicit Imported(ov::CompiledModel model) : model_(std::move(model)), request_(model_.create_infer_request()) {}

  Tensor run(const Tensor& input) override {
    try {
      const ov::Shape shape(input.shape().begin(), input.shape().end());
      request_.set_input_tensor(
          ov::Tensor(element_of(input.dtype()), shape, const_cast<std::byte*>(input.bytes().data())));
      request_.infer();
      const ov::Tensor output = request_.get_output_tensor();
      const ov::Shape& made = output.get_shape();
      return Tensor::from_floats({made.begin(), made.end()}, {output.data<const float>(), output.get_size()});
    } catch (const ov::Exception& error) {
      throw_internal("openvino: running an ONNX model: {}", error.what());
    }
  }

 private:
  ov::CompiledModel model_;
  ov::InferRequest request_;
};

class Importer final : public OnnxImporter {
 public:
  explicit Importer(int threads) : threads_(threads) {}

  std::string name() const override { return fmt::format("OpenVINO {}", ov::get_openvino_version().buildNumber); }

  std::unique_ptr<ImportedOnnx> load(const std::filesystem::path& file) override {
    ov::AnyMap properties{ov::hint::inference_precision(ov::element::f32),
                          ov::hint::execution_mode(ov::hint::ExecutionMode::ACCURACY), ov::num_streams(1),
                          ov::hint::enable_cpu_pinning(false)};
    if (threads_ > 0) properties.insert(ov::inference_num_threads(threads_));
    try {
      return std::make_unique<Imported>(core_.compile_model(core_.read_model(file.string()), "CPU", properties));
    } catch (const ov::Exception& error) {
      throw_internal("openvino: {}: {}", file.string(), error.what());
    }
  }

 private:
  int threads_;
  ov::Core core_;
};

}  // namespace

std::unique_ptr<OnnxImporter> make_openvino_importer(int threads) {
  return std::make_unique<Importer>(threads);
}

}  // namespace cnclip
