#include "engine/torch/cuda/graphs.h"

namespace cnclip {

void CapturedGraphs::run(const RunShape& shape, const std::function<void()>& compute) {
  std::optional<Graph>& graph = met_[shape];
  if (!graph) {
    compute();  // libraries choose kernels and make work space, weights are converted: none of this belongs in a graph
    graph.emplace();
    return;
  }
  if (!*graph) *graph = capture(compute);
  (*graph)->replay();
}

CapturedGraphs::Graph CapturedGraphs::capture(const std::function<void()>& compute) const {
  auto graph = std::make_unique<at::cuda::CUDAGraph>();
  // Other threads may use the device meanwhile.
  graph->capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
  try {
    compute();
  } catch (...) {
    try {
      graph->capture_end();        // the stream must be usable again
    } catch (const c10::Error&) {  // the first error is the one to tell
    }
    throw;
  }
  graph->capture_end();
  return graph;
}

}  // namespace cnclip
