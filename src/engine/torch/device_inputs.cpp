#include "engine/torch/device_inputs.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

namespace cnclip {
namespace {

// All rows have one length as far as linear layers know; attention alone sees where they end.
PackedRows padded_rows(const at::Tensor& lengths, std::int64_t length, at::ScalarType type) {
  PackedRows made;
  made.rows = lengths.size(0);
  made.shortest = made.longest = length;
  const at::Tensor places = at::arange(length, lengths.options().dtype(at::kLong));
  made.starts = at::arange(0, made.rows * length, length, places.options());
  made.positions = places.repeat({made.rows});
  // Added to the scores: in this form every layer takes it as it is.
  made.mask = at::zeros({made.rows, length}, lengths.options().dtype(type))
                  .masked_fill_(places >= lengths.unsqueeze(1), -std::numeric_limits<double>::infinity())
                  .view({made.rows, 1, 1, length});
  return made;
}

}  // namespace

std::int64_t input_bytes(const TowerShape& tower, std::int64_t batch, std::int64_t length) {
  const auto word = static_cast<std::int64_t>(sizeof(std::int32_t));
  return batch * (tower.takes_images() ? tower.row_bytes() : (length + 1) * word);
}

void write_images(const TowerShape& tower, const Batch& batch, const ShapedRun& run, std::uint8_t* bytes) {
  const auto row_bytes = static_cast<std::size_t>(tower.row_bytes());
  std::ranges::copy(batch.pixels.subspan(run.rows.front() * row_bytes, run.rows.size() * row_bytes), bytes);
}

void write_texts(const ShapedTexts& texts, const ShapedRun& run, std::uint8_t* bytes) {
  auto* lengths = reinterpret_cast<std::int32_t*>(bytes);
  std::int32_t* ids = lengths + run.batch;
  for (std::int64_t i = 0; i < run.batch; ++i, ids += run.length) {
    lengths[i] = texts.length(run, i);
    texts.copy_ids(run, i, ids);
  }
}

TorchBatch batch_of_bytes(const TowerShape& tower, const at::Tensor& bytes, std::int64_t batch, std::int64_t length,
                          at::ScalarType type) {
  TorchBatch made;
  const at::Tensor used = bytes.narrow(0, 0, input_bytes(tower, batch, length));
  if (tower.takes_images()) {
    made.pixels = used.view({batch, 3, tower.image_size, tower.image_size});
    return made;
  }
  const at::Tensor words = used.view(at::kInt);
  made.rows = padded_rows(words.narrow(0, 0, batch), length, type);
  made.ids = words.narrow(0, batch, batch * length);
  return made;
}

}  // namespace cnclip
