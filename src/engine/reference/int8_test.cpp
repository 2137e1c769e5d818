// What quantize() makes of a graph, with the reference engine as judge.
#include "graph/int8.h"

#include <gtest/gtest.h>

#include "base/test_errors.h"
#include "engine/reference/reference.h"
#include "engine/test_features.h"

namespace cnclip {
namespace {

TEST(Quantize, SmoothingChangesNothingInRealNumbers) {
  const auto oracle = make_reference_engine();
  NodeCase vit = tower_cases().at(0);
  const auto before = features_of(*oracle, vit, vit.batches.back().view());
  TowerQuantization quantization;
  for (const std::string& norm : smoothable_weights(vit.graph)) {
    Tensor factors = Tensor::allocate(DType::f32, {16});
    for (std::size_t c = 0; c < 16; ++c) factors.mutable_data<float>()[c] = 0.1f * static_cast<float>(1 + c * c);
    quantization.smoothing[norm] = factors;
  }
  EXPECT_EQ(quantization.smoothing.size(), 4u);  // two a block; not those whose output is also a residual or projected
  quantize(vit.graph, vit.weights, quantization);
  const auto after = features_of(*oracle, vit, vit.batches.back().view());
  EXPECT_LE(largest_difference(before, after), 1e-5 * scale_of(before));
  EXPECT_GT(largest_difference(before, after), 0);
}

TEST(Quantize, PassesKeepWhatIsRounded) {
  const auto oracle = make_reference_engine();
  for (const NodeCase& c : int8_cases()) {
    SCOPED_TRACE(c.name);
    NodeCase optimized = c;
    optimize(optimized.graph, optimized.weights);
    EXPECT_TRUE(has_int8(optimized.graph));
    const Batch batch = c.batches.back().view();
    const auto before = features_of(*oracle, c, batch), after = features_of(*oracle, optimized, batch);
    // Folded batch norms give weights that differ in the last bits, which may round to another step.
    EXPECT_LE(largest_difference(before, after), (c.name.starts_with("resnet") ? 0.02 : 1e-5) * scale_of(before));
  }
}

TEST(Quantize, SmallStepsComeNearTheExactFeatures) {
  const auto oracle = make_reference_engine();
  for (const NodeCase& c : tower_cases()) {
    SCOPED_TRACE(c.name);
    NodeCase quantized = c;
    TowerQuantization quantization;
    for (const Node& node : c.graph.nodes) {
      if (const std::string layer = int8_layer(c.graph, node); !layer.empty()) quantization.steps[layer] = 0.04f;
    }
    quantize(quantized.graph, quantized.weights, quantization);
    const Batch batch = c.batches.back().view();
    const auto exact = features_of(*oracle, c, batch), rounded = features_of(*oracle, quantized, batch);
    EXPECT_LE(largest_difference(exact, rounded), 0.1 * scale_of(exact));
    EXPECT_GT(largest_difference(exact, rounded), 1e-4 * scale_of(exact));
  }
}

TEST(Quantize, RefusesWhatTheTowerLacks) {
  const auto last_norm = [](const NodeCase& c) {
    std::string name;
    for (const Node& node : c.graph.nodes) {
      if (const auto* norm = std::get_if<LayerNorm>(&node.op)) name = norm->weight;
    }
    return name;
  };
  const Tensor factors = Tensor::allocate(DType::f32, {16});
  const auto refuses = [&](NodeCase c, const TowerQuantization& quantization, const std::string& why) {
    expect_bad_input([&] { quantize(c.graph, c.weights, quantization); }, why);
  };
  const NodeCase vit = tower_cases().at(0), bert = tower_cases().at(1);
  refuses(vit, {{{"no.such", 1.0f}}, {}}, "has no layer no.such");
  refuses(vit, {{}, {{"no.such", factors}}}, "has no layer norm no.such");
  refuses(vit, {{}, {{last_norm(vit), factors}}}, "used by more than linear layers");    // it is projected
  refuses(bert, {{}, {{last_norm(bert), factors}}}, "used by more than linear layers");  // a token of it is taken
  for (const std::string& norm : smoothable_weights(vit.graph)) {
    refuses(vit, {{}, {{norm, Tensor::allocate(DType::f32, {15})}}}, "has shape (15), not (16)");
  }
}

}  // namespace
}  // namespace cnclip
