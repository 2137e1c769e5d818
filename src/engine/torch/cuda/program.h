// A tower on a CUDA device.
//
// A program runs on one thread at a time and has the features when it returns; what overlaps, overlaps within a call.
// The batch is cut into runs of a few shapes (engine/buckets.h), which take turns in two slots: while one run computes,
// the thread copies the next one's input to pinned memory and it goes up on a stream of its own; results come down
// behind the run that made them, and are taken when their slot is wanted again. So a batch of two runs or more keeps
// the device busy, and a batch of one run takes no longer than it must. Small runs are captured as graphs.
//
// Rounding may differ by the number of rows in a run, as cuBLAS chooses kernels by it.
#pragma once

#include <c10/cuda/CUDAStream.h>

#include "engine/shaped_texts.h"
#include "engine/torch/cuda/slot.h"
#include "engine/torch/fixed_tower.h"

namespace cnclip {

class CudaProgram final : public Program {
 public:
  static constexpr std::int64_t kMostImages = 128;  // of a run

  CudaProgram(const Graph& graph, const TensorMap& weights, at::ScalarType type, c10::Device device);
  ~CudaProgram() override;

  void run(const Batch& batch, std::span<float> features) override;
  std::int64_t feature_size() const override { return tower_.shape().features; }

 private:
  using Write = std::function<void(const ShapedRun& run, std::uint8_t* bytes)>;
  void infer(const std::vector<ShapedRun>& runs, const Write& write, std::span<float> features);
  void start(Slot& slot, const ShapedRun& run);
  void take(const Slot& slot, const ShapedRun& run, std::span<float> features) const;
  void settle() noexcept;

  at::ScalarType type_;
  c10::cuda::CUDAStream upload_, compute_;
  FixedTower tower_;
  std::int64_t least_tokens_;  // of a text
  std::vector<Slot> slots_;
};

}  // namespace cnclip
