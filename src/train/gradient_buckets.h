// Gradients summed over the ranks while the backward pass still runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/torch/weights.h"
#include "train/world.h"

namespace cnclip {

// Gradients that became ready one after another share a bucket, whose sum is begun as soon as it is full. The first
// step finds the order in which they become ready, and sums only in finish(); the buckets then stay, and are those that
// every run of the same model has: sums depend on nothing else. With one process nothing is done.
class GradientBuckets {
 public:
  // Of `parameters` those that require gradients and are not in `skip`; keeps references (shared storage) to them, and
  // hooks in them. `world` must outlive this object.
  GradientBuckets(const TorchTensors& parameters, const std::vector<std::string>& skip, World& world,
                  std::int64_t bucket_bytes = std::int64_t{25} << 20);
  ~GradientBuckets();
  GradientBuckets(const GradientBuckets&) = delete;
  GradientBuckets& operator=(const GradientBuckets&) = delete;

  // Before the last backward pass of a step. What earlier passes added up is summed with it.
  void arm();
  // After that pass: every gradient is its sum over the ranks. Where one rank has none, it counts as zeros; where no
  // rank has one, there is none. Gradients are parts of buckets' memory from then on.
  void finish();

 private:
  struct Bucket {
    std::vector<std::size_t> parameters;
    std::size_t missing = 0;  // that are not ready
    at::Tensor values;        // all gradients, then for each 1 where there was one
  };
  struct Entry {
    std::string name;
    at::Tensor parameter;
    std::size_t bucket = 0;
    bool ready = false;
  };
  class Hook;

  void on_ready(std::size_t place);
  void fix_buckets();
  void begin_sum(Bucket& bucket);
  void write_back(Bucket& bucket);

  World& world_;
  std::int64_t bucket_bytes_;
  std::vector<Entry> entries_;         // in the order of names
  std::vector<std::size_t> sequence_;  // in which they became ready in the first step
  std::vector<Bucket> buckets_;
  std::size_t begun_ = 0;  // sums of buckets; all ranks begin them in the same order
  bool armed_ = false;
};

}  // namespace cnclip
