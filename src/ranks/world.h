// The processes that train one model together.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "cnclip/error.h"

namespace cnclip {

// Every rank must make the same calls in the same order; those of add_later() are an order of their own.
class World {
 public:
  virtual ~World() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  // Place among the ranks of this machine, their number, and the cores this rank may keep busy: of those it may run on,
  // its share beside the other ranks that may. At least 1; mpirun binds a rank to one core unless told --bind-to none.
  virtual int local_rank() const { return 0; }
  virtual int local_size() const { return 1; }
  virtual int threads() const;

  // (n, …) of every rank, equal shapes, stacked in rank order: (n size, …). No gradient flows through.
  virtual at::Tensor gather(const at::Tensor& mine) = 0;
  // The sum over the ranks; the same bits on each, and again for the same values. So are those below.
  virtual double sum(double mine) = 0;
  // Every value becomes its sum over the ranks.
  virtual void add(at::Tensor& values) = 0;

  // The same, but done only when wait() is over; until then the values, contiguous, belong to the world. From the
  // thread that opened the world. A world that cannot sum in the background sums at once.
  virtual void add_later(at::Tensor values) { add(values); }
  // Lets what was begun go on.
  virtual void advance() {}
  // Until all that was begun is done.
  virtual void wait() {}

  // Ends the processes of all ranks, this one too, with this exit code.
  virtual void abort(int code);
};

class SingleProcess final : public World {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  at::Tensor gather(const at::Tensor& mine) override { return mine; }
  double sum(double mine) override { return mine; }
  void add(at::Tensor&) override {}
};

// Runs `work`. Where an exception leaves it on one of many ranks, the others would wait for that rank for ever: it is
// told as "rank 2 of 4: …" on the standard error, and the whole job ends with the category as its exit code. With one
// process the exception passes.
void run_ranked(World& world, const std::function<void()>& work);

}  // namespace cnclip
