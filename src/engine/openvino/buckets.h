// How a batch is cut into runs of a small fixed set of shapes: the CPU plug-in keeps kernels and buffers for every
// shape it has met, so a free choice of shapes would let memory grow for ever.
//
// A row's run has the length of the row's own bucket, never of a longer neighbour's: padded keys weigh exactly zero,
// but the sums over them round differently. The number of rows in a run changes no bits (f32 and bf16; see the tests),
// so a feature depends on its own input alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cnclip {

struct ShapedRun {
  std::vector<std::size_t> rows;  // of the batch; at least one
  std::int64_t batch = 0;         // rows to compute: rows.size(), or more where padding is cheaper than another run
  std::int64_t length = 1;        // tokens a row; 1 for images
};

const std::vector<std::int64_t>& batch_sizes();

// With several streams no run is larger than the share of one of them, so that all have work.
std::vector<ShapedRun> plan_images(std::int64_t count, int streams);
// `longest` is the longest text that the tower has positions for. Long texts come first: streams then end together.
std::vector<ShapedRun> plan_texts(std::span<const std::int32_t> lengths, std::int64_t longest, int streams);

}  // namespace cnclip
