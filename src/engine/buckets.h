// How a batch is cut into runs of a small fixed set of shapes, for engines that keep something for every shape they
// have met (kernels and buffers, CUDA graphs): a free choice of shapes would let memory grow for ever.
//
// A row's run has the length of the row's own bucket, never of a longer neighbour's: padded keys weigh exactly zero,
// but the sums over them round differently.
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

// The runs that an engine wants, of images or of texts.
struct RunSizes {
  std::vector<std::int64_t> batches;  // rows that a run may have, from 1 upwards
  std::int64_t most = 0;              // images, or tokens, of a run; larger ones gain nothing
  double overhead = 0;                // what a run costs besides its rows, measured in images or in tokens
  std::int64_t multiple = 1;          // lengths are multiples of it, where the model has positions for that
};

// With several streams no run is larger than the share of one of them, so that all have work.
std::vector<ShapedRun> plan_images(std::int64_t count, const RunSizes& sizes, int streams = 1);
// `longest` is the longest text that the tower has positions for. Long texts come first: streams then end together.
std::vector<ShapedRun> plan_texts(std::span<const std::int32_t> lengths, std::int64_t longest, const RunSizes& sizes,
                                  int streams = 1);

}  // namespace cnclip
