// Gradients of the contrastive loss, and steps along them, for the Python tests:
//   cnclip_gradient_cases MODEL PIXELS IDS LENGTHS OUT keep|recompute f32|f64 STEPS
// PIXELS u8 (N, 3, S, S), IDS and LENGTHS i32, as bare bytes. OUT is a checkpoint whose tensors are the gradients; for
// what gets none they are zeros. Under mpirun each rank takes its share of the batch. Prints the loss before every step
// of AdamW and after the last.
#include <ATen/ATen.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <numeric>

#include "base/file.h"
#include "checkpoint/load.h"
#include "checkpoint/save.h"
#include "cnclip/error.h"
#include "engine/torch/forward.h"
#include "engine/torch/tensors.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "model/parameters.h"
#include "model/towers.h"
#include "train/adamw.h"
#include "train/contrastive_loss.h"
#include "train/mpi_world.h"
#include "train/schedule.h"

namespace {

using namespace cnclip;

template <class T>
std::vector<T> values_of(const char* file) {
  const std::string bytes = read_file(file);
  const auto* begin = reinterpret_cast<const T*>(bytes.data());
  return {begin, begin + bytes.size() / sizeof(T)};
}

// A model with its weights as leaves, and one batch.
class Trainee {
 public:
  Trainee(char** arguments, World& world)
      : world_(world),
        checkpoint_(load_checkpoint(arguments[1])),
        pixels_(values_of<std::uint8_t>(arguments[2])),
        ids_(values_of<std::int32_t>(arguments[3])),
        lengths_(values_of<std::int32_t>(arguments[4])),
        recompute_(std::string_view(arguments[6]) == "recompute"),
        type_(std::string_view(arguments[7]) == "f64" ? at::kDouble : at::kFloat) {
    const std::size_t rows = lengths_.size();
    const auto tokens = [&](std::size_t end) {
      return std::accumulate(lengths_.begin(), lengths_.begin() + static_cast<std::ptrdiff_t>(end), std::ptrdiff_t{0});
    };
    const std::size_t each = rows / static_cast<std::size_t>(world.size());
    const std::size_t first = each * static_cast<std::size_t>(world.rank());
    ids_ = {ids_.begin() + tokens(first), ids_.begin() + tokens(first + each)};
    pixels_ = share(pixels_, rows, world);
    lengths_ = share(lengths_, rows, world);
    for (const Parameter& parameter : parameters(checkpoint_.config)) {
      const at::Tensor value = to_torch(checkpoint_.weights.at(parameter.name).load()).to(type_);
      tensors[parameter.name] = value.requires_grad_(!parameter.buffer);
    }
  }

  // Gradients are added up in the tensors.
  double backward() {
    TorchWeights weights(tensors, type_);
    const ModelConfig& config = checkpoint_.config;
    const auto count = static_cast<std::int64_t>(lengths_.size());
    const at::Tensor images = features(image_tower(config), weights, {count, pixels_, {}, {}});
    const at::Tensor texts = features(text_tower(config), weights, {count, {}, ids_, lengths_});
    const at::Tensor scale = tensors.at("logit_scale");
    const ContrastiveLoss loss = contrastive_loss(images.detach(), texts.detach(), scale.item<double>(), world_);
    torch::autograd::backward({images, texts}, {loss.image_gradients, loss.text_gradients});
    for (const Parameter& parameter : parameters(config)) {
      at::Tensor& gradient = tensors.at(parameter.name).mutable_grad();
      if (gradient.defined()) world_.add(gradient);
    }
    tensors.at("logit_scale").mutable_grad() = at::full_like(scale.detach(), loss.logit_scale_gradient);
    return loss.loss;
  }

  void save_gradients(const char* file) const {
    Checkpoint made = checkpoint_;
    for (const auto& [name, tensor] : tensors) {
      made.weights.set(name, from_torch(tensor.grad().defined() ? tensor.grad() : at::zeros_like(tensor)));
    }
    save_checkpoint(made, file, Layout::safetensors);
  }

  TorchTensors tensors;

 private:
  at::Tensor features(Graph graph, TorchWeights& weights, const Batch& given) const {
    TensorMap derived = checkpoint_.weights;
    narrow_last_block(graph, derived);
    const TorchBatch batch = to_torch(given, tower_shape(graph, verify(graph, derived), derived), at::kCPU);
    const at::Tensor rows = recompute_ ? forward_recomputing(graph, weights, batch) : forward(graph, weights, batch);
    return rows / rows.norm(2, {1}, true);
  }

  // This rank's share of what lies in rows.
  template <class T>
  static std::vector<T> share(const std::vector<T>& all, std::size_t rows, const World& world) {
    const std::size_t each = all.size() / rows * (rows / static_cast<std::size_t>(world.size()));
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(each) * world.rank();
    return {begin, begin + static_cast<std::ptrdiff_t>(each)};
  }

  World& world_;
  Checkpoint checkpoint_;
  std::vector<std::uint8_t> pixels_;
  std::vector<std::int32_t> ids_, lengths_;
  bool recompute_;
  at::ScalarType type_;
};

int run(char** arguments) {
  const auto world = open_world();
  Trainee trainee(arguments, *world);
  AdamWOptions options;
  options.weight_decay = 0.001;
  AdamW optimizer(trainee.tensors, options);
  const int steps = std::atoi(arguments[8]);
  for (int step = 0; step <= steps; ++step) {
    optimizer.clear_gradients();
    const double loss = trainee.backward();
    if (world->rank() == 0) fmt::print("{:.9g}\n", loss);
    if (step == 0 && world->rank() == 0) trainee.save_gradients(arguments[5]);
    const double rate = learning_rate(1e-3, step, 3, 100);
    optimizer.step([&](const std::string&) { return rate; });
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 9) return 2;
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
