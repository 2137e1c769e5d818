// Every node kind against numbers worked out by hand, or a formula written down again.
#include "engine/reference/evaluate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "cnclip/error.h"

namespace cnclip::reference {
namespace {

Tensor tensor(Shape shape, std::vector<float> values) {
  return Tensor::from_floats(std::move(shape), values);
}

Array array(Shape shape, std::vector<float> values) {
  Array made(std::move(shape));
  made.values = std::move(values);
  return made;
}

Array random_array(Shape shape, std::uint64_t seed) {
  Array made(std::move(shape));
  Random random(seed);
  for (float& value : made.values) value = static_cast<float>(random.normal());
  return made;
}

Array run(const Op& op, std::vector<Array> inputs, const Weights& weights = {}, const Row& row = {}, int threads = 2) {
  std::vector<const Array*> pointers;
  for (const Array& input : inputs) pointers.push_back(&input);
  return evaluate(op, pointers, weights, row, threads);
}

void expect_near(const Array& got, const Shape& shape, const std::vector<double>& want, double tolerance = 1e-6) {
  EXPECT_EQ(got.shape, shape);
  ASSERT_EQ(got.values.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got.values[i], want[i], tolerance) << "value " << i;
}

TEST(Evaluate, PixelInputAndNormalize) {
  const std::vector<std::uint8_t> pixels{0, 255, 51, 102};
  std::vector<std::uint8_t> planes;
  for (int c = 0; c < 3; ++c) planes.insert(planes.end(), pixels.begin(), pixels.end());
  Row row;
  row.pixels = planes;
  const Array raw = run(PixelInput{2}, {}, {}, row);
  EXPECT_EQ(raw.shape, (Shape{3, 2, 2}));
  const Array x = run(NormalizePixels{{0.5f, 0.0f, 0.2f}, {0.5f, 1.0f, 0.1f}}, {raw});
  expect_near(x, {3, 2, 2}, {-1, 1, -0.6, -0.2, 0, 1, 0.2, 0.4, -2, 8, 0, 2}, 1e-5);
}

TEST(Evaluate, EmbeddingSumAddsTheFirstTypeAndThePlace) {
  const Weights weights{{"word", tensor({3, 2}, {1, 2, 3, 4, 5, 6})},
                        {"place", tensor({2, 2}, {10, 20, 30, 40})},
                        {"type", tensor({2, 2}, {100, 200, 9, 9})}};
  const std::vector<std::int32_t> ids{2, 0};
  Row row;
  row.ids = ids;
  expect_near(run(EmbeddingSum{"word", "place", "type"}, {}, weights, row), {2, 2}, {115, 226, 131, 242});
  const std::vector<std::int32_t> unknown{3}, negative{-1}, longer{0, 0, 0};
  for (const auto& bad : {unknown, negative, longer}) {
    row.ids = bad;
    EXPECT_THROW(run(EmbeddingSum{"word", "place", "type"}, {}, weights, row), Error);
  }
}

TEST(Evaluate, PatchEmbedWalksPatchesRowByRow) {
  std::vector<float> values(3 * 16, 0.0f);
  for (std::size_t i = 0; i < 16; ++i) values[i] = static_cast<float>(i);  // the red plane; the others are black
  std::vector<float> kernel(12, 1.0f);
  kernel[0] = 10;
  const Weights weights{{"w", tensor({1, 3, 2, 2}, kernel)}, {"b", tensor({1}, {0.5f})}};
  // patches 0 1 4 5 | 2 3 6 7 | 8 9 12 13 | 10 11 14 15
  expect_near(run(PatchEmbed{"w", "b", 2}, {array({3, 4, 4}, values)}, weights), {4, 1}, {10.5, 36.5, 114.5, 140.5});
  expect_near(run(PatchEmbed{"w", "", 2}, {array({3, 4, 4}, values)}, weights), {4, 1}, {10, 36, 114, 140});
}

TEST(Evaluate, TokensComeInFrontAndAreTaken) {
  const Weights weights{{"t", tensor({2}, {8, 9})}, {"p", tensor({3, 2}, {1, 2, 3, 4, 5, 6})}};
  const Array x = run(PrependToken{"t"}, {array({2, 2}, {1, 2, 3, 4})}, weights);
  expect_near(x, {3, 2}, {8, 9, 1, 2, 3, 4});
  expect_near(run(AddPositions{"p"}, {x}, weights), {3, 2}, {9, 11, 4, 6, 8, 10});
  expect_near(run(TakeToken{2}, {x}), {2}, {3, 4});
  EXPECT_THROW(run(TakeToken{3}, {x}), Error);
}

TEST(Evaluate, TrainingOnlyNodesAreIdentities) {
  const Array x = random_array({3, 4}, 1);
  EXPECT_EQ(run(DropPatches{}, {x}).values, x.values);
  EXPECT_EQ(run(Dropout{0.5f}, {x}).values, x.values);
}

TEST(Evaluate, LayerNormUsesTheBiasedVariance) {
  const Weights weights{{"w", tensor({2}, {2, 3})}, {"b", tensor({2}, {10, 20})}};
  // 1, 3: mean 2, variance 1;  with epsilon 3 the deviation is 2
  expect_near(run(LayerNorm{"w", "b", 3}, {array({1, 2}, {1, 3})}, weights), {1, 2}, {9, 21.5});
  expect_near(run(LayerNorm{"w", "b", 0}, {array({2}, {1, 3})}, weights), {2}, {8, 23});
}

TEST(Evaluate, LinearStacksActivatesThenAdds) {
  const Weights weights{{"a", tensor({1, 2}, {1, -1})},
                        {"b", tensor({2, 2}, {2, 0, 0, 3})},
                        {"x", tensor({1}, {0.5f})},
                        {"y", tensor({2}, {-5, 1})}};
  const Array x = array({1, 2}, {1, 2});
  const Array residual = array({1, 3}, {100, 200, 300});
  expect_near(run(Linear{{"a", "b"}, {}}, {x}, weights), {1, 3}, {-1, 2, 6});
  expect_near(run(Linear{{"a", "b"}, {"x", "y"}}, {x}, weights), {1, 3}, {-0.5, -3, 7});
  expect_near(run(Linear{{"a", "b"}, {"x", "y"}, Activation::relu}, {x, residual}, weights), {1, 3}, {100, 200, 307});
  // gelu and quick_gelu of -0.5, from tables
  expect_near(run(Linear{{"a"}, {"x"}, Activation::gelu}, {x}, weights), {1, 1}, {-0.1542687694});
  expect_near(run(Linear{{"a"}, {"x"}, Activation::quick_gelu}, {x}, weights), {1, 1}, {-0.5 / (1 + std::exp(0.851))});
}

TEST(Evaluate, LinearOfLongRowsKeepsItsPrecision) {
  const std::int64_t in = 1003, out = 1100;  // large enough for several threads, and not a multiple of the lanes
  const Array x = random_array({2, in}, 2), w = random_array({out, in}, 3);
  const Weights weights{{"w", Tensor::from_floats({out, in}, w.values)}};
  const Array got = run(Linear{{"w"}, {}}, {x}, weights);
  for (std::int64_t r = 0; r < 2; ++r) {
    for (std::int64_t o = 0; o < out; ++o) {
      double want = 0;
      for (std::int64_t i = 0; i < in; ++i) want += double{x.row(r)[i]} * w.row(o)[i];
      ASSERT_NEAR(got.row(r)[o], want, 2e-5);
    }
  }
}

// softmax(q k / sqrt(size)) v for one head, the plain way.
std::vector<double> attention_of(const std::vector<double>& q, const std::vector<std::vector<double>>& k,
                                 const std::vector<std::vector<double>>& v) {
  std::vector<double> out(v[0].size(), 0.0);
  double total = 0;
  for (std::size_t i = 0; i < k.size(); ++i) {
    double score = 0;
    for (std::size_t j = 0; j < q.size(); ++j) score += q[j] * k[i][j];
    const double weight = std::exp(score / std::sqrt(static_cast<double>(q.size())));
    total += weight;
    for (std::size_t j = 0; j < out.size(); ++j) out[j] += weight * v[i][j];
  }
  for (double& value : out) value /= total;
  return out;
}

TEST(Evaluate, AttentionOfOneAndOfAllQueries) {
  const std::int64_t length = 5, width = 4;
  const std::size_t heads = 2, size = 2;
  const Array qkv = random_array({length, 3 * width}, 4);
  const auto part = [&](std::int64_t token, std::size_t offset) {
    const float* at = qkv.row(token) + offset;
    return std::vector<double>(at, at + size);
  };
  std::vector<double> want;
  for (std::int64_t t = 0; t < length; ++t) {
    for (std::size_t head = 0; head < heads; ++head) {
      std::vector<std::vector<double>> keys, values;
      for (std::int64_t i = 0; i < length; ++i) {
        keys.push_back(part(i, width + head * size));
        values.push_back(part(i, 2 * width + head * size));
      }
      const auto rows = attention_of(part(t, head * size), keys, values);
      want.insert(want.end(), rows.begin(), rows.end());
    }
  }
  for (const Mask mask : {Mask::none, Mask::lengths}) {
    expect_near(run(Attention{2, mask, 0.5f}, {qkv}), {length, width}, want, 1e-6);
  }

  Array query({width}), kv({length, 2 * width});
  std::copy_n(qkv.row(3), width, query.values.begin());
  for (std::int64_t i = 0; i < length; ++i) std::copy_n(qkv.row(i) + width, 2 * width, kv.row(i));
  expect_near(run(Attention{2}, {query, kv}), {width}, {want.begin() + 12, want.begin() + 16}, 1e-6);
}

TEST(Evaluate, AttentionSurvivesLargeScores) {
  const Array qkv = array({2, 3}, {100, 100, 1, 100, -100, 7});
  expect_near(run(Attention{1}, {qkv}), {2, 1}, {1, 1});
}

TEST(Evaluate, ConvolutionPadsStridesAndOrdersItsParts) {
  const Array x = array({1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  ConvBnAct op;
  op.weight = "w";
  op.stride = 2;
  op.padding = 1;
  Weights weights{{"w", tensor({1, 1, 3, 3}, std::vector<float>(9, 1.0f))}};
  expect_near(run(op, {x}, weights), {1, 2, 2}, {12, 16, 24, 28});  // sums of the corners' neighbourhoods

  op.norm = {{"s", "t", "m", "v", 1.0f}};
  weights.insert(
      {{"s", tensor({1}, {2})}, {"t", tensor({1}, {-1})}, {"m", tensor({1}, {20})}, {"v", tensor({1}, {3})}});
  expect_near(run(op, {x}, weights), {1, 2, 2}, {-9, -5, 3, 7});  // (y - 20) / 2 * 2 - 1
  op.bias = "b";
  weights.insert({"b", tensor({1}, {1})});
  op.activation = Activation::relu;
  const Array residual = array({1, 2, 2}, {9, 0, -5, 1});
  expect_near(run(op, {x, residual}, weights), {1, 2, 2}, {1, 0, 0, 9});  // the residual enters before the activation
  op.norm.clear();
  op.bias = "places";
  weights.insert({"places", tensor({1, 2, 2}, {0, 1, 2, 3})});
  expect_near(run(op, {x}, weights), {1, 2, 2}, {12, 17, 26, 31});
}

TEST(Evaluate, ConvolutionMixesChannels) {
  const Array x = array({2, 1, 1}, {3, 5});
  ConvBnAct op;
  op.weight = "w";
  op.bias = "b";
  const Weights weights{{"w", tensor({3, 2, 1, 1}, {1, 0, 0, 1, 2, -1})}, {"b", tensor({3}, {10, 20, 30})}};
  expect_near(run(op, {x}, weights), {3, 1, 1}, {13, 25, 31});
}

TEST(Evaluate, AvgPoolLeavesTheBorderOut) {
  const Array x = array({2, 3, 3}, {1, 2, 99, 3, 6, 99, 99, 99, 99, 4, 4, 99, 4, 8, 99, 99, 99, 99});
  expect_near(run(AvgPool{2}, {x}), {2, 1, 1}, {3, 5});
  const Array y = array({1, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  expect_near(run(AvgPool{2}, {y}), {1, 1, 2}, {3.5, 5.5});
}

TEST(Evaluate, AttentionPoolAsksWithTheMean) {
  // One channel, two places: tokens mean, a, b, plus positions.
  const Array x = array({1, 1, 2}, {2, 4});
  const auto one = [](float value) { return tensor({1, 1}, {value}); };
  const auto bias = [](float value) { return tensor({1}, {value}); };
  const Weights weights{{"p", tensor({3, 1}, {1, 0.5f, -1})},
                        {"qw", one(0.5f)},
                        {"qb", bias(0.1f)},
                        {"kw", one(0.3f)},
                        {"kb", bias(0.2f)},
                        {"vw", one(2)},
                        {"vb", bias(-1)},
                        {"ow", tensor({2, 1}, {1, -2})},
                        {"ob", tensor({2}, {0, 7})}};
  const std::vector<double> tokens{4, 2.5, 3};
  const double q = 0.5 * tokens[0] + 0.1;
  std::vector<std::vector<double>> keys, values;
  for (const double token : tokens) {
    keys.push_back({0.3 * token + 0.2});
    values.push_back({2 * token - 1});
  }
  const double seen = attention_of({q}, keys, values)[0];
  expect_near(run(AttentionPool{"p", "qw", "qb", "kw", "kb", "vw", "vb", "ow", "ob", 1}, {x}, weights), {2},
              {seen, -2 * seen + 7}, 1e-5);
}

TEST(Evaluate, ProjectMultipliesFromTheLeft) {
  const Weights weights{{"w", tensor({2, 3}, {1, 2, 3, 4, 5, 6})}};
  expect_near(run(Project{"w"}, {array({2}, {1, 10})}, weights), {3}, {41, 52, 63});
  expect_near(run(Project{"w"}, {array({2, 2}, {1, 0, 0, 1})}, weights), {2, 3}, {1, 2, 3, 4, 5, 6});
}

}  // namespace
}  // namespace cnclip::reference
