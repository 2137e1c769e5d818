#include "train/validation.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "cnclip/tokenizer.h"
#include "loader/epoch_order.h"
#include "loader/picture_batches.h"
#include "train/contrastive_loss.h"
#include "train/features.h"

namespace cnclip {
namespace {

constexpr std::size_t kInBatch = 64;    // official: --valid-batch-size
constexpr std::size_t kTexts = 512;     // captions of one pass
constexpr std::int64_t kQueries = 512;  // rows of similarities at a time

}  // namespace

Validation::Validation(std::shared_ptr<const PairStore> pairs, const Trainee& trainee, const DataRecipe& data,
                       World& world)
    : pairs_(std::move(pairs)), trainee_(trainee), data_(data), world_(world) {
  std::unordered_map<std::int64_t, std::size_t> images, texts;
  for (std::size_t i = 0; i < pairs_->size(); ++i) {
    const Pair pair = pairs_->get(i, PairParts::text);
    const auto [image, new_image] = images.emplace(pair.image_id, images.size());
    if (new_image) pair_of_image_.push_back(i);
    const auto [text, new_text] = texts.emplace(pair.text_id, texts.size());
    if (new_text) {
      const Tokens tokens = Tokenizer::chinese().encode(pair.text, data_.context_length, TextVariant::training);
      tokens_.push_back(tokens.ids);
    }
    image_of_.push_back(image->second);
    text_of_.push_back(text->second);
  }
}

void Validation::begin_stage(TrainingPrecision precision, bool images_locked) {
  precision_ = precision;
  images_locked_ = images_locked;
  locked_images_.reset();
}

ValidRecord Validation::run() {
  const c10::NoGradGuard inference;
  const auto start = std::chrono::steady_clock::now();
  ValidRecord record;
  const Features features = encode_all();
  add_in_batch(features, record);
  std::vector<std::vector<std::size_t>> images_of(tokens_.size()), texts_of(pair_of_image_.size());
  for (std::size_t i = 0; i < image_of_.size(); ++i) {
    images_of[text_of_[i]].push_back(image_of_[i]);
    texts_of[image_of_[i]].push_back(text_of_[i]);
  }
  for (auto* lists : {&images_of, &texts_of}) {  // a pair may be there twice
    for (auto& list : *lists) {
      std::ranges::sort(list);
      list.erase(std::ranges::unique(list).begin(), list.end());
    }
  }
  record.text_to_image = recall(features.texts, features.images, images_of);
  record.image_to_text = recall(features.images, features.texts, texts_of);
  record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
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
    images = of_all_ranks(pair_of_image_.size(),
                          [&](std::size_t begin, std::size_t end) { return encode_images(begin, end, weights); });
  }
  if (images_locked_) locked_images_ = images;
  return {images, of_all_ranks(tokens_.size(),
                               [&](std::size_t begin, std::size_t end) { return encode_texts(begin, end, weights); })};
}

at::Tensor Validation::encode_images(std::size_t begin, std::size_t end, TorchWeights& weights) {
  const TrainedTower& tower = trainee_.images();
  PictureOptions decoding;
  decoding.size = trainee_.config().image_size;
  decoding.threads = data_.threads;
  std::vector<at::Tensor> rows;
  const auto pictures = std::span(pair_of_image_).subspan(begin, end - begin);
  for_each_picture_batch(*pairs_, pictures, decoding, [&](const PictureBatch& given) {
    const Batch batch{static_cast<std::int64_t>(given.places.size()), given.pixels, {}, {}};
    rows.push_back(unit_rows(forward(tower.graph, weights, to_torch(batch, tower.shape, trainee_.device()))).cpu());
  });
  return at::cat(rows);
}

at::Tensor Validation::encode_texts(std::size_t begin, std::size_t end, TorchWeights& weights) {
  const TrainedTower& tower = trainee_.texts();
  std::vector<at::Tensor> rows;
  for (std::size_t text = begin; text < end; text += kTexts) {
    std::vector<std::int32_t> ids, lengths;
    for (std::size_t i = text; i < std::min(end, text + kTexts); ++i) {
      ids.insert(ids.end(), tokens_[i].begin(), tokens_[i].end());
      lengths.push_back(static_cast<std::int32_t>(tokens_[i].size()));
    }
    const Batch batch{static_cast<std::int64_t>(lengths.size()), {}, ids, lengths};
    rows.push_back(unit_rows(forward(tower.graph, weights, to_torch(batch, tower.shape, trainee_.device()))).cpu());
  }
  return at::cat(rows);
}

void Validation::add_in_batch(const Features& features, ValidRecord& record) {
  const std::size_t count = image_of_.size(), batch = std::min(kInBatch, count);
  const EpochShape shape = EpochShape::of(count, batch);
  const EpochOrder order(shape, {count}, 0, /*seed=*/0, /*epoch=*/0);
  const auto batches = static_cast<double>(shape.places / batch);
  SingleProcess alone;
  for (std::uint64_t place = 0; place < shape.places; place += batch) {
    std::vector<std::int64_t> images, texts;
    for (std::uint64_t i = place; i < place + batch; ++i) {
      const std::size_t pair = order.number_at(i) % count;
      images.push_back(static_cast<std::int64_t>(image_of_[pair]));
      texts.push_back(static_cast<std::int64_t>(text_of_[pair]));
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
