// Work on the device that is launched as a whole: for small runs the time to launch every kernel by itself is more than
// the kernels take.
#pragma once

#include <ATen/cuda/CUDAGraph.h>

#include <functional>
#include <memory>
#include <optional>

#include "base/recently_used.h"

namespace cnclip {

struct RunShape {
  std::int64_t batch = 0, length = 0;
  bool operator==(const RunShape&) const = default;
};

class CapturedGraphs {
 public:
  // Keeps graphs of the `most` shapes that were used last. Their memory is in `pool`, which others may share that run
  // on the same stream.
  CapturedGraphs(std::size_t most, c10::MempoolId_t pool) : met_(most), pool_(pool) {}

  // Queues `compute` on the current stream, which must not be the device's default one. The first time that a shape is
  // met it is called; the second time it is captured, and then the capture is replayed. So one of a shape must read and
  // write the same places each time, and nothing it makes may outlive it.
  void run(const RunShape& shape, const std::function<void()>& compute);

 private:
  using Graph = std::unique_ptr<at::cuda::CUDAGraph>;
  Graph capture(const std::function<void()>& compute) const;

  RecentlyUsed<RunShape, std::optional<Graph>> met_;  // a null graph: met once
  c10::MempoolId_t pool_;
};

}  // namespace cnclip
