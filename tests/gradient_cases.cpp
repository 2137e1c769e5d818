// Gradients of the contrastive loss for the Python tests:
//   cnclip_gradient_cases MODEL PIXELS IDS LENGTHS OUT keep|recompute f32|f64
// PIXELS u8 (N, 3, S, S), IDS and LENGTHS i32, as bare bytes. OUT is a checkpoint whose tensors are the gradients; for
// what gets none they are zeros. Prints the loss.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/file.h"
#include "checkpoint/load.h"
#include "checkpoint/save.h"
#include "cnclip/error.h"
#include "engine/torch/forward.h"
#include "engine/torch/tensors.h"
#include "graph/passes.h"
#include "model/parameters.h"
#include "model/towers.h"
#include "train/contrastive_loss.h"

namespace {

using namespace cnclip;

template <class T>
std::vector<T> values_of(const char* file) {
  const std::string bytes = read_file(file);
  const auto* begin = reinterpret_cast<const T*>(bytes.data());
  return {begin, begin + bytes.size() / sizeof(T)};
}

int gradients(char** arguments) {
  const Checkpoint checkpoint = load_checkpoint(arguments[1]);
  const auto pixels = values_of<std::uint8_t>(arguments[2]);
  const auto ids = values_of<std::int32_t>(arguments[3]), lengths = values_of<std::int32_t>(arguments[4]);
  const bool recompute = std::string_view(arguments[6]) == "recompute";
  const at::ScalarType type = std::string_view(arguments[7]) == "f64" ? at::kDouble : at::kFloat;

  TorchTensors tensors;
  for (const Parameter& parameter : parameters(checkpoint.config)) {
    const at::Tensor value = to_torch(checkpoint.weights.at(parameter.name).load()).to(type);
    tensors[parameter.name] = value.requires_grad_(!parameter.buffer);
  }
  const auto count = static_cast<std::int64_t>(lengths.size());
  TorchWeights weights(tensors, type);
  const auto features_of = [&](Graph graph, const TorchBatch& batch) {
    TensorMap derived = checkpoint.weights;
    narrow_last_block(graph, derived);
    const at::Tensor rows = recompute ? forward_recomputing(graph, weights, batch) : forward(graph, weights, batch);
    return rows / rows.norm(2, {1}, true);
  };
  const ModelConfig& config = checkpoint.config;
  const at::Tensor images =
      features_of(image_tower(config), to_torch({count, pixels, {}, {}}, config.image_size, 0, 0, at::kCPU));
  const at::Tensor texts =
      features_of(text_tower(config),
                  to_torch({count, {}, ids, lengths}, 0, config.text.max_positions, config.text.vocab_size, at::kCPU));
  SingleProcess world;
  const ContrastiveLoss loss =
      contrastive_loss(images.detach(), texts.detach(), tensors.at("logit_scale").item<double>(), world);
  torch::autograd::backward({images, texts}, {loss.image_gradients, loss.text_gradients});

  Checkpoint made = checkpoint;
  for (const auto& [name, tensor] : tensors) {
    made.weights.set(name, from_torch(tensor.grad().defined() ? tensor.grad() : at::zeros_like(tensor)));
  }
  made.weights.set("logit_scale", from_torch(at::full({}, loss.logit_scale_gradient, at::kFloat)));
  save_checkpoint(made, arguments[5], Layout::safetensors);
  fmt::print("{:.9g}\n", loss.loss);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 8) return 2;
  try {
    return gradients(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
