#include "engine/torch/sync_batch_norm.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <barrier>
#include <thread>
#include <vector>

namespace cnclip {
namespace {

struct Layer {
  explicit Layer(const at::Tensor& pixels, at::ScalarType type)
      : x(pixels.clone().requires_grad_()),
        weight(at::linspace(-1, 2, 3).to(type).requires_grad_()),
        bias(at::linspace(1, 3, 3).to(type).requires_grad_()),
        mean(at::ones({3}, type)),
        variance(at::full({3}, 2, type)) {}
  // Of `y`, by factors that differ from value to value.
  void backward(const at::Tensor& y, const at::Tensor& factors) { torch::autograd::backward({(y * factors).sum()}); }

  at::Tensor x, weight, bias, mean, variance;
};

// Two ranks as threads, unequal batches, against PyTorch's own with all of it.
TEST(SyncBatchNorm, IsBatchNormOfAllRanksBatches) {
  at::manual_seed(1);
  const at::Tensor pixels = at::randn({6, 3, 4, 5}, at::kDouble) * 3 + 5,
                   factors = at::randn({6, 3, 4, 5}, at::kDouble);
  Layer whole(pixels, at::kDouble);
  const at::Tensor y = at::batch_norm(whole.x, whole.weight, whole.bias, whole.mean, whole.variance, true,
                                      torch_engine::kMomentum, 1e-5, false);
  whole.backward(y, factors);

  std::barrier<> meeting(2);
  std::vector<at::Tensor> given(2);
  const std::vector<std::int64_t> begins{0, 2}, counts{2, 4};
  std::vector<Layer> layers;
  for (std::size_t rank = 0; rank < 2; ++rank)
    layers.emplace_back(pixels.narrow(0, begins[rank], counts[rank]), at::kDouble);
  std::vector<std::jthread> ranks;
  for (std::size_t rank = 0; rank < 2; ++rank) {
    ranks.emplace_back([&, rank] {
      const auto add = [&](at::Tensor& values) {
        given[rank] = values;
        meeting.arrive_and_wait();
        const at::Tensor sum = given[0] + given[1];
        meeting.arrive_and_wait();
        values.copy_(sum);
      };
      const auto mine = [&](const at::Tensor& x) { return x.narrow(0, begins[rank], counts[rank]); };
      Layer& layer = layers[rank];
      const at::Tensor got =
          torch_engine::sync_batch_norm(layer.x, layer.weight, layer.bias, layer.mean, layer.variance, 1e-5, add);
      EXPECT_TRUE(at::allclose(got, mine(y), 1e-12, 1e-12));
      layer.backward(got, mine(factors));
      EXPECT_TRUE(at::allclose(layer.x.grad(), mine(whole.x.grad()), 1e-11, 1e-12));
      EXPECT_TRUE(at::allclose(layer.mean, whole.mean, 1e-13));
      EXPECT_TRUE(at::allclose(layer.variance, whole.variance, 1e-13));
    });
  }
  ranks.clear();
  EXPECT_TRUE(at::allclose(layers[0].weight.grad() + layers[1].weight.grad(), whole.weight.grad(), 1e-11, 1e-12));
  EXPECT_TRUE(at::allclose(layers[0].bias.grad() + layers[1].bias.grad(), whole.bias.grad(), 1e-11, 1e-12));
}

TEST(SyncBatchNorm, KeepsTheTypeOfBf16) {
  at::manual_seed(2);
  const at::Tensor pixels = (at::randn({4, 3, 8, 8}) + 20).to(at::kBFloat16);
  Layer rough(pixels, at::kFloat), exact(pixels.to(at::kFloat), at::kFloat);
  const auto alone = [](at::Tensor&) {};
  const at::Tensor factors = at::randn({4, 3, 8, 8});
  const at::Tensor y = torch_engine::sync_batch_norm(rough.x, rough.weight, rough.bias, {}, {}, 1e-5, alone);
  const at::Tensor wanted = torch_engine::sync_batch_norm(exact.x, exact.weight, exact.bias, {}, {}, 1e-5, alone);
  rough.backward(y, factors);
  exact.backward(wanted, factors);
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::allclose(y.to(at::kFloat), wanted, 0.02, 0.02));
  EXPECT_EQ(rough.x.grad().scalar_type(), at::kBFloat16);
  EXPECT_TRUE(at::allclose(rough.x.grad().to(at::kFloat), exact.x.grad(), 0.02, 0.02));
  EXPECT_TRUE(at::allclose(rough.weight.grad(), exact.weight.grad(), 0.02, 0.3));
}

}  // namespace
}  // namespace cnclip
