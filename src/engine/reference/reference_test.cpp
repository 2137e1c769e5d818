#include "engine/reference/reference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/test_errors.h"
#include "cnclip/error.h"
#include "engine/node_cases.h"
#include "graph/shapes.h"

namespace cnclip {
namespace {

std::vector<float> features_of(const NodeCase& c, const Batch& batch, int threads = 2) {
  CompileOptions options;
  options.threads = threads;
  const auto program = make_reference_engine()->compile(c.graph, c.weights, options);
  std::vector<float> features(static_cast<std::size_t>(batch.count * program->feature_size()));
  program->run(batch, features);
  return features;
}

TEST(Reference, EveryCaseGivesFiniteRowsThatDoNotDependOnNeighboursOrThreads) {
  for (const NodeCase& c : node_cases()) {
    SCOPED_TRACE(c.name);
    const CaseBatch& batch = c.batches[1];
    const std::vector<float> all = features_of(c, batch.view());
    EXPECT_EQ(all, features_of(c, batch.view(), 1));
    double squares = 0;
    for (const float value : all) {
      ASSERT_TRUE(std::isfinite(value));
      squares += double{value} * value;
    }
    EXPECT_GT(squares, 0.0);

    CaseBatch last{1, {}, {}, {}};  // the last row alone
    const std::size_t rows = static_cast<std::size_t>(batch.count);
    last.pixels.assign(batch.pixels.end() - static_cast<std::ptrdiff_t>(batch.pixels.size() / rows),
                       batch.pixels.end());
    if (!batch.lengths.empty()) {
      last.lengths = {batch.lengths.back()};
      last.ids.assign(batch.ids.end() - batch.lengths.back(), batch.ids.end());
    }
    const std::vector<float> one = features_of(c, last.view());
    EXPECT_EQ(one, std::vector<float>(all.end() - static_cast<std::ptrdiff_t>(one.size()), all.end()));
  }
}

TEST(Reference, CasesCoverEveryNodeKind) {
  std::map<std::size_t, int> kinds;
  for (const NodeCase& c : node_cases()) {
    for (const Node& node : c.graph.nodes) ++kinds[node.op.index()];
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Op>);
}

TEST(Reference, PassesKeepTheFeaturesOfTowers) {
  std::map<std::string, NodeCase> cases;
  for (NodeCase& c : node_cases()) cases.emplace(c.name, std::move(c));
  for (const char* tower : {"vit", "bert", "resnet"}) {
    SCOPED_TRACE(tower);
    const NodeCase &plain = cases.at(tower), &optimized = cases.at(std::string(tower) + ", optimized");
    const Batch batch = plain.batches[1].view();
    const std::vector<float> before = features_of(plain, batch), after = features_of(optimized, batch);
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before[i], after[i], 1e-4 * (1 + std::abs(before[i])));
  }
}

TEST(Reference, RefusesWhatItCannotDo) {
  CaseMaker m("texts");
  const Value output = m.g.take_token(m.words(4), 0);
  const NodeCase c = std::move(m).finish(output);
  CompileOptions bf16;
  bf16.precision = Precision::bf16;
  try {
    make_reference_engine()->compile(c.graph, c.weights, bf16);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::unavailable);
  }
  CompileOptions two;
  two.streams = 2;
  EXPECT_EQ(category_of([&] { make_reference_engine()->compile(c.graph, c.weights, two); }), ErrorCategory::usage);
  const auto program = make_reference_engine()->compile(c.graph, c.weights, {});
  EXPECT_EQ(program->feature_size(), 4);
  std::vector<float> features(4);
  const std::vector<std::int32_t> ids{1, 2}, length{2}, wrong{3}, none{0};
  EXPECT_NO_THROW(program->run({1, {}, ids, length}, features));
  EXPECT_THROW(program->run({1, {}, ids, wrong}, features), Error);
  EXPECT_THROW(program->run({1, {}, ids, none}, features), Error);
  EXPECT_THROW(program->run({1, {}, ids, length}, std::span(features).first(3)), Error);
}

}  // namespace
}  // namespace cnclip
