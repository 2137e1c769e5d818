// Gradients of the contrastive loss, and steps along them, for the Python tests:
//   cnclip_gradient_cases MODEL PIXELS IDS LENGTHS OUT keep|recompute f32|f64 STEPS running|batch|all_ranks
// PIXELS u8 (N, 3, S, S), IDS and LENGTHS i32, as bare bytes; the last word says what batch norm goes by. Under mpirun
// each rank takes its share of the batch. Each writes OUT.RANK: for the first step and for the last, f64, the gradient
// of every parameter in the order of the state dict (zeros where there is none; the statistics of batch norm as they
// are). Rank 0 prints the loss before every step of AdamW and after the last.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <fstream>
#include <numeric>
#include <optional>

#include "bare_bytes.h"
#include "checkpoint/load.h"
#include "cnclip/error.h"
#include "engine/torch/forward.h"
#include "engine/torch/tensors.h"
#include "model/parameters.h"
#include "model/towers.h"
#include "ranks/mpi_world.h"
#include "train/adamw.h"
#include "train/contrastive_loss.h"
#include "train/gradient_buckets.h"
#include "train/schedule.h"
#include "train/trainee.h"

namespace {

using namespace cnclip;

// A model with its weights as leaves, of either type, and one batch.
class Case {
 public:
  Case(char** arguments, World& world)
      : world_(world),
        checkpoint_(load_checkpoint(arguments[1])),
        pixels_(values_of<std::uint8_t>(arguments[2])),
        ids_(values_of<std::int32_t>(arguments[3])),
        lengths_(values_of<std::int32_t>(arguments[4])),
        recompute_(std::string_view(arguments[6]) == "recompute"),
        type_(std::string_view(arguments[7]) == "f64" ? at::kDouble : at::kFloat) {
    const std::string_view statistics = arguments[9];
    if (statistics == "batch") mode_.batch_norm = BatchStatistics::batch;
    if (statistics == "all_ranks") mode_.batch_norm = BatchStatistics::all_ranks;
    mode_.add_over_ranks = [&world](at::Tensor& values) { world.add(values); };
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
    constexpr std::int64_t kSmall = 32 << 10;  // so that small models fill many
    buckets_.emplace(tensors, std::vector<std::string>{"logit_scale"}, world, kSmall);
  }

  // Gradients are added up in the tensors.
  double backward() {
    TorchWeights weights(tensors, type_);
    const ModelConfig& config = checkpoint_.config;
    const auto count = static_cast<std::int64_t>(lengths_.size());
    const TrainedTower image(image_tower(config), checkpoint_.weights), text(text_tower(config), checkpoint_.weights);
    const at::Tensor images = features(image, weights, {count, pixels_, {}, {}});
    const at::Tensor texts = features(text, weights, {count, {}, ids_, lengths_});
    const at::Tensor scale = tensors.at("logit_scale");
    const ContrastiveLoss loss = contrastive_loss(images.detach(), texts.detach(), scale.item<double>(), world_);
    buckets_->arm();
    torch::autograd::backward({images, texts}, {loss.image_gradients, loss.text_gradients});
    buckets_->finish();
    tensors.at("logit_scale").mutable_grad() = at::full_like(scale.detach(), loss.logit_scale_gradient);
    return loss.loss;
  }

  void write_gradients(std::ostream& out) const {
    for (const Parameter& parameter : parameters(checkpoint_.config)) {
      const at::Tensor& tensor = tensors.at(parameter.name);
      const at::Tensor value = parameter.buffer          ? tensor
                               : tensor.grad().defined() ? tensor.grad()
                                                         : at::zeros_like(tensor);
      const at::Tensor exact = value.to(at::kDouble).contiguous();
      out.write(static_cast<const char*>(exact.const_data_ptr()), static_cast<std::streamsize>(exact.nbytes()));
    }
  }

  TorchTensors tensors;

 private:
  at::Tensor features(const TrainedTower& tower, TorchWeights& weights, const Batch& given) const {
    const TorchBatch batch = to_torch(given, tower.shape, at::kCPU);
    const at::Tensor rows = recompute_ ? forward_recomputing(tower.graph, weights, batch, mode_)
                                       : forward(tower.graph, weights, batch, mode_);
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
  TrainingMode mode_;
  std::optional<GradientBuckets> buckets_;
};

void run(char** arguments, World& world) {
  at::set_num_threads(world.threads());
  Case trainee(arguments, world);
  AdamWOptions options;
  options.weight_decay = 0.001;
  AdamW optimizer(trainee.tensors, options);
  std::ofstream out(fmt::format("{}.{}", arguments[5], world.rank()), std::ios::binary);
  const int steps = std::atoi(arguments[8]);
  for (int step = 0; step <= steps; ++step) {
    optimizer.clear_gradients();
    const double loss = trainee.backward();
    if (world.rank() == 0) fmt::print("{:.17g}\n", loss);
    if (step == 0 || step == steps) trainee.write_gradients(out);
    const double rate = learning_rate(1e-3, step, 3, 100);
    optimizer.step([&](const std::string&) { return rate; });
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 10) return 2;
  try {
    const auto world = open_world();
    run_ranked(*world, [&] { run(arguments, *world); });
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
