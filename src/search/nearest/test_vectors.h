// Vectors for tests: of unit length, in clusters.
#pragma once

#include <cmath>
#include <numeric>

#include "base/random.h"
#include "search/nearest/vector_store.h"

namespace cnclip::search {

inline std::vector<float> random_vectors(std::size_t count, std::size_t width, std::uint64_t seed,
                                         std::size_t clusters = 0) {
  Random random(seed);
  std::vector<float> centres(clusters * width);
  Random shared(7);
  for (float& value : centres) value = static_cast<float>(shared.normal());
  std::vector<float> vectors(count * width);
  for (std::size_t i = 0; i < count; ++i) {
    const std::span<float> vector(&vectors[i * width], width);
    const std::size_t cluster = clusters > 0 ? static_cast<std::size_t>(random.next() % clusters) : 0;
    for (std::size_t j = 0; j < width; ++j) {
      vector[j] = static_cast<float>(random.normal());
      if (clusters > 0) vector[j] += centres[cluster * width + j];
    }
    const double length = std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
    for (float& value : vector) value = static_cast<float>(value / length);
  }
  return vectors;
}

// Rows are numbered from 1.
inline void add_vectors(VectorStore& store, std::span<const float> vectors, std::int64_t first = 1) {
  const auto width = static_cast<std::size_t>(store.width());
  for (std::size_t i = 0; i < vectors.size() / width; ++i)
    store.set(first + static_cast<std::int64_t>(i), vectors.subspan(i * width, width));
  store.publish();
}

}  // namespace cnclip::search
