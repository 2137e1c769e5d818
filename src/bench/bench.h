// How fast this machine runs a model: both towers, and what comes before them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "engine/engine.h"
#include "model/config.h"

namespace cnclip {

// Of one call: after one that warms up, at least three, and for at least half a second.
double median_seconds(const std::function<void()>& call);

struct Speed {
  std::string what;        // "images", "texts", "decode", "tokenize"
  std::string precision;   // "f32", "bf16", "f16"; empty where it does not matter
  std::int64_t batch = 0;  // 0: one after another, on one thread
  std::int64_t tokens = 0;
  double per_second = 0;  // items
  double operations = 0;  // floating-point operations a second, of those that features depend on
};

struct BenchPlan {
  std::vector<std::int64_t> image_batches = {1, 8, 32};
  std::vector<std::int64_t> text_batches = {1, 32};
  std::vector<std::int64_t> text_lengths = {12, 52};
  int threads = 0;  // 0: as many as there are cores
  int streams = 1;  // so many batches are given at once
};

using SpeedReport = std::function<void(const Speed&)>;  // called as each is measured

// Medians of repeated runs over random pixels and tokens. Throws unavailable for a precision that `engine` lacks.
void measure_towers(const ModelConfig& config, const TensorMap& weights, Engine& engine, Precision precision,
                    const BenchPlan& plan, const SpeedReport& report);

// On one thread: a drawn JPEG of 500 x 500 to the model's pixels, exact and fast; drawn captions to tokens.
void measure_inputs(const ModelConfig& config, const SpeedReport& report);

}  // namespace cnclip
