#include "train/step.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "base/random.h"
#include "train/features.h"

namespace cnclip {

Step::Step(Trainee& trainee, const Stage& stage, World& world, std::uint64_t seed, const std::vector<std::string>& skip)
    : trainee_(trainee), stage_(stage), world_(world), seed_(seed), buckets_(trainee.tensors(), skip, world) {}

std::int64_t Step::part_of(const TrainBatch& batch) const {
  const auto share = static_cast<std::int64_t>(batch.count);
  return stage_.micro_batch > 0 ? std::min(stage_.micro_batch, share) : share;
}

TorchWeights Step::converted_weights() const {
  return {trainee_.tensors(), compute_type(stage_.precision)};
}

void Step::seed_pass(std::int64_t number, std::int64_t begin, const char* tower) const {
  at::manual_seed(Random(seed_, fmt::format("{} {} {} {}", number, world_.rank(), begin, tower)).next());
}

}  // namespace cnclip
