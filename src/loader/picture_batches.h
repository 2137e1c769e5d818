// Pictures of given pairs as pixels, decoded on threads, in batches.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "augment/train_transform.h"
#include "cnclip/error.h"
#include "loader/pairs.h"

namespace cnclip {

// The picture as the model takes it, (3, size, size) bytes: by the training transform that `key` draws, or without one
// by the evaluation transform. Throws bad_input for one that cannot be decoded.
void decode_pair(const Pair& pair, const std::optional<DrawKey>& key, int size, std::span<std::uint8_t> planes);

struct PictureBatch {
  std::vector<std::uint8_t> pixels;  // (count, 3, size, size)
  std::vector<std::size_t> places;   // (count), in `numbers`
};

struct PictureOptions {
  int size = 224;
  int threads = 1;
  std::function<std::optional<DrawKey>(std::size_t number)> key;  // none: the evaluation transform for all
  // A picture that cannot be had: it is left out. None: the error ends all.
  std::function<void(std::size_t place)> damaged;
};

// Calls `use` with the pictures of the pairs `numbers`, in order, 64 at a time.
void for_each_picture_batch(const PairStore& pairs, std::span<const std::size_t> numbers, const PictureOptions& options,
                            const std::function<void(const PictureBatch&)>& use);

}  // namespace cnclip
