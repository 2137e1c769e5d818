#include "train/features.h"

#include <ATen/ATen.h>

#include <numeric>

#include "base/error.h"

namespace cnclip {

at::ScalarType compute_type(TrainingPrecision precision) {
  switch (precision) {
    case TrainingPrecision::f32: return at::kFloat;
    case TrainingPrecision::bf16: return at::kBFloat16;
    case TrainingPrecision::f16: return at::kHalf;
  }
  throw_internal("training: precision {}", static_cast<int>(precision));
}

Batch images_of(const TrainBatch& batch, std::int64_t begin, std::int64_t count, const TowerShape& shape) {
  const auto bytes = static_cast<std::size_t>(shape.row_bytes());
  Batch part;
  part.count = count;
  part.pixels = {batch.pixels.get() + static_cast<std::size_t>(begin) * bytes, static_cast<std::size_t>(count) * bytes};
  return part;
}

Batch texts_of(const TrainBatch& batch, std::int64_t begin, std::int64_t count) {
  const std::span<const std::int32_t> lengths(batch.lengths);
  const auto tokens = [](std::span<const std::int32_t> of) {
    return std::accumulate(of.begin(), of.end(), std::size_t{0});
  };
  Batch part;
  part.count = count;
  part.lengths = lengths.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(count));
  part.ids = std::span(batch.ids).subspan(tokens(lengths.first(static_cast<std::size_t>(begin))), tokens(part.lengths));
  return part;
}

at::Tensor unit_rows(const at::Tensor& rows) {
  const at::Tensor exact = rows.to(at::kFloat);
  return exact / exact.norm(2, {1}, true);
}

}  // namespace cnclip
