#include "checkpoint/load.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "checkpoint/safetensors.h"
#include "checkpoint/save.h"
#include "checkpoint/test_files.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

using Json = nlohmann::json;

std::string refusal(const std::filesystem::path& path) {
  const std::string message = error_of([&] { load_checkpoint(path); });
  EXPECT_TRUE(message.starts_with(path.string())) << message;
  return message;
}

std::string refusal(const TestFolder& folder, const TensorMap& tensors) {
  write_safetensors(folder / "f.safetensors", tensors, {});
  return refusal(folder / "f.safetensors");
}

TensorMap named(std::initializer_list<std::pair<const char*, Shape>> tensors) {
  TensorMap out;
  for (const auto& [name, shape] : tensors) out.set(name, Tensor::allocate(DType::f32, shape));
  return out;
}

TEST(Load, KnowsEveryArchitectureUnderEveryName) {
  for (const ModelConfig& config : architectures()) {
    TensorMap prefixed, official = initial_weights(config, 0);
    for (const auto& [name, tensor] : official) prefixed.set("state_dict.module." + name, tensor);
    const auto recognized = [&](const TensorMap& tensors) {
      RawCheckpoint raw;
      raw.tensors = tensors;
      return config_of(raw, to_official(tensors, "file"), "file").name;
    };
    EXPECT_EQ(recognized(official), config.name);
    EXPECT_EQ(recognized(prefixed), config.name);
    if (std::holds_alternative<VitConfig>(config.vision)) {
      EXPECT_EQ(recognized(to_hugging_face(official, config)), config.name);
    }
  }
}

TEST(Load, ForeignCheckpointsAreNamed) {
  const TestFolder folder;
  const std::pair<TensorMap, std::string_view> cases[] = {
      {named({{"visual.conv1.weight", {8, 3, 4, 4}},
              {"visual.class_embedding", {8}},
              {"token_embedding.weight", {9, 8}}}),
       "is a CLIP checkpoint of OpenAI's kind, with an English text tower, a Chinese-CLIP checkpoint with both towers "
       "is"},
      {named({{"vision_model.embeddings.class_embedding", {8}},
              {"text_model.embeddings.token_embedding.weight", {9, 8}}}),
       "is a Hugging Face CLIPModel checkpoint, with an English text tower"},
      {named({{"bert.embeddings.word_embeddings.weight", {30, 8}}, {"cls.predictions.bias", {30}}}),
       "is a BERT checkpoint (text tower only)"},
      {named({{"embeddings.word_embeddings.weight", {30, 8}}}), "is a BERT checkpoint (text tower only)"},
      {named({{"conv1.weight", {8, 1, 3, 3}}, {"fc.weight", {10, 8}}}),
       "is not a CLIP or BERT checkpoint (2 tensors, the first is conv1.weight)"},
  };
  for (const auto& [tensors, what] : cases) {
    const std::string message = refusal(folder, tensors);
    EXPECT_TRUE(mentions(message, what)) << message;
  }
}

TEST(Load, TensorsThatAreMissingMisshapenOrTooManyAreNamed) {
  const TestFolder folder;
  const TensorMap whole = initial_weights(small_vit(), 1);
  const auto changed = [&](const char* name, const std::optional<LazyTensor>& tensor) {
    TensorMap out;
    for (const auto& [key, value] : whole) {
      if (key != name) out.set(key, value);
    }
    if (tensor) out.set(name, *tensor);
    return refusal(folder, out);
  };
  const std::string message = changed("visual.ln_pre.bias", {});
  EXPECT_TRUE(mentions(message, "tensor visual.ln_pre.bias is missing")) << message;
  EXPECT_TRUE(mentions(changed("visual.ln_pre.bias", Tensor::allocate(DType::f32, {63})), "has shape (63)"));
  EXPECT_TRUE(mentions(changed("visual.ln_pre.bias", Tensor::allocate(DType::i32, {64})), "is of type i32"));
  EXPECT_TRUE(mentions(changed("visual.positional_embedding", Tensor::allocate(DType::f32, {16, 64})), "square grid"));
  EXPECT_TRUE(mentions(changed("visual.adapter.weight", Tensor::allocate(DType::f32, {4})),
                       "tensor visual.adapter.weight does not belong to custom"));
  EXPECT_TRUE(mentions(changed("bert.encoder.layer.3.output.dense.weight", Tensor::allocate(DType::f32, {64, 96})),
                       "tensor bert.encoder.layer.3.output.dense.weight does not belong"));
  EXPECT_TRUE(mentions(changed("bert.encoder.layer.0.output.dense.weight", {}), "text_num_hidden_layers is 0"));
  EXPECT_TRUE(mentions(changed("visual.class_embedding", {}), "an image tower or a text tower is not whole"));
}

TEST(Load, PoolersAndPositionIdsAreLeftOut) {
  const TestFolder folder;
  for (const bool hugging_face : {false, true}) {
    TensorMap tensors = initial_weights(small_vit(), 1);
    if (hugging_face) tensors = to_hugging_face(tensors, small_vit());
    const std::string bert = hugging_face ? "text_model." : "bert.";
    tensors.set(bert + "pooler.dense.weight", Tensor::allocate(DType::f32, {64, 64}));
    tensors.set(bert + "pooler.dense.bias", Tensor::allocate(DType::f32, {64}));
    tensors.set(bert + "embeddings.position_ids", Tensor::allocate(DType::i64, {1, 16}));
    write_safetensors(folder / "f.safetensors", tensors, {});
    expect_same(initial_weights(small_vit(), 1), load_checkpoint(folder / "f.safetensors").weights);
  }
}

