#include "engine/torch/cuda/program.h"

#include <c10/core/InferenceMode.h>
#include <c10/cuda/CUDAGuard.h>

#include <algorithm>

#include "engine/torch/device_inputs.h"
#include "engine/torch/errors.h"

namespace cnclip {
namespace {

constexpr std::size_t kSlots = 2, kGraphsASlot = 48;
// A run of this many computes for longer than it takes to launch its kernels one by one.
constexpr std::int64_t kMostCapturedImages = 32, kMostCapturedTokens = 4096;
// Overheads are guesses at what launching a run costs; lengths in multiples of 8 suit tensor cores and the mask's
// alignment.
const RunSizes kImageRuns{{1, 2, 4, 8, 16, 32, 64, CudaProgram::kMostImages}, CudaProgram::kMostImages, 4};
const RunSizes kTextRuns{{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}, 16384, 512, 8};

// A text must have the tokens that are taken from it.
std::int64_t least_tokens(const Graph& graph) {
  std::int64_t least = 1;
  for (const Node& node : graph.nodes) {
    if (const auto* taken = std::get_if<TakeToken>(&node.op)) least = std::max<std::int64_t>(least, taken->index + 1);
  }
  return least;
}

}  // namespace

CudaProgram::CudaProgram(const Graph& graph, const TensorMap& weights, at::ScalarType type, c10::Device device)
    : type_(type),
      upload_(c10::cuda::getStreamFromPool(false, device.index())),
      compute_(c10::cuda::getStreamFromPool(false, device.index())),
      tower_(graph, weights, type, device),
      least_tokens_(least_tokens(graph)) {
  const c10::InferenceMode inference;
  const c10::cuda::CUDAStreamGuard guard(compute_);
  const TowerShape& shape = tower_.shape();
  const RunSizes& sizes = shape.takes_images() ? kImageRuns : kTextRuns;
  const std::int64_t rows = sizes.batches.back();
  const std::int64_t bytes =
      shape.takes_images() ? input_bytes(shape, rows, 1) : input_bytes(shape, 1, sizes.most + rows);
  const c10::MempoolId_t pool = at::cuda::graph_pool_handle();
  for (std::size_t i = 0; i < kSlots; ++i) {
    slots_.emplace_back(bytes, rows, shape.features, upload_, compute_, CapturedGraphs(kGraphsASlot, pool));
  }
  compute_.synchronize();
}

CudaProgram::~CudaProgram() {
  settle();
}

void CudaProgram::run(const Batch& batch, std::span<float> features) {
  const TowerShape& shape = tower_.shape();
  check_batch(shape, batch, features);
  on_device(compute_.device(), [&] {
    const c10::InferenceMode inference;
    const c10::cuda::CUDAStreamGuard guard(compute_);
    if (shape.takes_images()) {
      const auto write = [&](const ShapedRun& run, std::uint8_t* bytes) { write_images(shape, batch, run, bytes); };
      return infer(plan_images(batch.count, kImageRuns), write, features);
    }
    for (const std::int32_t length : batch.lengths) {
      if (length < least_tokens_) throw_bad_input("a text of {} tokens has no token {}", length, least_tokens_ - 1);
    }
    const ShapedTexts texts(batch);
    const auto write = [&](const ShapedRun& run, std::uint8_t* bytes) { write_texts(texts, run, bytes); };
    infer(plan_texts(batch.lengths, shape.positions, kTextRuns), write, features);
  });
}

void CudaProgram::infer(const std::vector<ShapedRun>& runs, const Write& write, std::span<float> features) {
  std::size_t taken = 0;
  const auto take_next = [&] {
    take(slots_[taken % kSlots], runs[taken], features);
    ++taken;
  };
  try {
    for (std::size_t next = 0; next < runs.size(); ++next) {
      if (next - taken == kSlots) take_next();
      Slot& slot = slots_[next % kSlots];
      write(runs[next], slot.host());
      start(slot, runs[next]);
    }
    while (taken < runs.size()) take_next();
  } catch (...) {
    settle();
    throw;
  }
}

void CudaProgram::start(Slot& slot, const ShapedRun& run) {
  const TowerShape& shape = tower_.shape();
  const bool small =
      shape.takes_images() ? run.batch <= kMostCapturedImages : run.batch * run.length <= kMostCapturedTokens;
  const auto key = small ? std::optional(RunShape{run.batch, run.length}) : std::nullopt;
  slot.start(input_bytes(shape, run.batch, run.length), run.batch, key, [&](const at::Tensor& input) {
    return tower_.features(batch_of_bytes(shape, input, run.batch, run.length, type_));
  });
}

void CudaProgram::take(const Slot& slot, const ShapedRun& run, std::span<float> features) const {
  slot.wait();
  const auto width = static_cast<std::size_t>(feature_size());
  for (std::size_t i = 0; i < run.rows.size(); ++i) {
    std::ranges::copy(slot.features().subspan(i * width, width), &features[run.rows[i] * width]);
  }
}

// Waits for whatever still runs: buffers and graphs may then go, and an error before this one is the one to tell.
void CudaProgram::settle() noexcept {
  try {
    upload_.synchronize();
    compute_.synchronize();
  } catch (const c10::Error&) {
  }
}

}  // namespace cnclip
