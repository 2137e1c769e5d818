#include "checkpoint/save.h"

#include <nlohmann/json.hpp>

#include "base/lazy.h"
#include "checkpoint/test_files.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

Checkpoint made(const ModelConfig& config, std::optional<DType> dtype = {}) {
  Checkpoint checkpoint = initial_checkpoint(config, 3, {}, {});
  TensorMap weights;
  for (const auto& [name, tensor] : checkpoint.weights) weights.set(name, dtype ? cast(tensor, *dtype) : tensor);
  checkpoint.weights = weights;
  return checkpoint;
}

std::filesystem::path path_for(const TestFolder& folder, const std::string& stem, Layout layout) {
  return folder / (stem + (layout == Layout::safetensors ? ".safetensors" : layout == Layout::official ? ".pt" : ""));
}

// Every layout to every other and back, in every type, and in several types at once.
TEST(Save, RoundTripsKeepEveryByte) {
  Checkpoint mixed = made(small_vit());
  for (const auto& [name, tensor] : TensorMap(mixed.weights)) {
    if (name.starts_with("bert.")) mixed.weights.set(name, cast(tensor, DType::f16));
  }
  const Checkpoint starts[] = {made(small_vit(), DType::f32),
                               made(small_vit(), DType::f16),
                               made(small_vit(), DType::bf16),
                               made(small_vit(), DType::f64),
                               mixed,
                               made(small_resnet(), DType::f32),
                               made(small_resnet(), DType::bf16),
                               made(small_resnet(), DType::f16)};
  for (const Checkpoint& start : starts) {
    std::vector<Layout> layouts = {Layout::safetensors, Layout::official};
    if (std::holds_alternative<VitConfig>(start.config.vision)) layouts.push_back(Layout::hugging_face);
    for (const Layout first : layouts) {
      for (const Layout second : layouts) {
        const TestFolder folder;
        const auto a = path_for(folder, "a", first), b = path_for(folder, "b", second),
                   c = path_for(folder, "c", first);
        save_checkpoint(start, a, first);
        save_checkpoint(load_checkpoint(a), b, second);
        save_checkpoint(load_checkpoint(b), c, first);
        const Checkpoint end = load_checkpoint(c);
        EXPECT_TRUE(end.config.same_sizes(start.config));
        expect_same(start.weights, end.weights);
      }
    }
  }
}

TEST(Save, NumbersOfHeadsThatTensorsDoNotShowSurviveEveryLayout) {
  const TestFolder folder;
  ModelConfig config = small_vit();
  std::get<VitConfig>(config.vision).head_width = 16;
  config.text.heads = 4;
  for (const Layout layout : {Layout::safetensors, Layout::official, Layout::hugging_face}) {
    const auto path = path_for(folder, "heads", layout);
    save_checkpoint(made(config), path, layout);
    EXPECT_TRUE(load_checkpoint(path).config.same_sizes(config));
  }
}

TEST(Save, ConvertsFloatingTensorsOnly) {
  const TestFolder folder;
  const Checkpoint start = made(small_resnet());
  save_checkpoint(start, folder / "h.pt", Layout::official, DType::f16);
  const Checkpoint half = load_checkpoint(folder / "h.pt");
  for (const auto& [name, tensor] : start.weights) {
    EXPECT_EQ(half.weights.at(name).dtype, tensor.dtype == DType::i64 ? DType::i64 : DType::f16) << name;
  }
  // What half precision holds comes back unchanged.
  save_checkpoint(half, folder / "f.pt", Layout::official, DType::f32);
  save_checkpoint(load_checkpoint(folder / "f.pt"), folder / "again.pt", Layout::official, DType::f16);
  expect_same(half.weights, load_checkpoint(folder / "again.pt").weights);
}

TEST(Save, ValuesThatTheTypeDoesNotHoldAreNamed) {
  const TestFolder folder;
  Checkpoint checkpoint = made(small_vit());
  Tensor large = Tensor::allocate(DType::f32, {64, 24});
  large.mutable_data<float>()[5] = 1e5f;
  checkpoint.weights.set("visual.proj", large);
  const std::string message =
      error_of([&] { save_checkpoint(checkpoint, folder / "h.safetensors", Layout::safetensors, DType::f16); });
  EXPECT_TRUE(mentions(message, "h.safetensors: tensor visual.proj as f16: value 5")) << message;
  EXPECT_FALSE(std::filesystem::exists(folder / "h.safetensors"));
  save_checkpoint(checkpoint, folder / "b.safetensors", Layout::safetensors, DType::bf16);
}

TEST(Save, AResNetHasNoHuggingFaceLayout) {
  const TestFolder folder;
  try {
    save_checkpoint(made(small_resnet()), folder / "hf", Layout::hugging_face);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::usage);
    EXPECT_TRUE(mentions(error.what(), "transformers has no ResNet image tower")) << error.what();
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / ""));
}

TEST(Save, HuggingFaceFoldersSayWhatTheyHold) {
  const TestFolder folder;
  const auto text = [&](const char* name) { return read_file(folder / "hf" / name); };
  Checkpoint checkpoint = made(small_vit(), DType::bf16);
  save_checkpoint(checkpoint, folder / "hf", Layout::hugging_face);
  const auto config = nlohmann::json::parse(text("config.json"));
  EXPECT_EQ(config["torch_dtype"], "bfloat16");
  EXPECT_EQ(config["text_config"]["hidden_dropout_prob"].dump(), "0.1");
  EXPECT_EQ(config["vision_config"]["num_attention_heads"], 1);
  EXPECT_EQ(nlohmann::json::parse(text("preprocessor_config.json"))["size"]["height"], 32);
  EXPECT_FALSE(std::filesystem::exists(folder / "hf" / "vocab.txt"));  // its 30 tokens are not the official ones
  EXPECT_THROW(save_checkpoint(checkpoint, folder / "hf", Layout::hugging_face), Error);
}

}  // namespace
}  // namespace cnclip
