#include "train/stage_sources.h"

#include <ATen/ATen.h>

#include "base/error.h"
#include "base/sha256.h"
#include "engine/torch/fixed_tower.h"
#include "model/parameters.h"
#include "model/towers.h"
#include "train/feature_cache.h"
#include "train/features.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Runs for every batch, `part` pairs at a time (0: all).
FixedFeatures live(std::shared_ptr<FixedTower> tower, std::int64_t part) {
  return [tower, part](const TrainBatch& batch) {
    const auto count = static_cast<std::int64_t>(batch.count), at_once = part > 0 ? std::min(part, count) : count;
    std::vector<at::Tensor> rows;
    for (std::int64_t begin = 0; begin < count; begin += at_once) {
      const std::int64_t these = std::min(at_once, count - begin);
      rows.push_back(tower->features(tower->shape().takes_images() ? images_of(batch, begin, these, tower->shape())
                                                                   : texts_of(batch, begin, these)));
    }
    return unit_rows(rows.size() == 1 ? rows[0] : at::cat(rows));
  };
}

// Of all that an image tower's features depend on.
std::string fingerprint(const ModelConfig& config, const TensorMap& weights, const Recipe& recipe, const Stage& stage) {
  const DataRecipe& data = recipe.data;
  std::string text =
      fmt::format("{} {} {} {} {} {}\n", to_json(config), fs::weakly_canonical(data.train).string(), data.train_split,
                  name_of(stage.precision), data.augment, data.augment ? recipe.run.seed : 0);
  for (const Parameter& parameter : parameters(config)) {
    if (!parameter.name.starts_with("visual.") || parameter.dtype == DType::i64) continue;
    text += sha256_hex(weights.at(parameter.name).load().to(DType::f32).bytes());
  }
  return sha256_hex(std::as_bytes(std::span(text))).substr(0, 20);
}

class Opener {
 public:
  Opener(const Recipe& recipe, const Stage& stage, const Trainee& trainee, const fs::path& folder, World& world,
         const std::function<void(const std::string&)>& say)
      : recipe_(recipe), stage_(stage), trainee_(trainee), folder_(folder), world_(world), say_(say) {}

  std::shared_ptr<FixedTower> tower(Graph graph, const TensorMap& weights) const {
    return std::make_shared<FixedTower>(std::move(graph), weights, compute_type(stage_.precision), trainee_.device());
  }

  FixedFeatures cached(const ModelConfig& config, const TensorMap& weights, std::int64_t views,
                       std::shared_ptr<const PairStore>& pairs) const {
    FeatureCacheOptions options;
    options.image_size = config.image_size;
    options.width = config.embed_dim;
    options.augment = recipe_.data.augment;
    options.seed = recipe_.run.seed;
    options.views = views;
    options.threads = recipe_.data.threads;
    const auto cache =
        std::make_shared<FeatureCache>(folder_ / fingerprint(config, weights, recipe_, stage_), pairs, options);
    std::shared_ptr<FixedTower> made;  // only if a chunk is missing
    cache->build(
        world_,
        [&](const Batch& pictures) {
          if (!made) made = tower(image_tower(config), weights);
          return unit_rows(made->features(pictures));
        },
        [&](std::size_t done, std::size_t of) {
          if (made) say_(fmt::format("features of pictures: {} of {} chunks", done, of));
        });
    pairs = cache->usable_pairs();
    return [cache, device = trainee_.device()](const TrainBatch& batch) { return cache->features(batch).to(device); };
  }

  Checkpoint teacher() const {
    const std::string& file = stage_.distill->teacher;
    Checkpoint checkpoint = load_checkpoint(file);
    const int size = recipe_.model.arch.image_size;
    if (checkpoint.config.image_size != size) {
      throw_bad_input("{}: the teacher sees pictures of {} x {}, the student of {} x {}; they must see the same", file,
                      checkpoint.config.image_size, checkpoint.config.image_size, size, size);
    }
    return checkpoint;
  }

 private:
  const Recipe& recipe_;
  const Stage& stage_;
  const Trainee& trainee_;
  const fs::path& folder_;
  World& world_;
  const std::function<void(const std::string&)>& say_;
};

}  // namespace

StageSources open_sources(const Recipe& recipe, const Stage& stage, const Trainee& trainee,
                          std::shared_ptr<const PairStore> pairs, const fs::path& folder, World& world,
                          const std::function<void(const std::string&)>& say) {
  const Opener opener(recipe, stage, trainee, folder, world, say);
  const Freeze freeze(stage.freeze, recipe.model.arch);
  const ModelConfig& config = trainee.config();
  StageSources sources;
  sources.pairs = std::move(pairs);
  if (stage.cache_views > 0) {
    sources.features.images = opener.cached(config, trainee.weights(), stage.cache_views, sources.pairs);
    sources.pictures = false;
  } else if (freeze.vision_locked()) {
    sources.features.images = live(opener.tower(image_tower(config), trainee.weights()), stage.micro_batch);
  }
  if (freeze.text_locked()) {
    sources.features.texts = live(opener.tower(text_tower(config), trainee.weights()), stage.micro_batch);
  }
  if (stage.distill) {
    const Checkpoint teacher = opener.teacher();
    sources.teacher_width = teacher.config.embed_dim;
    sources.features.teacher =
        stage.distill->cache ? opener.cached(teacher.config, teacher.weights, 1, sources.pairs)
                             : live(opener.tower(image_tower(teacher.config), teacher.weights), stage.micro_batch);
  }
  return sources;
}

}  // namespace cnclip
