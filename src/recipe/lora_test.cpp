#include "recipe/lora.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "graph/lora_names.h"

namespace cnclip {
namespace {

std::vector<std::string> names_of(const std::vector<Parameter>& parameters) {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  return names;
}

TEST(Lora, AdaptsMatricesOfLinearLayersThatAreNotFrozen) {
  const ModelConfig& config = *find_architecture("tiny");  // two blocks a tower
  const auto all = names_of(adapted_matrices(config, Freeze({}, config)));
  EXPECT_EQ(all.size(), 2u * 4 + 1 + 2 * 6 + 1);
  for (const char* name : {"visual.transformer.resblocks.0.attn.in_proj_weight", "visual.proj", "text_projection",
                           "bert.encoder.layer.1.attention.self.query.weight"}) {
    EXPECT_TRUE(std::ranges::count(all, name) == 1) << name;
  }
  EXPECT_EQ(names_of(adapted_matrices(config, Freeze({"vision", "text.blocks<2", "text_projection"}, config))),
            std::vector<std::string>{});
  const auto resnet =
      names_of(adapted_matrices(*find_architecture("tiny-rn"), Freeze({"text"}, *find_architecture("tiny-rn"))));
  EXPECT_EQ(resnet.size(), 4u);  // of its attention pool; no convolution, no table of positions
}

TEST(Lora, BeginsAsNothing) {
  const ModelConfig& config = *find_architecture("tiny");
  const std::string name = "visual.transformer.resblocks.1.mlp.c_fc.weight";  // (512, 128)
  const std::vector<Parameter> parameters = lora_parameters(config, Freeze({"text"}, config), 3);
  EXPECT_EQ(parameters.size(), 2u * 9);
  const TensorMap drawn = initial_weights(parameters, 1);
  EXPECT_EQ(drawn.at(lora_a(name)).shape, (Shape{3, 128}));
  EXPECT_EQ(drawn.at(lora_b(name)).shape, (Shape{512, 3}));
  const Tensor a = drawn.at(lora_a(name)).load(), b = drawn.at(lora_b(name)).load();
  EXPECT_NEAR(std::ranges::max(a.data<float>()), 1 / std::sqrt(128.0), 0.01);
  EXPECT_TRUE(std::ranges::all_of(b.data<float>(), [](float value) { return value == 0; }));
}

}  // namespace
}  // namespace cnclip
