// A compiled tower.
#pragma once

#include <openvino/runtime/compiled_model.hpp>
#include <openvino/runtime/infer_request.hpp>

#include "base/file.h"
#include "engine/openvino/buckets.h"
#include "engine/tower.h"

namespace cnclip {

class OpenVinoProgram final : public Program {
 public:
  // `storage`: where the model's constants lie, if not in memory of its own.
  OpenVinoProgram(ov::CompiledModel model, const TowerShape& tower, std::shared_ptr<const MappedFile> storage = {});

  void run(const Batch& batch, std::span<float> features) override;
  std::int64_t feature_size() const override { return tower_.features; }
  std::vector<std::int64_t> preferred_batches() const override { return batch_sizes(); }

 private:
  void run_images(const Batch& batch, std::span<float> features);
  void run_texts(const Batch& batch, std::span<float> features);
  void infer(const ShapedRun& run, std::span<float> features);

  std::shared_ptr<const MappedFile> storage_;  // outlives the model
  bool packed_ = false;
  ov::CompiledModel model_;
  ov::InferRequest request_;
  TowerShape tower_;
};

}  // namespace cnclip
