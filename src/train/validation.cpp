#include "train/validation.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "loader/epoch_order.h"
#include "train/contrastive_loss.h"
#include "train/features.h"

namespace cnclip {
namespace {

constexpr std::size_t kInBatch = 64;    // official: --valid-batch-size
constexpr std::size_t kTexts = 512;     // captions of one pass
constexpr std::int64_t kQueries = 512;  // rows of similarities at a time

}  // namespace

Validation::Validation(const ValidationSet& set, const Trainee& trainee, World& world, TrainingPrecision precision,
                       bool images_locked)
    : set_(set), trainee_(trainee), world_(world), precision_(precision), images_locked_(images_locked) {}

ValidRecord Validation::run() {
  const c10::NoGradGuard inference;
  ValidRecord record;
  const Features features = encode_all();
  add_in_batch(features, record);
  std::vector<std::vector<std::size_t>> images_of(set_.captions.size()), texts_of(set_.pair_of_image.size());
  for (std::size_t i = 0; i < set_.image_of.size(); ++i) {
    images_of[set_.text_of[i]].push_back(set_.image_of[i]);
    texts_of[set_.image_of[i]].push_back(set_.text_of[i]);
  }
  for (auto* lists : {&images_of, &texts_of}) {  // a pair may be there twice
    for (auto& list : *lists) {
      std::ranges::sort(list);
      list.erase(std::ranges::unique(list).begin(), list.end());
    }
  }
  record.text_to_image = recall(features.texts, features.images, images_of);
  record.image_to_text = recall(features.images, features.texts, texts_of);
  return record;
}

Validation::Features Validation::encode_all() {
  TorchWeights weights(trainee_.tensors(), compute_type(precision_));
  // Every rank's share is of the same size, the last ones' filled up with zeros.
  const auto of_all_ranks = [&](std::size_t count, auto encode) {
    const auto ranks = static_cast<std::size_t>(world_.size()), rank = static_cast<std::size_t>(world_.rank());
    const std::size_t each = (count + ranks - 1) / ranks;
    const std::size_t begin = std::min(count, rank * each), end = std::min(count, begin + each);
    at::Tensor mine = at::zeros({static_cast<std::int64_t>(each), trainee_.config().embed_dim});
    if (end > begin) mine.narrow(0, 0, static_cast<std::int64_t>(end - begin)).copy_(encode(begin, end));
    return world_.gather(mine).narrow(0, 0, static_cast<std::int64_t>(count));
  };
  at::Tensor images = locked_images_;
  if (!images.defined()) {
    images = of_all_ranks(set_.pair_of_image.size(),
                          [&](std::size_t begin, std::size_t end) { return encode_images(begin, end, weights); });
  }
  if (images_locked_) locked_images_ = images;
  return {images, of_all_ranks(set_.captions.size(),
                               [&](std::size_t begin, std::size_t end) { return encode_texts(begin, end, weights); })};
}

at::Tensor Validation::encode_images(std::size_t begin, std::size_t end, TorchWeights& weights) {
  std::vector<at::Tensor> rows;
  set_.for_each_features(std::span(set_.pair_of_image).subspan(begin, end - begin), trainee_, weights,
                         [&](const at::Tensor& features, auto) { rows.push_back(unit_rows(features).cpu()); });
  return at::cat(rows);
}

at::Tensor Validation::encode_texts(std::size_t begin, std::size_t end, TorchWeights& weights) {
  const TrainedTower& tower = trainee_.texts();
  std::vector<at::Tensor> rows;
  for (std::size_t text = begin; text < end; text += kTexts) {
    std::vector<std::int32_t> ids, lengths;
    for (std::size_t i = text; i < std::min(end, text + kTexts); ++i) {
      ids.insert(ids.end(), set_.captions[i].begin(), set_.captions[i].end());
      lengths.push_back(static_cast<std::int32_t>(set_.captions[i].size()));
    }
    const Batch batch{static_cast<std::int64_t>(lengths.size()), {}, ids, lengths};
    rows.push_back(unit_rows(forward(tower.graph, weights, to_torch(batch, tower.shape, trainee_.device()))).cpu());
  }
  return at::cat(rows);
}

void Validation::add_in_batch(const Features& features, ValidRecord& record) {
  const std::size_t count = set_.image_of.size(), batch = std::min(kInBatch, count);
  const EpochShape shape = EpochShape::of(count, batch);
  const EpochOrder order(shape, {count}, 0, /*seed=*/0, /*epoch=*/0);
  const auto batches = static_cast<double>(shape.places / batch);
  SingleProcess alone;
  for (std::uint64_t place = 0; place < shape.places; place += batch) {
    std::vector<std::int64_t> images, texts;
    for (std::uint64_t i = place; i < place + batch; ++i) {
      const std::size_t pair = order.number_at(i) % count;
      images.push_back(static_cast<std::int64_t>(set_.image_of[pair]));
      texts.push_back(static_cast<std::int64_t>(set_.text_of[pair]));
    }
    const ContrastiveLoss loss =
        contrastive_loss(features.images.index_select(0, at::tensor(images)),
                         features.texts.index_select(0, at::tensor(texts)), trainee_.logit_scale(), alone);
    record.loss += loss.loss / batches;
    record.image_to_text_accuracy += loss.image_to_text / batches;
    record.text_to_image_accuracy += loss.text_to_image / batches;
  }
}

Recall recall(const at::Tensor& queries, const at::Tensor& candidates,
              const std::vector<std::vector<std::size_t>>& positives) {
  Recall found;
  for (std::int64_t begin = 0; begin < queries.size(0); begin += kQueries) {
    const std::int64_t rows = std::min(kQueries, queries.size(0) - begin);
    const at::Tensor scores = at::mm(queries.narrow(0, begin, rows), candidates.t()).contiguous();
    for (std::int64_t row = 0; row < rows; ++row) {
      const float* of = scores.data_ptr<float>() + row * scores.size(1);
      const auto& mine = positives[static_cast<std::size_t>(begin + row)];
      float best = -2;
      for (const std::size_t candidate : mine) best = std::max(best, of[candidate]);
      std::int64_t before = std::count_if(of, of + scores.size(1), [&](float score) { return !(score < best); });
      before -= std::ranges::count_if(mine, [&](std::size_t candidate) { return !(of[candidate] < best); });
      found.r1 += before < 1 ? 1 : 0;
      found.r5 += before < 5 ? 1 : 0;
      found.r10 += before < 10 ? 1 : 0;
    }
  }
  const double percent = 100 / static_cast<double>(std::max<std::int64_t>(queries.size(0), 1));
  found.r1 *= percent, found.r5 *= percent, found.r10 *= percent;
  return found;
}

}  // namespace cnclip
