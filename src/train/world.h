// The processes that train one model together.
#pragma once

#include <ATen/core/Tensor.h>

namespace cnclip {

// Every rank must make the same calls in the same order.
class World {
 public:
  virtual ~World() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  // (n, …) of every rank, equal shapes, stacked in rank order: (n size, …). No gradient flows through.
  virtual at::Tensor gather(const at::Tensor& mine) = 0;
  // The sum over the ranks.
  virtual double sum(double mine) = 0;
  // Every value becomes its sum over the ranks.
  virtual void add(at::Tensor& values) = 0;
};

class SingleProcess final : public World {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  at::Tensor gather(const at::Tensor& mine) override { return mine; }
  double sum(double mine) override { return mine; }
  void add(at::Tensor&) override {}
};

}  // namespace cnclip
