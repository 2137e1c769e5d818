#include "engine/shaped_texts.h"

#include <algorithm>

namespace cnclip {

ShapedTexts::ShapedTexts(const Batch& batch) : batch_(batch) {
  std::size_t end = 0;
  for (const std::int32_t length : batch.lengths) {
    begin_.push_back(end);
    end += static_cast<std::size_t>(length);
  }
}

std::size_t ShapedTexts::row(const ShapedRun& run, std::int64_t i) {
  return run.rows[std::min(static_cast<std::size_t>(i), run.rows.size() - 1)];
}

std::int32_t ShapedTexts::length(const ShapedRun& run, std::int64_t i) const {
  return batch_.lengths[row(run, i)];
}

void ShapedTexts::copy_ids(const ShapedRun& run, std::int64_t i, std::int32_t* ids) const {
  const std::int32_t size = length(run, i);
  std::copy_n(&batch_.ids[begin_[row(run, i)]], size, ids);
  std::fill(ids + size, ids + run.length, 0);
}

}  // namespace cnclip
