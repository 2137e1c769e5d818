#include "checkpoint/hf_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "checkpoint/test_files.h"

namespace cnclip {
namespace {

// What config.json must say of "tiny", beside what a test is about.
constexpr std::string_view kText = R"("num_hidden_layers": 2, "num_attention_heads": 2)";
constexpr std::string_view kVision = R"("num_hidden_layers": 2, "image_size": 64, "num_attention_heads": 2)";

std::string config_with(std::string_view vision, std::string_view text) {
  return fmt::format(R"({{"vision_config": {{{}}}, "text_config": {{{}}}}})", vision, text);
}

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
      applied(config_with(R"("num_hidden_layers": 2, "image_size": 64, "num_attention_heads": 8)",
                          R"("num_hidden_layers": 2, "num_attention_heads": 4)"));
  EXPECT_EQ(config.text.heads, 4);
  EXPECT_EQ(std::get<VitConfig>(config.vision).head_width, 16);
}

TEST(HfConfig, ValuesOfTheWrongKindAreNamed) {
  EXPECT_EQ(error_with(R"({"model_type": 5})"), "config.json: model_type is 5, \"chinese_clip\" is needed");
  EXPECT_EQ(error_with(R"({"vision_config": {"hidden_act": "relu"}})"),
            "config.json: hidden_act is \"relu\", \"quick_gelu\" is needed");
  EXPECT_EQ(error_with(config_with(R"("num_hidden_layers": 2, "image_size": 64, "num_attention_heads": "x")", kText)),
            "config.json: num_attention_heads is \"x\"");
  EXPECT_EQ(error_with("[]"), "config.json: not a JSON object");
  EXPECT_NE(error_with("version https://git-lfs.github.com/spec/v1\n").find("Git LFS pointer"), std::string::npos);
}

TEST(HfConfig, SizesMustBeThoseOfTheWeights) {
  applied(config_with(kVision, kText));
  const std::pair<std::string, std::string_view> cases[] = {
      {config_with("", kText), "vision_config num_hidden_layers is 12, the weights have 2"},
      {config_with(R"("num_hidden_layers": 2)", kText), "vision_config image_size is 224, the weights have 64"},
      {config_with(kVision, R"("num_hidden_layers": 3)"), "text_config num_hidden_layers is 3, the weights have 2"},
      {config_with(R"("num_hidden_layers": 2, "image_size": 64, "num_attention_heads": 5)", kText),
       "5 heads do not divide the width 128"},
      {config_with(kVision, R"("layer_norm_eps": 1e-5)"), "layer_norm_eps is 1e-05, 1e-12 is needed"},
      {config_with(R"("layer_norm_eps": "small")", kText), "layer_norm_eps is \"small\", 1e-05 is needed"},
      {config_with(kVision, R"("hidden_act": "relu")"), "hidden_act is \"relu\", \"gelu\" is needed"},
  };
  for (const auto& [json, what] : cases) EXPECT_EQ(error_with(json), fmt::format("config.json: {}", what));
}

// Writing such a value out would take more stack than there is.
TEST(HfConfig, DeepNestingIsRefused) {
  const std::string deep = std::string(400'000, '[') + std::string(400'000, ']');
  EXPECT_EQ(error_with(R"({"vision_config": {"hidden_act": )" + deep + "}}"),
            "config.json: hidden_act is a list, \"quick_gelu\" is needed");
}

}  // namespace
}  // namespace cnclip