class HuggingFaceFolder : public testing::Test {
 protected:
  void SetUp() override {
    save_checkpoint(initial_checkpoint(small_vit(), 1, {}, {}), folder_ / "hf", Layout::hugging_face);
  }

  TestFolder folder_;
};

TEST_F(HuggingFaceFolder, ItsConfigurationMustBeThatOfTheWeights) {
  const std::string path = folder_ / "hf" / "config.json";
  Json config = Json::parse(read_file(path));
  config["vision_config"]["num_hidden_layers"] = 3;
  put_bytes(path, config.dump());
  for (const char* name : {"hf", "hf/model.safetensors"}) {
    EXPECT_EQ(error_of([&] { load_checkpoint(folder_ / name); }),
              path + ": vision_config num_hidden_layers is 3, the weights have 2");
  }
}

TEST_F(HuggingFaceFolder, WithoutWeightsSaysWhatItHolds) {
  std::filesystem::remove(folder_ / "hf" / "model.safetensors");
  EXPECT_TRUE(mentions(refusal(folder_ / "hf"), "holds no model.safetensors and no pytorch_model.bin"));
  put_bytes(folder_ / "hf" / "bert_model.ckpt.index", "x");
  EXPECT_TRUE(mentions(refusal(folder_ / "hf"), "holds a TensorFlow model (bert_model.ckpt.index)"));
}

TEST_F(HuggingFaceFolder, PartsThatDoNotFitAreNamed) {
  const TensorMap whole = initial_weights(small_vit(), 1);
  for (const auto& [name, shape] :
       {std::pair("visual_projection.weight", Shape{24}),
        std::pair("vision_model.encoder.layers.1.self_attn.k_proj.weight", Shape{64, 63})}) {
    TensorMap tensors = to_hugging_face(whole, small_vit());
    tensors.set(name, Tensor::allocate(DType::f32, shape));
    const std::string message = refusal(folder_, tensors);
    EXPECT_TRUE(mentions(message, "f.safetensors: tensor v")) << message;
  }
  TensorMap tensors = to_hugging_face(whole, small_vit());
  tensors.set("text_model.adapter.weight", Tensor::allocate(DType::f32, {1}));
  EXPECT_TRUE(mentions(refusal(folder_, tensors), "tensor text_model.adapter.weight does not belong"));
}

TEST(Load, EveryTruncationIsAnErrorNotACrash) {
  const TestFolder folder;
  save_checkpoint(initial_checkpoint(small_vit(), 1, {}, {}), folder / "whole.pt", Layout::official);
  const std::string bytes = read_file(folder / "whole.pt");
  for (std::size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / 997) {
    put_bytes(folder / "cut.pt", std::string_view(bytes).substr(0, length));
    EXPECT_THROW(load_checkpoint(folder / "cut.pt"), Error) << length;
  }
}

TEST(Load, NotANumberIsNamedWhenItIsRead) {
  const TestFolder folder;
  for (const DType type : {DType::f32, DType::f16, DType::bf16, DType::f64}) {
    Checkpoint checkpoint = initial_checkpoint(small_vit(), 1, {}, {});
    Tensor broken = Tensor::allocate(DType::f32, {64, 24});
    broken.mutable_data<float>()[70] = NAN;
    checkpoint.weights.set("text_projection", broken.to(type));
    save_checkpoint(checkpoint, folder / "nan.safetensors", Layout::safetensors);
    const Checkpoint loaded = load_checkpoint(folder / "nan.safetensors");
    loaded.weights.at("visual.proj").load();
    const std::string message = error_of([&] { loaded.weights.at("text_projection").load(); });
    EXPECT_TRUE(mentions(message, "text_projection: value 70 is NaN")) << message;
  }
}

TEST(Load, FingerprintsFollowTheFile) {
  const TestFolder folder;
  const Checkpoint start = initial_checkpoint(small_vit(), 1, {}, {});
  save_checkpoint(start, folder / "a.safetensors", Layout::safetensors);
  const std::string before = load_checkpoint(folder / "a.safetensors").fingerprint;
  EXPECT_EQ(before, load_checkpoint(folder / "a.safetensors").fingerprint);
  save_checkpoint(initial_checkpoint(small_vit(), 2, {}, {}), folder / "a.safetensors", Layout::safetensors);
  EXPECT_NE(before, load_checkpoint(folder / "a.safetensors").fingerprint);
  Json places;
  for (const auto& [name, tensor] : start.weights) places["weight_map"][name] = "a.safetensors";
  put_bytes(folder / "m.index.json", places.dump());
  const std::string sharded = load_checkpoint(folder / "m.index.json").fingerprint;
  save_checkpoint(start, folder / "a.safetensors", Layout::safetensors);
  EXPECT_NE(sharded, load_checkpoint(folder / "m.index.json").fingerprint);
}

}  // namespace
}  // namespace cnclip
