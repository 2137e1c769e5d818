#include "train/feature_cache.h"

#include <ATen/ATen.h>

#include <cstring>
#include <unordered_map>

#include "base/error.h"
#include "checkpoint/load.h"
#include "checkpoint/safetensors.h"
#include "loader/picture_batches.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

Tensor integers(DType type, std::size_t count) {
  return Tensor::allocate(type, {static_cast<std::int64_t>(count)});
}

// Pairs whose pictures are sound.
class UsablePairs final : public PairStore {
 public:
  UsablePairs(std::shared_ptr<const PairStore> pairs, std::vector<Tensor> rows, std::size_t chunk_pairs)
      : pairs_(std::move(pairs)), rows_(std::move(rows)), chunk_pairs_(chunk_pairs) {}
  std::size_t size() const override { return pairs_->size(); }
  std::vector<std::size_t> shard_sizes() const override { return pairs_->shard_sizes(); }
  Pair get(std::size_t index, PairParts parts) const override {
    Pair pair = pairs_->get(index, parts);
    if (rows_[index / chunk_pairs_].data<std::int32_t>()[index % chunk_pairs_] < 0) {
      throw_bad_input("{}: the picture cannot be decoded", pair.where);
    }
    return pair;
  }

 private:
  std::shared_ptr<const PairStore> pairs_;
  std::vector<Tensor> rows_;  // of each chunk
  std::size_t chunk_pairs_;
};

}  // namespace

FeatureCache::FeatureCache(fs::path folder, std::shared_ptr<const PairStore> pairs, FeatureCacheOptions options)
    : folder_(std::move(folder)), pairs_(std::move(pairs)), options_(options) {}

fs::path FeatureCache::file(std::int64_t view, std::size_t chunk) const {
  return folder_ / fmt::format("view-{}", view) / fmt::format("{:06}.safetensors", chunk);
}

std::size_t FeatureCache::chunks() const {
  return (pairs_->size() + options_.chunk_pairs - 1) / options_.chunk_pairs;
}

void FeatureCache::build(World& world, const Encode& encode, const Tell& tell) {
  const auto ranks = static_cast<std::size_t>(world.size()), rank = static_cast<std::size_t>(world.rank());
  const std::size_t all = chunks() * static_cast<std::size_t>(options_.views);
  for (std::size_t i = rank; i < all; i += ranks) {
    const auto view = static_cast<std::int64_t>(i / chunks());
    const std::size_t chunk = i % chunks();
    if (!fs::exists(file(view, chunk))) compute(view, chunk, encode);
    tell(std::min(i + ranks, all), all);
  }
  world.sum(0);  // all are there now
  views_.clear();
  for (std::int64_t view = 0; view < options_.views; ++view) {
    std::vector<Chunk>& opened = views_.emplace_back();
    for (std::size_t chunk = 0; chunk < chunks(); ++chunk) opened.push_back(open(view, chunk));
  }
}

