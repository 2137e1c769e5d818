#include "train/word_validation.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <chrono>
#include <unordered_set>

#include "cnclip/tokenizer.h"
#include "loader/picture_batches.h"
#include "train/features.h"

namespace cnclip {

WordValidation::WordValidation(std::shared_ptr<const PairStore> pairs, const CaptionWords& words,
                               const Trainee& trainee, const DataRecipe& data, World& world,
                               TrainingPrecision precision)
    : pairs_(std::move(pairs)), words_(words), trainee_(trainee), data_(data), world_(world), precision_(precision) {
  std::unordered_set<std::int64_t> pictures;
  for (std::size_t i = 0; i < pairs_->size(); ++i) {
    const Pair pair = pairs_->get(i, PairParts::text);
    if (!pictures.insert(pair.image_id).second) continue;
    if (pictures.size() % static_cast<std::size_t>(world.size()) != static_cast<std::size_t>(world.rank())) continue;
    mine_.push_back(i);
    captions_.push_back(Tokenizer::chinese().encode(pair.text, data.context_length, TextVariant::training).ids);
  }
  pictures_ = static_cast<double>(pictures.size());
}

ValidRecord WordValidation::run() const {
  const c10::NoGradGuard inference;
  const auto start = std::chrono::steady_clock::now();
  TorchWeights weights(trainee_.tensors(), compute_type(precision_));
  const TrainedTower& tower = trainee_.images();
  PictureOptions decoding;
  decoding.size = trainee_.config().image_size;
  decoding.threads = data_.threads;
  double loss = 0, right = 0, words = 0;
  for_each_picture_batch(*pairs_, mine_, decoding, [&](const PictureBatch& given) {
    std::vector<std::int32_t> ids, lengths;
    for (const std::size_t place : given.places) {
      ids.insert(ids.end(), captions_[place].begin(), captions_[place].end());
      lengths.push_back(static_cast<std::int32_t>(captions_[place].size()));
    }
    const Batch rows{static_cast<std::int64_t>(given.places.size()), given.pixels, {}, {}};
    const at::Tensor features = forward(tower.graph, weights, to_torch(rows, tower.shape, trainee_.device()));
    const WordLoss made = word_loss(features, words_.labels(ids, lengths).to(trainee_.device()), weights);
    loss += made.loss.item<double>();
    right += made.right;
    words += made.words;
  });
  const double told = world_.sum(right) / std::max(world_.sum(words), 1.0);
  return word_record(world_.sum(loss) / pictures_, told,
                     std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

}  // namespace cnclip
