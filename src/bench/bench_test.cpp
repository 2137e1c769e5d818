#include "bench/bench.h"

#include <gtest/gtest.h>

#include "engine/reference/reference.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

TEST(Bench, MeasuresEveryBatchAndLength) {
  ModelConfig config = *find_architecture("tiny");
  config.text.vocab_size = 50;
  BenchPlan plan;
  plan.image_batches = {1, 2};
  plan.text_batches = {1, 3};
  plan.text_lengths = {4, 7};
  const auto engine = make_reference_engine();
  std::vector<Speed> found;
  const auto keep = [&](const Speed& speed) { found.push_back(speed); };
  measure_towers(config, initial_weights(config, 1), *engine, Precision::f32, plan, keep);
  ASSERT_EQ(found.size(), 6U);
  EXPECT_EQ(found[1].what, "images");
  EXPECT_EQ(found[1].batch, 2);
  EXPECT_EQ(found[5].what, "texts");
  EXPECT_EQ(found[5].tokens, 7);
  for (const Speed& speed : found) {
    EXPECT_EQ(speed.precision, "f32");
    EXPECT_GT(speed.per_second, 0);
    const std::int64_t macs =
        speed.what == "images" ? needed_image_macs(config) : needed_text_macs(config, speed.tokens);
    EXPECT_DOUBLE_EQ(speed.operations, 2 * speed.per_second * static_cast<double>(macs));
  }
  found.clear();
  measure_inputs(config, keep);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[2].what, "tokenize");
  for (const Speed& speed : found) EXPECT_GT(speed.per_second, 0);
}

}  // namespace
}  // namespace cnclip
