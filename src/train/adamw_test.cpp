#include "train/adamw.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "train/schedule.h"

namespace cnclip {
namespace {

TEST(Schedule, RisesThenFallsAlongACosine) {
  EXPECT_DOUBLE_EQ(learning_rate(1, 0, 4, 12), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(1, 3, 4, 12), 1);
  EXPECT_DOUBLE_EQ(learning_rate(1, 4, 4, 12), 1);
  EXPECT_DOUBLE_EQ(learning_rate(2, 8, 4, 12), 1);
  EXPECT_NEAR(learning_rate(1, 11, 4, 12), 0.5 * (1 + std::cos(7 * std::numbers::pi / 8)), 1e-12);
  EXPECT_DOUBLE_EQ(learning_rate(1, 0, 0, 2), 1);
}

TEST(AdamW, DecaysByNameAsTheOfficialCodeOrByShape) {
  const at::Tensor matrix = at::zeros({2, 2}), row = at::zeros({2}), number = at::zeros({});
  const auto official = [](const char* name, const at::Tensor& x) {
    return is_decayed(name, x, DecayGroups::official);
  };
  EXPECT_TRUE(official("visual.proj", matrix));
  EXPECT_TRUE(official("bert.encoder.layer.0.output.LayerNorm.weight", row));
  EXPECT_TRUE(official("visual.layer1.0.downsample.1.weight", row));
  EXPECT_FALSE(official("visual.ln_pre.weight", row));
  EXPECT_FALSE(official("visual.layer1.0.bn1.weight", row));
  EXPECT_FALSE(official("logit_scale", number));
  EXPECT_FALSE(is_decayed("bert.encoder.layer.0.output.LayerNorm.weight", row, DecayGroups::corrected));
  EXPECT_FALSE(is_decayed("logit_scale", number, DecayGroups::corrected));
  EXPECT_TRUE(is_decayed("visual.ln_pre.of_two_dimensions", matrix, DecayGroups::corrected));
}

TEST(AdamW, StepsByTheFormula) {
  TorchTensors parameters{{"w", at::full({2, 1}, 2.0f).requires_grad_()},
                          {"bias", at::full({3}, 2.0f).requires_grad_()}};
  parameters["frozen"] = at::ones({1});
  AdamWOptions options;
  options.weight_decay = 0.1;
  AdamW optimizer(parameters, options);
  ASSERT_EQ(optimizer.entries().size(), 2u);

  double p = 2, q = 2, first = 0, second = 0;
  for (int step = 1; step <= 3; ++step) {
    const double gradient = 0.5 * step, rate = 0.01 * step;
    for (auto& entry : optimizer.entries())
      entry.parameter.mutable_grad() = at::full_like(entry.parameter.detach(), gradient);
    optimizer.step([&](const std::string& name) { return name == "w" ? rate : 2 * rate; });
    first = 0.9 * first + 0.1 * gradient;
    second = 0.98 * second + 0.02 * gradient * gradient;
    const double change = first / (1 - std::pow(0.9, step)) / (std::sqrt(second / (1 - std::pow(0.98, step))) + 1e-6);
    p = p * (1 - rate * 0.1) - rate * change;
    q -= 2 * rate * change;
    EXPECT_NEAR(parameters["w"][0][0].item<double>(), p, 1e-5);
    EXPECT_NEAR(parameters["bias"][2].item<double>(), q, 1e-5);
  }
  optimizer.clear_gradients();
  EXPECT_FALSE(parameters["w"].grad().defined());
  optimizer.step([](const std::string&) { return 1.0; });
  EXPECT_NEAR(parameters["w"][0][0].item<double>(), p, 1e-5) << "no gradient, no step";
}

TEST(AdamW, ClipsByTheJointNorm) {
  TorchTensors parameters{{"a", at::zeros({2}).requires_grad_()}, {"b", at::zeros({1}).requires_grad_()}};
  AdamW optimizer(parameters, {});
  parameters["a"].mutable_grad() = at::full({2}, 2.0f);
  parameters["b"].mutable_grad() = at::full({1}, 1.0f);
  EXPECT_NEAR(gradient_norm(optimizer.entries()), 3, 1e-6);
  EXPECT_EQ(clip_factor(3, 10), 1);
  EXPECT_NEAR(clip_factor(3, 1.5), 0.5, 1e-6);
  scale_gradients(optimizer.entries(), 0.5);
  EXPECT_NEAR(parameters["a"].grad()[0].item<double>(), 1, 1e-6);
  EXPECT_NEAR(parameters["b"].grad()[0].item<double>(), 0.5, 1e-6);
  parameters["b"].mutable_grad()[0] = std::nan("");
  EXPECT_FALSE(std::isfinite(gradient_norm(optimizer.entries())));
}

}  // namespace
}  // namespace cnclip
