#include <gtest/gtest.h>

#include "cnclip/error.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "model/parameters.h"
#include "model/recognize.h"
#include "model/towers.h"

namespace cnclip {
namespace {

// Counts of the official models, as published or derived from their shapes.
TEST(Parameters, CountsAreTheOfficialOnes) {
  const std::pair<const char*, std::int64_t> counts[] = {{"RN50", 76'989'537},          {"ViT-B-32", 189'919'489},
                                                         {"ViT-B-16", 188'262'913},     {"ViT-L-14", 406'233'089},
                                                         {"ViT-L-14-336", 406'560'769}, {"ViT-H-14", 957'598'209}};
  for (const auto& [name, count] : counts) EXPECT_EQ(parameter_count(*find_architecture(name)), count) << name;
}

TEST(Parameters, TensorsOfTheOfficialFile) {
  EXPECT_EQ(parameters(*find_architecture("ViT-B-16")).size(), 351u);
  std::int64_t buffers = 0;
  for (const Parameter& parameter : parameters(*find_architecture("RN50"))) {
    if (parameter.buffer) buffers += element_count(parameter.shape);
  }
  EXPECT_EQ(buffers, 53'303);
}

TEST(Towers, EveryArchitectureIsWholeAndOptimizes) {
  for (const ModelConfig& config : architectures()) {
    for (Graph graph : {image_tower(config), text_tower(config)}) {
      TensorMap weights = initial_weights(config, 0);
      const Shape wanted{kBatch, config.embed_dim};
      EXPECT_EQ(verify(graph, weights)[static_cast<std::size_t>(graph.output.id)], wanted) << graph.name;
      optimize(graph, weights);
      EXPECT_EQ(verify(graph, weights)[static_cast<std::size_t>(graph.output.id)], wanted) << graph.name;
    }
  }
}

TEST(Towers, OptimizedGraphsTakeRawPixelsAndOneQuery) {
  const ModelConfig& config = *find_architecture("ViT-B-16");
  Graph graph = image_tower(config);
  TensorMap weights = initial_weights(config, 0);
  optimize(graph, weights);
  const std::string text = print(graph, verify(graph, weights));
  EXPECT_EQ(text.find("normalize_pixels"), std::string::npos);
  EXPECT_NE(text.find("in_proj_weight#kv"), std::string::npos);
  // One block only: every other one computes all tokens.
  EXPECT_EQ(text.find("in_proj_weight#kv"), text.rfind("in_proj_weight#kv"));
  EXPECT_NE(text.find("resblocks.11.attn.in_proj_weight#kv"), std::string::npos);
}

TEST(Verify, NamesTheTensorThatDoesNotFit) {
  const ModelConfig& config = *find_architecture("tiny");
  TensorMap weights = initial_weights(config, 0);
  weights.set("visual.ln_post.weight", Tensor::allocate(DType::f32, {7}));
  try {
    verify(image_tower(config), weights);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("visual.ln_post.weight has shape (7)"), std::string::npos) << error.what();
  }
}

TEST(Recognize, EveryArchitectureFromItsTensors) {
  for (const ModelConfig& config : architectures()) {
    const auto found = recognize(initial_weights(config, 0));
    ASSERT_TRUE(found) << config.name;
    EXPECT_EQ(found->name, config.name);
    EXPECT_TRUE(found->same_sizes(config)) << config.name;
  }
}

TEST(Config, SurvivesJson) {
  for (const ModelConfig& config : architectures()) {
    const ModelConfig read = parse_config(to_json(config), false, "test");
    EXPECT_TRUE(read.same_sizes(config)) << config.name;
    EXPECT_EQ(read.name, config.name);
  }
}

TEST(Config, ReadsToml) {
  const char* text = R"(
name = "mine"
embed_dim = 32
image_resolution = 32
vision_layers = 1
vision_width = 64
vision_patch_size = 16
text_num_hidden_layers = 1
text_hidden_size = 64
text_num_attention_heads = 1
)";
  EXPECT_EQ(parse_config(text, true, "mine.toml").embed_dim, 32);
}

TEST(Config, SaysWhatIsWrong) {
  EXPECT_THROW(parse_config("{", false, "f"), Error);
  EXPECT_THROW(parse_config("[]", false, "f"), Error);
  EXPECT_THROW(parse_config("{\"embed_dim\": \"x\"}", false, "f"), Error);
  EXPECT_THROW(parse_config(std::string(5000, '['), false, "f"), Error);
  EXPECT_THROW(parse_config(std::string(5000, '['), true, "f"), Error);
  EXPECT_THROW(parse_config(R"({"embed_dim": 1, "image_resolution": 1, "vision_layers": [4294967299]})", false, "f"),
               Error);
  ModelConfig odd = *find_architecture("tiny");
  odd.text.heads = 3;
  EXPECT_THROW(validate(odd), Error);
}

// What walks such a value takes more stack than there is.
TEST(Config, DeepNestingIsRefused) {
  std::string keys = "a";
  for (int i = 0; i < 200'000; ++i) keys += ".a";
  EXPECT_THROW(parse_config(keys + " = 1\n", true, "f"), Error);
  EXPECT_THROW(parse_config("[" + keys + "]\n", true, "f"), Error);
  std::string brackets;  // that the JSON around them does not show as such
  for (int i = 0; i < 150'000; ++i) brackets += "\\u005b";
  const std::string json = R"({"embed_dim": 1, "image_resolution": 1, "vision_layers": ")" + brackets;
  EXPECT_THROW(parse_config(json + std::string(140'000, ']') + "\"}", false, "f"), Error);
}

}  // namespace
}  // namespace cnclip
