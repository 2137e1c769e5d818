#include "loader/picture_batches.h"

#include "base/ordered_pipeline.h"
#include "cnclip/image.h"

namespace cnclip {
namespace {

constexpr std::size_t kAtOnce = 64;

}  // namespace

void decode_pair(const Pair& pair, const std::optional<DrawKey>& key, int size, std::span<std::uint8_t> planes) {
  const auto bytes = std::as_bytes(std::span(pair.image));
  if (key) {
    decode_train_u8(bytes, pair.where, *key, size, planes);
  } else {
    decode_preprocess_u8(bytes, pair.where, size, planes);
  }
}

void for_each_picture_batch(const PairStore& pairs, std::span<const std::size_t> numbers, const PictureOptions& options,
                            const std::function<void(const PictureBatch&)>& use) {
  using Pixels = std::vector<std::uint8_t>;  // empty: damaged
  const std::size_t bytes = 3 * static_cast<std::size_t>(options.size) * static_cast<std::size_t>(options.size);
  std::size_t next = 0;
  OrderedPipeline<std::size_t, Pixels> decoded(
      options.threads, 2 * kAtOnce,
      [&] { return next < numbers.size() ? std::optional(numbers[next++]) : std::nullopt; },
      [&](std::size_t number) {
        Pixels pixels(bytes);
        try {
          decode_pair(pairs.get(number), options.key ? options.key(number) : std::nullopt, options.size, pixels);
        } catch (const Error& error) {
          if (!options.damaged || error.category() != ErrorCategory::bad_input) throw;
          pixels.clear();
        }
        return pixels;
      });
  PictureBatch batch;
  for (std::size_t place = 0; place < numbers.size(); ++place) {
    const Pixels pixels = *decoded.next();
    if (pixels.empty()) {
      options.damaged(place);
    } else {
      batch.pixels.insert(batch.pixels.end(), pixels.begin(), pixels.end());
      batch.places.push_back(place);
    }
    const bool full = batch.places.size() == kAtOnce || place + 1 == numbers.size();
    if (!full || batch.places.empty()) continue;
    use(batch);
    batch = {};
  }
}

}  // namespace cnclip
