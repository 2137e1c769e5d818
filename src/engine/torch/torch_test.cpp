// LibTorch against the oracle, and its gradients against differences of the oracle's features.
#include "engine/torch/torch.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/function.h>

#include <cmath>
#include <set>

#include "base/test_errors.h"
#include "cnclip/error.h"
#include "engine/reference/reference.h"
#include "engine/test_features.h"
#include "engine/torch/test_gradients.h"

namespace cnclip {
namespace {

TEST(Torch, AgreesWithTheReferenceOnEveryNodeKind) {
  const auto engine = make_torch_engine(), oracle = make_reference_engine();
  CompileOptions bf16;
  bf16.precision = Precision::bf16;
  for (const NodeCase& c : node_cases()) {
    SCOPED_TRACE(c.name);
    if (c.name.ends_with("optimized")) continue;  // this engine runs the passes itself
    for (const CaseBatch& batch : c.batches) {
      const auto wanted = features_of(*oracle, c, batch.view());
      const auto exact = features_of(*engine, c, batch.view());
      const auto rough = features_of(*engine, c, batch.view(), bf16);
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_NEAR(exact[i], wanted[i], 1e-5 * scale_of(wanted));
        EXPECT_NEAR(rough[i], wanted[i], 0.1 * scale_of(wanted));
      }
    }
  }
}

TEST(Torch, GradientsAreTheSlopesOfTheReference) {
  const auto oracle = make_reference_engine();
  for (const auto& [name, c] : towers()) {
    SCOPED_TRACE(name);
    const CaseBatch& batch = c.batches[1];
    const auto loss_of = [&](const NodeCase& moved) {
      const auto features = features_of(*oracle, moved, batch.view());
      double sum = 0;
      for (std::size_t i = 0; i < features.size(); ++i) {
        sum += features[i] * (2.0 * static_cast<double>(i) / static_cast<double>(features.size() - 1) - 1);
      }
      return sum;
    };
    const TorchTensors gradients = gradients_of(Trained(c), batch, {}, false);
    for (const auto& [weight, tensor] : c.weights) {
      if (!gradients.at(weight).defined()) continue;
      // Along the gradient itself, the slope is its norm.
      const at::Tensor gradient = gradients.at(weight);
      const double norm = gradient.norm().item<double>();
      if (norm < 1e-2) continue;
      const double step = 1e-3 / norm;
      const auto moved = [&](double by) {
        NodeCase other = c;
        other.weights.set(weight, from_torch(to_torch(tensor.load()) + gradient * by));
        return loss_of(other);
      };
      const double slope = (moved(step) - moved(-step)) / (2 * step);
      EXPECT_NEAR(slope / (norm * norm), 1.0, 0.05) << weight;
    }
  }
}

TEST(Torch, RecomputingChangesNoGradientNorTheNarrowedLastBlock) {
  for (const auto& [name, c] : towers()) {
    SCOPED_TRACE(name);
    const TrainingMode mode = random_mode(name);
    const TorchTensors kept = gradients_of(Trained(c), c.batches[1], mode, false);
    const TorchTensors again = gradients_of(Trained(c), c.batches[1], mode, true);
    Trained narrowed(c);
    TensorMap weights = c.weights;
    narrow_last_block(narrowed.graph, weights);
    const TorchTensors plain = gradients_of(Trained(c), c.batches[1], {}, false);
    const TorchTensors narrow = gradients_of(narrowed, c.batches[1], {}, true);
    for (const auto& [weight, gradient] : kept) {
      ASSERT_EQ(gradient.defined(), again.at(weight).defined()) << weight;
      if (!gradient.defined()) continue;
      EXPECT_TRUE(at::allclose(gradient, again.at(weight), 1e-5, 1e-6)) << weight;
      EXPECT_TRUE(at::allclose(plain.at(weight), narrow.at(weight), 1e-4, 1e-4)) << weight;
    }
  }
}

TEST(Torch, BatchStatisticsServeAloneOrMoveTheRunningOnes) {
  const NodeCase c = towers().at("resnet");
  for (const BatchStatistics kind : {BatchStatistics::batch, BatchStatistics::all_ranks}) {
    Trained trained(c);
    TrainingMode mode;
    mode.batch_norm = kind;
    mode.add_over_ranks = [](at::Tensor&) {};
    const auto features = [&](bool move_running) {
      mode.move_running = move_running;
      TorchWeights weights(trained.tensors, at::kFloat);
      return forward(trained.graph, weights, batch_of(c.batches[1]), mode).detach();
    };
    const auto distance = [&] {
      double moved = 0;
      for (const auto& [name, tensor] : trained.tensors) {
        if (!tensor.requires_grad()) moved += (tensor - to_torch(c.weights.at(name).load())).norm().item<double>();
      }
      return moved;
    };
    const at::Tensor unmoved = features(false);
    EXPECT_EQ(distance(), 0);
    EXPECT_TRUE(at::equal(features(true), unmoved));
    EXPECT_GT(distance(), 0.01);
  }
}

std::size_t nodes_of_autograd(const at::Tensor& value) {
  std::set<const torch::autograd::Node*> met;
  std::vector<const torch::autograd::Node*> next{value.grad_fn().get()};
  while (!next.empty()) {
    const auto* node = next.back();
    next.pop_back();
    if (node == nullptr || !met.insert(node).second) continue;
    for (const auto& edge : node->next_edges()) next.push_back(edge.function.get());
  }
  return met.size();
}

TEST(Torch, RecomputingKeepsBlocksOutOfAutogradsGraph) {
  const NodeCase c = towers().at("vit");
  const Trained trained(c);
  TorchWeights weights(trained.tensors, at::kFloat);
  const TorchBatch batch = batch_of(c.batches[1]);
  EXPECT_LT(nodes_of_autograd(forward_recomputing(trained.graph, weights, batch)),
            nodes_of_autograd(forward(trained.graph, weights, batch)) * 3 / 4);
}

TEST(Torch, RefusesStreams) {
  const NodeCase c = towers().at("vit");
  CompileOptions two;
  two.streams = 2;
  EXPECT_EQ(category_of([&] { make_torch_engine()->compile(c.graph, c.weights, two); }), ErrorCategory::usage);
}

TEST(Torch, RefusesTextsThatAreNone) {
  CaseMaker m("texts");
  const Value output = m.g.take_token(m.words(4), 1);
  const NodeCase c = std::move(m).finish(output);
  const auto program = make_torch_engine()->compile(c.graph, c.weights, {});
  std::vector<float> features(4);
  const std::vector<std::int32_t> ids{1, 2}, two{2}, one{1}, none{0}, foreign{1, 30}, first{1};
  EXPECT_NO_THROW(program->run({1, {}, ids, two}, features));
  EXPECT_THROW(program->run({1, {}, first, one}, features), Error);
  EXPECT_THROW(program->run({1, {}, {}, none}, features), Error);
  EXPECT_THROW(program->run({1, {}, foreign, two}, features), Error);
  EXPECT_THROW(program->run({1, {}, ids, two}, std::span(features).first(3)), Error);
}

}  // namespace
}  // namespace cnclip
