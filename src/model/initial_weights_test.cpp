// How every parameter starts, by what the official constructors and PyTorch's defaults say of names like its own.
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

using Kind = Initializer::Kind;

Initializer expected(const Parameter& parameter, const ModelConfig& config) {
  const std::string& name = parameter.name;
  const auto has = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  const auto inverse_root = [](std::int64_t n) { return 1 / std::sqrt(static_cast<double>(n)); };
  const bool bias = name.ends_with("bias"), weight = name.ends_with(".weight");
  if (name == "logit_scale") return {Kind::constant, 2.65926003693278};
  if (name == "text_projection") return {Kind::normal, inverse_root(config.text.hidden_size)};
  if (has("running_var")) return {Kind::constant, 1};
  if (has("running_mean") || has("num_batches_tracked")) return {Kind::constant, 0};
  if (has(".layer") && has(".bn3.weight")) return {Kind::constant, 0};
  if (has("LayerNorm") || has(".ln_") || has(".bn") || has("downsample.1.")) return {Kind::constant, bias ? 0.0 : 1.0};
  if (name.starts_with("bert.")) return weight ? Initializer{Kind::normal, 0.02} : Initializer{Kind::constant, 0};
  if (has("attnpool."))
    return {bias ? Kind::uniform : Kind::normal, inverse_root(32 * std::get<ResNetConfig>(config.vision).width)};
  if (has("conv") || has("downsample.0.")) {
    return {Kind::uniform, inverse_root(parameter.shape[1] * parameter.shape[2] * parameter.shape[3])};
  }
  const int width = std::get<VitConfig>(config.vision).width;
  if (has("in_proj_weight")) return {Kind::uniform, std::sqrt(6.0 / (width + 3 * width))};
  if (has(".attn.")) return bias ? Initializer{Kind::constant, 0} : Initializer{Kind::uniform, inverse_root(width)};
  if (has(".mlp.")) return {Kind::uniform, inverse_root(has(".c_proj.") ? 4 * width : width)};
  return {Kind::normal, inverse_root(width)};  // class_embedding, positional_embedding, proj
}

TEST(InitialWeights, StartAsInTheOfficialConstructors) {
  for (const ModelConfig& config : architectures()) {
    for (const Parameter& parameter : parameters(config)) {
      const Initializer wanted = expected(parameter, config);
      EXPECT_EQ(parameter.initializer.kind, wanted.kind) << parameter.name;
      EXPECT_NEAR(parameter.initializer.value, wanted.value, 1e-12) << parameter.name;
    }
  }
}

TEST(InitialWeights, OfTheTextTowerAreAsWideAsTheConfigurationSays) {
  ModelConfig config = *find_architecture("tiny");
  config.text.initializer_range = 0.05f;
  for (const Parameter& parameter : parameters(config)) {
    if (parameter.name.starts_with("bert.") && parameter.initializer.kind == Kind::normal) {
      EXPECT_EQ(parameter.initializer.value, 0.05) << parameter.name;
    }
  }
  EXPECT_EQ(parameters(config).size(), parameters(*find_architecture("tiny")).size());
  EXPECT_FLOAT_EQ(parse_config(to_json(config), false, "range.json").text.initializer_range, 0.05f);
  config.text.initializer_range = 0;
  EXPECT_THROW(validate(config), Error);
}

// Moments of 2.7 million and 65 thousand draws.
TEST(InitialWeights, AreDrawnFromTheDistributionsTheyName) {
  const TensorMap weights = initial_weights(*find_architecture("tiny"), 5);
  struct Case {
    const char* name;
    double deviation, kurtosis;
  };
  const double bound = 1 / std::sqrt(128.0);
  for (const auto& [name, deviation, kurtosis] :
       {Case{"bert.embeddings.word_embeddings.weight", 0.02, 3},
        Case{"visual.transformer.resblocks.0.mlp.c_fc.weight", bound / std::sqrt(3.0), 1.8}}) {
    const Tensor tensor = weights.at(name).load();
    double sum = 0, square = 0, fourth = 0, most = 0;
    for (const float value : tensor.data<float>()) {
      const double x = value;
      sum += x;
      square += x * x;
      fourth += x * x * x * x;
      most = std::max(most, std::abs(x));
    }
    const auto count = static_cast<double>(tensor.size());
    EXPECT_NEAR(sum / count, 0, 5 * deviation / std::sqrt(count)) << name;
    EXPECT_NEAR(std::sqrt(square / count) / deviation, 1, 5 / std::sqrt(2 * count)) << name;
    EXPECT_NEAR(fourth * count / (square * square), kurtosis, 25 / std::sqrt(count)) << name;
    if (kurtosis < 2) {
      EXPECT_LT(most, bound);
      EXPECT_GT(most, bound * 0.999);
    }
  }
}

TEST(InitialWeights, DependOnSeedAndNameOnly) {
  const auto values = [](std::uint64_t seed, const char* name) {
    const Tensor tensor = initial_weights(*find_architecture("tiny"), seed).at(name).load();
    return std::vector<float>(tensor.data<float>().begin(), tensor.data<float>().end());
  };
  EXPECT_EQ(values(7, "visual.proj"), values(7, "visual.proj"));
  EXPECT_NE(values(7, "visual.proj"), values(8, "visual.proj"));
  EXPECT_NE(values(7, "bert.encoder.layer.0.attention.self.key.weight"),
            values(7, "bert.encoder.layer.0.attention.self.query.weight"));
}

}  // namespace
}  // namespace cnclip
