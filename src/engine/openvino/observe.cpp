#include "engine/openvino/observe.h"

#include <openvino/core/except.hpp>

#include "base/error.h"
#include "engine/openvino/lower.h"
#include "engine/tower.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

// One row at a time: no value has padding in it, and memory stays small.
class OpenVinoObserver final : public Observer {
 public:
  OpenVinoObserver(ov::CompiledModel model, const TowerShape& tower, std::size_t values)
      : model_(std::move(model)), request_(model_.create_infer_request()), tower_(tower), values_(values) {}

  void run(const Batch& batch, const Sink& sink) override {
    check_batch(tower_, batch);
    std::size_t token = 0;
    for (std::size_t row = 0; row < static_cast<std::size_t>(batch.count); ++row) {
      if (tower_.takes_images()) {
        const auto bytes = static_cast<std::size_t>(tower_.row_bytes()),
                   side = static_cast<std::size_t>(tower_.image_size);
        ov::Tensor pixels = request_.get_tensor("pixels");
        pixels.set_shape({1, 3, side, side});
        std::ranges::copy(batch.pixels.subspan(row * bytes, bytes), pixels.data<std::uint8_t>());
      } else {
        const auto length = static_cast<std::size_t>(batch.lengths[row]);
        ov::Tensor ids = request_.get_tensor("ids"), mask = request_.get_tensor("mask");
        ids.set_shape({1, length});
        mask.set_shape({1, 1, 1, length});
        std::ranges::copy(batch.ids.subspan(token, length), ids.data<std::int32_t>());
        std::fill_n(mask.data<float>(), length, 0.0f);
        token += length;
      }
      try {
        request_.infer();
      } catch (const ov::Exception& error) {
        throw_internal("openvino: {}", error.what());
      }
      for (std::size_t i = 0; i < values_; ++i) {  // output 0 is the feature
        const ov::Tensor made = request_.get_output_tensor(i + 1);
        sink(i, {made.data<const float>(), made.get_size()});
      }
    }
  }

 private:
  ov::CompiledModel model_;
  ov::InferRequest request_;
  TowerShape tower_;
  std::size_t values_;
};

}  // namespace

std::unique_ptr<Observer> observe_with_openvino(ov::Core& core, const ov::AnyMap& properties, const Graph& graph,
                                                const TensorMap& weights, const std::vector<Value>& values) {
  const std::vector<Shape> shapes = verify(graph, weights);
  ov::CompiledModel model =
      core.compile_model(lower(graph, weights, shapes, Precision::f32, values), "CPU", properties);
  return std::make_unique<OpenVinoObserver>(std::move(model), tower_shape(graph, shapes, weights), values.size());
}

}  // namespace cnclip
