// What a GPU will ask of the code, on a device for tests: tensors on their own side, and no waiting where work is
// queued.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "engine/torch/fixed_tower.h"
#include "engine/torch/simulated/simulated_device.h"
#include "engine/torch/test_gradients.h"

namespace cnclip {
namespace {

// The largest difference of values, as a share of the largest value; small ones are sums that nearly cancel.
double distance(const at::Tensor& found, const at::Tensor& wanted) {
  const auto largest = [](const at::Tensor& of) { return of.abs().max().item<double>(); };
  return largest(found.cpu() - wanted) / std::max(largest(wanted), 0.1);
}

TEST(SimulatedDevice, KeepsItsTensorsFromTheHost) {
  const at::Tensor host = at::arange(6, at::kFloat).view({2, 3}), there = host.to(simulated_device());
  EXPECT_TRUE(at::equal((there * 2 + there.t().t().sum()).cpu(), host * 2 + 15));
  EXPECT_THROW(at::mm(there, host.t()), c10::Error);
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(static_cast<void>(static_cast<volatile const float*>(there.const_data_ptr<float>())[0]), "");
}

TEST(Device, FeaturesAreThoseOfTheHost) {
  for (const NodeCase& c : node_cases()) {
    SCOPED_TRACE(c.name);
    if (c.name.ends_with("optimized")) continue;  // a fixed tower runs the passes itself
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      FixedTower here(c.graph, c.weights, type, at::kCPU), there(c.graph, c.weights, type, simulated_device());
      for (const CaseBatch& batch : c.batches) {
        const at::Tensor found = there.features(batch.view());
        EXPECT_EQ(found.device(), simulated_device());
        EXPECT_LT(distance(found, here.features(batch.view())), type == at::kFloat ? 1e-5 : 0.05);
      }
    }
  }
}

void expect_gradients_of_the_host(const NodeCase& c, const TrainingMode& mode) {
  for (const bool recomputing : {false, true}) {
    for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
      SCOPED_TRACE(testing::Message() << "recomputing: " << recomputing << ", " << type);
      const auto on = [&](at::Device device) {
        return gradients_of(Trained(c, device), c.batches[1], mode, recomputing, type);
      };
      const TorchTensors wanted = on(at::kCPU);
      for (const auto& [weight, gradient] : on(simulated_device())) {
        ASSERT_EQ(gradient.defined(), wanted.at(weight).defined()) << weight;
        if (!gradient.defined()) continue;
        EXPECT_LT(distance(gradient, wanted.at(weight)), type == at::kFloat ? 1e-4 : 0.1) << weight;
      }
    }
  }
}

// Random numbers of this device are the host's: the same values are dropped on both.
TEST(Device, GradientsAreThoseOfTheHost) {
  for (const auto& [name, c] : towers()) {
    SCOPED_TRACE(name);
    expect_gradients_of_the_host(c, random_mode(name));
  }
}

TEST(Device, GradientsOfBatchStatisticsAreThoseOfTheHost) {
  for (const BatchStatistics kind : {BatchStatistics::batch, BatchStatistics::all_ranks}) {
    TrainingMode mode;
    mode.batch_norm = kind;
    mode.move_running = true;
    mode.add_over_ranks = [](at::Tensor&) {};
    expect_gradients_of_the_host(towers().at("resnet"), mode);
  }
}

}  // namespace
}  // namespace cnclip
