#include "train/gradient_buckets.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <thread>
#include <utility>

#include "engine/torch/simulated/simulated_device.h"
#include "ranks/test_world.h"

namespace cnclip {
namespace {

// Counts what is begun, and does it when it is waited for: a device has one thread for the backward passes of all ranks
// here, where none may wait for another.
class CountingRank final : public Threads::Rank {
 public:
  using Threads::Rank::Rank;
  void add_later(at::Tensor values) override {
    ++begun;
    later_.push_back(std::move(values));
  }
  void wait() override {
    for (at::Tensor& values : std::exchange(later_, {})) add(values);
  }
  int begun = 0;

 private:
  std::vector<at::Tensor> later_;
};

TorchTensors parameters_of_model(at::Device device = at::kCPU) {
  TorchTensors made;
  for (const char* name : {"first", "second", "third", "unused", "sometimes", "logit_scale"}) {
    made[name] = at::ones({2, 5}, device).requires_grad_();
  }
  made["frozen"] = at::ones({2, 5}, device);
  return made;
}

// "sometimes" is of use on rank 1 only.
at::Tensor loss_of(const TorchTensors& p, int rank, int step) {
  const at::Tensor x = at::full({2, 5}, 1.0 + rank + 10 * step, p.at("frozen").options());
  at::Tensor y = p.at("first") * x + p.at("frozen");
  y = y * p.at("second");
  y = y * p.at("third") * p.at("logit_scale");
  if (rank == 1) y = y * p.at("sometimes");
  return y.sum();
}

class GradientBucketsOn : public testing::TestWithParam<at::Device> {};
INSTANTIATE_TEST_SUITE_P(Devices, GradientBucketsOn, testing::Values(at::Device(at::kCPU), simulated_device()));

TEST_P(GradientBucketsOn, SumAsTheBackwardPassGoes) {
  constexpr int kRanks = 3;
  Threads threads(kRanks);
  std::vector<std::jthread> ranks;
  for (int rank = 0; rank < kRanks; ++rank) {
    ranks.emplace_back([&, rank] {
      CountingRank world(threads, rank);
      const TorchTensors mine = parameters_of_model(GetParam());
      GradientBuckets buckets(mine, {"logit_scale"}, world, 50);  // one parameter is 40 bytes
      for (int step = 0; step < 3; ++step) {
        TorchTensors wanted =
            parameters_of_model(GetParam());  // one process: the losses of all ranks, of two passes each
        for (int other = 0; other < kRanks; ++other) {
          for (const int pass : {0, 1}) torch::autograd::backward({loss_of(wanted, other, step + pass)});
        }
        for (const auto& [name, parameter] : mine) parameter.mutable_grad().reset();
        world.begun = 0;
        torch::autograd::backward({loss_of(mine, rank, step)});
        EXPECT_EQ(world.begun, 0) << "a pass that is not the last";
        buckets.arm();
        torch::autograd::backward({loss_of(mine, rank, step + 1)});
        // Rank 0 has seen third, second, first; the others wait for "sometimes" only after those, as rank 0 does.
        EXPECT_EQ(world.begun, step == 0 ? 0 : rank == 1 ? 4 : 3);
        buckets.finish();
        EXPECT_EQ(world.begun, 5);
        for (const char* name : {"first", "second", "third", "sometimes"}) {
          EXPECT_TRUE(at::allclose(mine.at(name).grad(), wanted.at(name).grad())) << name;
        }
        EXPECT_FALSE(mine.at("unused").grad().defined());
        EXPECT_FALSE(mine.at("frozen").grad().defined());
        at::Tensor own = mine.at("logit_scale").grad().clone();
        world.add(own);
        EXPECT_TRUE(at::allclose(own, wanted.at("logit_scale").grad()));
      }
    });
  }
}

TEST(GradientBuckets, AreNothingWithOneProcess) {
  SingleProcess world;
  const TorchTensors parameters = parameters_of_model();
  GradientBuckets buckets(parameters, {}, world);
  for (const auto& [name, parameter] : parameters) {
    if (!parameter.requires_grad()) continue;
    EXPECT_EQ(torch::autograd::impl::post_acc_grad_hooks(parameter), nullptr) << name;
  }
  buckets.arm();
  torch::autograd::backward({loss_of(parameters, 0, 1)});
  const at::Tensor gradient = parameters.at("first").grad();
  buckets.finish();
  EXPECT_TRUE(parameters.at("first").grad().is_same(gradient));
}

TEST(GradientBuckets, LeaveTheirParametersAsTheyFoundThem) {
  Threads threads(2);
  CountingRank world(threads, 0);
  const TorchTensors parameters = parameters_of_model();
  { const GradientBuckets buckets(parameters, {}, world); }
  torch::autograd::backward({loss_of(parameters, 0, 1)});
  EXPECT_TRUE(parameters.at("first").grad().defined());
  EXPECT_EQ(world.begun, 0);
}

TEST(GradientBuckets, RefuseASecondGradientInOnePass) {
  Threads threads(2);
  CountingRank world(threads, 0);
  const TorchTensors parameters = parameters_of_model();
  GradientBuckets buckets(parameters, {}, world);
  buckets.arm();
  torch::autograd::backward({loss_of(parameters, 0, 1)});
  EXPECT_THROW(torch::autograd::backward({loss_of(parameters, 0, 1)}), std::exception);
}

}  // namespace
}  // namespace cnclip
