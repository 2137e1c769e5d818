// How a batch is cut into runs of a small fixed set of shapes: the CPU plug-in keeps kernels and buffers for every
// shape it has met, so a free choice of shapes would let memory grow for ever.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cnclip {

struct Run {
  std::vector<std::size_t> rows;  // of the batch; at least one
  std::int64_t batch = 0;         // rows to compute: rows.size(), or more where padding is cheaper than another run
  std::int64_t length = 1;        // tokens a row; 1 for images
};

const std::vector<std::int64_t>& batch_sizes();

std::vector<Run> plan_images(std::int64_t count);
// Rows of like length go together. `longest` is the longest text that the tower has positions for.
std::vector<Run> plan_texts(std::span<const std::int32_t> lengths, std::int64_t longest);

}  // namespace cnclip
