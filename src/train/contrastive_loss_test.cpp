#include "train/contrastive_loss.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <thread>
#include <vector>

#include "train/test_world.h"

namespace cnclip {
namespace {

struct Features {
  at::Tensor images, texts;
};

Features features(std::int64_t count, std::int64_t width) {
  at::manual_seed(3);
  const auto unit = [&] {
    const at::Tensor x = at::randn({count, width});
    return x / x.norm(2, {1}, true);
  };
  return {unit(), unit()};
}

// The same by autograd, with the whole matrix. `positives` (N, N).
ContrastiveLoss with_whole_matrix(const Features& f, double logit_scale, const at::Tensor& positives) {
  const at::Tensor images = f.images.clone().requires_grad_(), texts = f.texts.clone().requires_grad_();
  const at::Tensor scale = at::full({}, logit_scale).requires_grad_();
  const at::Tensor logits = scale.exp() * at::mm(images, texts.t());
  const auto entropy = [&](const at::Tensor& rows, const at::Tensor& found) {
    return -(rows.log_softmax(1) * (found / found.sum(1, true))).sum(1).mean();
  };
  const at::Tensor loss = (entropy(logits, positives) + entropy(logits.t(), positives.t())) / 2;
  torch::autograd::backward({loss});
  ContrastiveLoss result;
  result.loss = loss.item<double>();
  result.image_gradients = images.grad();
  result.text_gradients = texts.grad();
  result.logit_scale_gradient = scale.grad().item<double>();
  result.image_to_text = positives.gather(1, logits.argmax(1, true)).mean().item<double>();
  result.text_to_image = positives.t().gather(1, logits.t().argmax(1, true)).mean().item<double>();
  return result;
}

void expect_equal(const ContrastiveLoss& got, const ContrastiveLoss& wanted, std::int64_t begin, std::int64_t count) {
  EXPECT_NEAR(got.loss, wanted.loss, 1e-5 * (1 + wanted.loss));
  EXPECT_NEAR(got.logit_scale_gradient, wanted.logit_scale_gradient, 1e-5);
  EXPECT_NEAR(got.image_to_text, wanted.image_to_text, 1e-6);
  EXPECT_NEAR(got.text_to_image, wanted.text_to_image, 1e-6);
  EXPECT_TRUE(at::allclose(got.image_gradients, wanted.image_gradients.narrow(0, begin, count), 1e-4, 1e-7));
  EXPECT_TRUE(at::allclose(got.text_gradients, wanted.text_gradients.narrow(0, begin, count), 1e-4, 1e-7));
}

TEST(ContrastiveLoss, IsThatOfTheWholeMatrix) {
  const Features f = features(24, 16);
  for (const double logit_scale : {0.0, 2.659, 4.6052}) {
    SingleProcess world;
    expect_equal(contrastive_loss(f.images, f.texts, logit_scale, world),
                 with_whole_matrix(f, logit_scale, at::eye(24)), 0, 24);
  }
}

TEST(ContrastiveLoss, IsTheSameInManyTiles) {
  const Features f = features(4200, 8);  // 998 rows a tile
  SingleProcess world;
  expect_equal(contrastive_loss(f.images, f.texts, 3, world), with_whole_matrix(f, 3, at::eye(4200)), 0, 4200);
}

TEST(ContrastiveLoss, SharedImagesAndTextsAreNoNegativesOnAnyNumberOfRanks) {
  const Features f = features(24, 16);
  const PairIds ids{at::arange(24).floor_divide(3), at::arange(24).remainder(10)};
  const auto equal = [](const at::Tensor& x) { return x.unsqueeze(1).eq(x.unsqueeze(0)); };
  const at::Tensor positives = (equal(ids.images) | equal(ids.texts)).to(at::kFloat);
  const ContrastiveLoss wanted = with_whole_matrix(f, 2.5, positives);
  const ContrastiveLoss plain = with_whole_matrix(f, 2.5, at::eye(24));
  for (const int size : {1, 2, 4}) {
    Threads threads(size);
    std::vector<std::jthread> ranks;
    std::vector<ContrastiveLoss> got(static_cast<std::size_t>(size)), alone(got.size());
    const std::int64_t each = 24 / size;
    for (int rank = 0; rank < size; ++rank) {
      ranks.emplace_back([&, rank] {
        Threads::Rank world(threads, rank);
        const auto mine = [&](const at::Tensor& x) { return x.narrow(0, rank * each, each); };
        const auto place = static_cast<std::size_t>(rank);
        got[place] =
            contrastive_loss(mine(f.images), mine(f.texts), 2.5, world, PairIds{mine(ids.images), mine(ids.texts)});
        alone[place] = contrastive_loss(mine(f.images), mine(f.texts), 2.5, world);
      });
    }
    ranks.clear();
    for (int rank = 0; rank < size; ++rank) {
      expect_equal(got[static_cast<std::size_t>(rank)], wanted, rank * each, each);
      expect_equal(alone[static_cast<std::size_t>(rank)], plain, rank * each, each);
    }
  }
}

}  // namespace
}  // namespace cnclip
