#include "checkpoint/hf_config.h"

#include <gtest/gtest.h>

#include "checkpoint/test_files.h"

namespace cnclip {
namespace {

ModelConfig applied(const std::string& json) {
  ModelConfig config = *find_architecture("tiny");
  apply_hf_config(json, "config.json", config);
  return config;
}

std::string error_with(const std::string& json) {
  return error_of([&] { applied(json); });
}

TEST(HfConfig, HeadsAreTaken) {
  const ModelConfig config =
      applied(R"({"text_config": {"num_attention_heads": 4}, "vision_config": {"num_attention_heads": 8}})");
  EXPECT_EQ(config.text.heads, 4);
  EXPECT_EQ(std::get<VitConfig>(config.vision).head_width, 16);
}

TEST(HfConfig, ValuesOfTheWrongKindAreNamed) {
  EXPECT_EQ(error_with(R"({"model_type": 5})"), "config.json: model_type is 5, \"chinese_clip\" is needed");
  EXPECT_EQ(error_with(R"({"vision_config": {"hidden_act": "relu"}})"),
            "config.json: hidden_act is \"relu\", \"quick_gelu\" is needed");
  EXPECT_EQ(error_with(R"({"vision_config": {"num_attention_heads": "x"}})"),
            "config.json: num_attention_heads is \"x\"");
  EXPECT_EQ(error_with("[]"), "config.json: not a JSON object");
  EXPECT_NE(error_with("version https://git-lfs.github.com/spec/v1\n").find("Git LFS pointer"), std::string::npos);
}

// Writing such a value out would take more stack than there is.
TEST(HfConfig, DeepNestingIsRefused) {
  const std::string deep = std::string(400'000, '[') + std::string(400'000, ']');
  EXPECT_EQ(error_with(R"({"vision_config": {"hidden_act": )" + deep + "}}"),
            "config.json: hidden_act is a list, \"quick_gelu\" is needed");
}

}  // namespace
}  // namespace cnclip
