#include "train/validation.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace cnclip {
namespace {

TEST(Recall, CountsQueriesWithOneOfTheirsAmongTheFirst) {
  // Query i is nearest to candidate i + 1, then i, then i - 1, ….
  at::Tensor queries = at::eye(12), candidates = at::zeros({12, 12});
  for (std::int64_t q = 0; q < 12; ++q) {
    for (std::int64_t c = 0; c < 12; ++c) candidates[c][q] = 1.0 - 0.05 * std::abs(static_cast<double>(c - q) - 0.75);
  }
  std::vector<std::vector<std::size_t>> own(12), second(12);
  for (std::size_t q = 0; q < 12; ++q) {
    own[q] = {q};  // behind candidate q + 1, where there is one
    second[q] = {(q + 1) % 12, q};
  }
  const Recall alone = recall(queries, candidates, own);
  EXPECT_NEAR(alone.r1, 100.0 / 12, 1e-9);  // the last, which has no next
  EXPECT_NEAR(alone.r5, 100, 1e-9);
  EXPECT_NEAR(recall(queries, candidates, second).r1, 100, 1e-9);
}

TEST(Recall, AModelThatTellsNothingApartFindsNothing) {
  const at::Tensor same = at::ones({30, 4});
  std::vector<std::vector<std::size_t>> own(30);
  for (std::size_t i = 0; i < own.size(); ++i) own[i] = {i};
  const Recall none = recall(same, same, own);
  EXPECT_EQ(none.r10, 0);
  const Recall lost = recall(same * std::nan(""), same, own);
  EXPECT_EQ(lost.r10, 0);
}

}  // namespace
}  // namespace cnclip
