// The fast engine against the oracle.
#include "engine/openvino/openvino.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/node_cases.h"
#include "engine/reference/reference.h"

namespace cnclip {
namespace {

std::vector<float> features_of(Program& program, const CaseBatch& batch) {
  std::vector<float> features(static_cast<std::size_t>(batch.count * program.feature_size()));
  program.run(batch.view(), features);
  return features;
}

double scale_of(const std::vector<float>& values) {
  double largest = 0;
  for (const float v : values) largest = std::max(largest, std::abs(double{v}));
  return largest;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - b[i]));
  return largest;
}

TEST(OpenVino, AgreesWithTheReferenceOnEveryNodeKind) {
  const auto engine = make_openvino_engine(), oracle = make_reference_engine();
  for (const NodeCase& c : node_cases()) {
    SCOPED_TRACE(c.name);
    if (c.name.ends_with("optimized")) continue;  // this engine runs the passes itself
    const auto program = engine->compile(c.graph, c.weights, {});
    const auto wanted_program = oracle->compile(c.graph, c.weights, {});
    for (const CaseBatch& batch : c.batches) {
      const auto got = features_of(*program, batch), wanted = features_of(*wanted_program, batch);
      EXPECT_LE(largest_difference(got, wanted), 1e-5 * scale_of(wanted));
    }
  }
}

}  // namespace
}  // namespace cnclip
