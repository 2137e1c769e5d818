// The input of a run as bytes, which go to the device in one piece, and what they are there.
//
// Of images: the pixels. Of texts, as i32: the length of every row, then the ids of every row, padded to one length.
#pragma once

#include <ATen/core/Tensor.h>

#include "engine/shaped_texts.h"
#include "engine/torch/forward.h"

namespace cnclip {

// Of `batch` rows.
std::int64_t input_bytes(const TowerShape& tower, std::int64_t batch, std::int64_t length);

// Rows of a run of images stand one after another in the batch; rows that are left over keep what they held.
void write_images(const TowerShape& tower, const Batch& batch, const ShapedRun& run, std::uint8_t* bytes);
void write_texts(const ShapedTexts& texts, const ShapedRun& run, std::uint8_t* bytes);

// `bytes`, on the device, as a batch: a view of it, and for texts tables that are computed from it there. `type`: that
// attention computes in.
TorchBatch batch_of_bytes(const TowerShape& tower, const at::Tensor& bytes, std::int64_t batch, std::int64_t length,
                          at::ScalarType type);

}  // namespace cnclip
