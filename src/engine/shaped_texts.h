// The texts of a batch as the runs of engine/buckets.h have them: rows of one length.
#pragma once

#include "engine/buckets.h"
#include "engine/engine.h"

namespace cnclip {

class ShapedTexts {
 public:
  // Keeps a reference to what `batch` views.
  explicit ShapedTexts(const Batch& batch);

  // The tokens in row `i` of a run. Rows that are left over repeat the last.
  std::int32_t length(const ShapedRun& run, std::int64_t i) const;
  // Its ids, with zeros up to the run's length.
  void copy_ids(const ShapedRun& run, std::int64_t i, std::int32_t* ids) const;

 private:
  static std::size_t row(const ShapedRun& run, std::int64_t i);
  Batch batch_;
  std::vector<std::size_t> begin_;  // of each row in batch.ids
};

}  // namespace cnclip