void FeatureCache::compute(std::int64_t view, std::size_t chunk, const Encode& encode) const {
  const std::size_t begin = chunk * options_.chunk_pairs, end = std::min(pairs_->size(), begin + options_.chunk_pairs);
  Tensor image_ids = integers(DType::i64, end - begin), rows = integers(DType::i32, end - begin);
  const auto ids = image_ids.mutable_data<std::int64_t>();
  const auto row_of = rows.mutable_data<std::int32_t>();
  std::vector<std::size_t> pictures;  // the first pair of each
  std::unordered_map<std::int64_t, std::int32_t> known;
  for (std::size_t pair = begin; pair < end; ++pair) {
    std::int32_t& row = row_of[pair - begin];
    try {
      ids[pair - begin] = pairs_->get(pair, PairParts::text).image_id;
    } catch (const Error& error) {
      if (error.category() != ErrorCategory::bad_input) throw;
      row = -1;
      continue;
    }
    const auto [place, added] = known.emplace(ids[pair - begin], static_cast<std::int32_t>(pictures.size()));
    if (added) pictures.push_back(pair);
    row = place->second;
  }

  std::vector<std::int32_t> kept(pictures.size(), -1);  // the row that each picture gets
  std::vector<at::Tensor> made;
  std::int32_t made_rows = 0;
  PictureOptions decoding;
  decoding.size = options_.image_size;
  decoding.threads = options_.threads;
  if (options_.augment) {
    decoding.key = [&](std::size_t number) { return DrawKey{options_.seed, static_cast<std::uint64_t>(view), number}; };
  }
  decoding.damaged = [](std::size_t) {};  // its pairs keep the row -1
  for_each_picture_batch(*pairs_, pictures, decoding, [&](const PictureBatch& batch) {
    const auto count = static_cast<std::int64_t>(batch.places.size());
    for (const std::size_t place : batch.places) kept[place] = made_rows++;
    made.push_back(encode({count, batch.pixels, {}, {}}).to(at::kCPU, at::kFloat).contiguous());
  });
  for (std::int32_t& row : row_of) row = row < 0 ? -1 : kept[static_cast<std::size_t>(row)];

  Tensor features = Tensor::allocate(DType::f32, {made_rows, options_.width});
  float* out = features.mutable_data<float>().data();
  for (const at::Tensor& part : made) {
    std::memcpy(out, part.data_ptr<float>(), static_cast<std::size_t>(part.numel()) * sizeof(float));
    out += part.numel();
  }
  TensorMap content;
  content.set("image_ids", image_ids);
  content.set("rows", rows);
  content.set("features", features);
  fs::create_directories(file(view, chunk).parent_path());
  write_safetensors(file(view, chunk), content, {});
}

FeatureCache::Chunk FeatureCache::open(std::int64_t view, std::size_t chunk) const {
  const fs::path path = file(view, chunk);
  const RawCheckpoint raw = read_raw(path);
  const std::size_t begin = chunk * options_.chunk_pairs;
  const auto count = static_cast<std::int64_t>(std::min(options_.chunk_pairs, pairs_->size() - begin));
  const auto load = [&](const char* name, DType type, std::size_t dimensions) {
    const LazyTensor* found = raw.tensors.find(name);
    if (found == nullptr || found->dtype != type || found->shape.size() != dimensions) {
      throw_bad_input("{}: has no {} of {}: delete {}, it is made anew", path.string(), name, name_of(type),
                      folder_.string());
    }
    return found->load();
  };
  Chunk made{load("image_ids", DType::i64, 1), load("rows", DType::i32, 1), load("features", DType::f32, 2)};
  if (made.image_ids.size() != count || made.rows.size() != count || made.features.shape()[1] != options_.width) {
    throw_bad_input("{}: {} pairs of width {}, {} of {} are wanted: delete {}, it is made anew", path.string(),
                    made.rows.size(), made.features.shape()[1], count, options_.width, folder_.string());
  }
  for (const std::int32_t row : made.rows.data<std::int32_t>()) {
    if (row < -1 || row >= made.features.shape()[0])
      throw_bad_input("{}: row {} of {}", path.string(), row, made.features.shape()[0]);
  }
  return made;
}

at::Tensor FeatureCache::features(const TrainBatch& batch) const {
  const auto& view = views_[batch.position.epoch % static_cast<std::uint64_t>(options_.views)];
  const auto width = static_cast<std::size_t>(options_.width);
  at::Tensor rows = at::empty({static_cast<std::int64_t>(batch.count), options_.width}, at::kFloat);
  for (std::size_t i = 0; i < batch.count; ++i) {
    const std::size_t number = batch.pairs[i], place = number % options_.chunk_pairs;
    const Chunk& chunk = view[number / options_.chunk_pairs];
    if (chunk.image_ids.data<std::int64_t>()[place] != batch.image_ids[i]) {
      throw_bad_input(
          "{}: pair {} has another picture than when its features were computed: delete the folder, it is "
          "made anew",
          folder_.string(), number);
    }
    const auto row = static_cast<std::size_t>(chunk.rows.data<std::int32_t>()[place]);
    std::memcpy(rows.data_ptr<float>() + i * width, chunk.features.data<float>().data() + row * width,
                width * sizeof(float));
  }
  return rows;
}

std::shared_ptr<const PairStore> FeatureCache::usable_pairs() const {
  std::vector<Tensor> rows;
  for (const Chunk& chunk : views_[0]) rows.push_back(chunk.rows);
  return std::make_shared<UsablePairs>(pairs_, std::move(rows), options_.chunk_pairs);
}

}  // namespace cnclip
