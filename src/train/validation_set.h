// The pairs of a validation split, read once for all stages.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>

#include "loader/pairs.h"
#include "recipe/recipe.h"
#include "train/trainee.h"

namespace cnclip {

struct ValidationSet {
  // Throws bad_input for a record that is broken.
  ValidationSet(std::shared_ptr<const PairStore> split, const DataRecipe& data);

  // Calls `use` with the image tower's features (n, embed_dim), not of unit length, of the pictures of the pairs
  // `numbers`, in order, part by part, and with their places in `numbers`. Throws bad_input for a picture that cannot
  // be decoded: figures of less than the whole set would not compare.
  void for_each_features(std::span<const std::size_t> numbers, const Trainee& trainee, TorchWeights& weights,
                         const std::function<void(const at::Tensor&, std::span<const std::size_t> places)>& use) const;

  std::shared_ptr<const PairStore> pairs;
  int threads = 1;
  std::vector<std::size_t> pair_of_image;           // the first that each picture belongs to
  std::vector<std::vector<std::int32_t>> captions;  // ids; every caption once
  std::vector<std::size_t> image_of, text_of;       // of each pair: places in the two above
};

}  // namespace cnclip
