// A world for tests.
#pragma once

#include <ATen/ATen.h>

#include <barrier>
#include <vector>

#include "train/world.h"

namespace cnclip {

// Ranks that are threads.
class Threads {
 public:
  explicit Threads(int size) : meeting_(size), tensors_(static_cast<std::size_t>(size)), numbers_(tensors_.size()) {}

  class Rank : public World {
   public:
    Rank(Threads& all, int rank) : all_(all), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return static_cast<int>(all_.tensors_.size()); }
    at::Tensor gather(const at::Tensor& mine) override {
      return exchange(all_.tensors_, mine, [](const auto& tensors) { return at::cat(tensors); });
    }
    double sum(double mine) override {
      return exchange(all_.numbers_, mine, [](const auto& numbers) {
        double total = 0;
        for (const double number : numbers) total += number;
        return total;
      });
    }
    void add(at::Tensor& values) override {
      values.copy_(exchange(all_.tensors_, values, [](const auto& tensors) { return at::stack(tensors).sum(0); }));
    }

   private:
    template <class T, class Join>
    T exchange(std::vector<T>& places, const T& mine, Join join) {
      places[static_cast<std::size_t>(rank_)] = mine;
      all_.meeting_.arrive_and_wait();
      T joined = join(places);
      all_.meeting_.arrive_and_wait();
      return joined;
    }
    Threads& all_;
    int rank_;
  };

 private:
  std::barrier<> meeting_;
  std::vector<at::Tensor> tensors_;
  std::vector<double> numbers_;
};

}  // namespace cnclip
