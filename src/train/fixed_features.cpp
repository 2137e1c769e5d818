#include "train/fixed_features.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "engine/torch/fixed_tower.h"
#include "model/towers.h"

namespace cnclip {
namespace {

at::Tensor unit(const at::Tensor& rows) {
  return rows / rows.norm(2, {1}, true);
}

FixedFeatures in_parts(std::shared_ptr<FixedTower> tower, std::int64_t part) {
  return [tower, part](const TrainBatch& batch) {
    const auto count = static_cast<std::int64_t>(batch.count), at_once = part > 0 ? std::min(part, count) : count;
    std::vector<at::Tensor> rows;
    for (std::int64_t begin = 0; begin < count; begin += at_once) {
      const std::int64_t these = std::min(at_once, count - begin);
      rows.push_back(tower->features(tower->shape().takes_images() ? images_of(batch, begin, these, tower->shape())
                                                                   : texts_of(batch, begin, these)));
    }
    return unit(rows.size() == 1 ? rows[0] : at::cat(rows));
  };
}

}  // namespace

FixedFeatures locked_images(const Trainee& trainee, TrainingPrecision precision, std::int64_t part) {
  return in_parts(std::make_shared<FixedTower>(image_tower(trainee.config()), trainee.weights(),
                                               compute_type(precision), trainee.device()),
                  part);
}

FixedFeatures locked_texts(const Trainee& trainee, TrainingPrecision precision, std::int64_t part) {
  return in_parts(std::make_shared<FixedTower>(text_tower(trainee.config()), trainee.weights(), compute_type(precision),
                                               trainee.device()),
                  part);
}

Teacher teacher_from(const std::string& file, int image_size, TrainingPrecision precision, std::int64_t part,
                     at::Device device) {
  const Checkpoint checkpoint = load_checkpoint(file);
  if (checkpoint.config.image_size != image_size) {
    throw_bad_input("{}: the teacher sees pictures of {} x {}, the student of {} x {}; they must see the same", file,
                    checkpoint.config.image_size, checkpoint.config.image_size, image_size, image_size);
  }
  return {in_parts(std::make_shared<FixedTower>(image_tower(checkpoint.config), checkpoint.weights,
                                                compute_type(precision), device),
                   part),
          checkpoint.config.embed_dim};
}

}  // namespace cnclip
