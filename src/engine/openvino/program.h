// A compiled tower.
#pragma once

#include <functional>
#include <openvino/runtime/compiled_model.hpp>
#include <openvino/runtime/infer_request.hpp>

#include "base/file.h"
#include "engine/buckets.h"
#include "engine/tower.h"

namespace cnclip {

// The number of rows in a run changes no bits (f32 and bf16; see the tests), so a feature depends on its own input
// alone.
class OpenVinoProgram final : public Program {
 public:
  // `storage`: where the model's constants lie, if not in memory of its own.
  // `streams`: as the model was compiled for.
  OpenVinoProgram(ov::CompiledModel model, const TowerShape& tower, int streams,
                  std::shared_ptr<const MappedFile> storage = {});

  void run(const Batch& batch, std::span<float> features) override;
  std::int64_t feature_size() const override { return tower_.features; }
  std::vector<std::int64_t> preferred_batches() const override;

 private:
  void run_images(const Batch& batch, std::span<float> features);
  void run_texts(const Batch& batch, std::span<float> features);
  // Fills a request with the input of a run.
  using Fill = std::function<void(ov::InferRequest& request, const ShapedRun& run)>;
  void infer(const std::vector<ShapedRun>& runs, const Fill& fill, std::span<float> features);
  // Waits for whatever still runs, after an error.
  void settle();

  std::shared_ptr<const MappedFile> storage_;  // outlives the model
  bool packed_ = false;
  ov::CompiledModel model_;
  TowerShape tower_;
  int streams_;
  std::vector<ov::InferRequest> requests_;
};

}  // namespace cnclip
