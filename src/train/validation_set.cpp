#include "train/validation_set.h"

#include <unordered_map>

#include "cnclip/tokenizer.h"
#include "loader/picture_batches.h"

namespace cnclip {

ValidationSet::ValidationSet(std::shared_ptr<const PairStore> split, const DataRecipe& data)
    : pairs(std::move(split)), threads(data.threads) {
  std::unordered_map<std::int64_t, std::size_t> images, texts;
  for (std::size_t i = 0; i < pairs->size(); ++i) {
    const Pair pair = pairs->get(i, PairParts::text);
    const auto [image, new_image] = images.emplace(pair.image_id, images.size());
    if (new_image) pair_of_image.push_back(i);
    const auto [text, new_text] = texts.emplace(pair.text_id, texts.size());
    if (new_text) {
      captions.push_back(Tokenizer::chinese().encode(pair.text, data.context_length, TextVariant::training).ids);
    }
    image_of.push_back(image->second);
    text_of.push_back(text->second);
  }
}

void ValidationSet::for_each_features(
    std::span<const std::size_t> numbers, const Trainee& trainee, TorchWeights& weights,
    const std::function<void(const at::Tensor&, std::span<const std::size_t> places)>& use) const {
  const TrainedTower& tower = trainee.images();
  PictureOptions decoding;
  decoding.size = trainee.config().image_size;
  decoding.threads = threads;
  for_each_picture_batch(*pairs, numbers, decoding, [&](const PictureBatch& given) {
    const Batch batch{static_cast<std::int64_t>(given.places.size()), given.pixels, {}, {}};
    use(forward(tower.graph, weights, to_torch(batch, tower.shape, trainee.device())), given.places);
  });
}

}  // namespace cnclip
