// A checkpoint to start from, out of files with one tower each.
#include "base/lazy.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/save.h"
#include "checkpoint/test_files.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

// The tensors of one tower of small_vit(), drawn from another seed, as a file of another project names them.
TensorMap tower(std::string_view prefix, const std::string& as) {
  TensorMap out;
  for (const auto& [name, tensor] : initial_weights(small_vit(), 9)) {
    if (name.starts_with(prefix)) out.set(as + name.substr(prefix.size()), tensor);
  }
  return out;
}

class InitialCheckpoint : public testing::Test {
 protected:
  std::filesystem::path file(const char* name, const TensorMap& tensors) {
    write_safetensors(folder_ / name, tensors, {});
    return folder_ / name;
  }
  TensorMap started(const std::optional<std::filesystem::path>& vision,
                    const std::optional<std::filesystem::path>& text) {
    return initial_checkpoint(small_vit(), 3, vision, text).weights;
  }
  // Tensors under `prefix` are the other seed's, all others this one's.
  void expect_taken(const TensorMap& weights, std::string_view prefix) {
    TensorMap wanted;
    const TensorMap ours = initial_weights(small_vit(), 3), others = initial_weights(small_vit(), 9);
    for (const auto& [name, tensor] : ours) wanted.set(name, name.starts_with(prefix) ? others.at(name) : tensor);
    expect_same(wanted, weights);
  }

  TestFolder folder_;
};

TEST_F(InitialCheckpoint, TakesTheImageTowerAndTheScaleOfClip) {
  TensorMap clip = tower("visual.", "visual.");
  clip.set("logit_scale", Tensor::from_floats({}, std::vector<float>{4.5f}));
  clip.set("positional_embedding", Tensor::allocate(DType::f32, {77, 64}));
  clip.set("text_projection", Tensor::allocate(DType::f32, {64, 24}));
  clip.set("transformer.resblocks.0.ln_1.weight", Tensor::allocate(DType::f32, {64}));
  TensorMap weights = started(file("clip.safetensors", clip), {});
  EXPECT_EQ(weights.at("logit_scale").load().data<float>()[0], 4.5f);
  weights.set("logit_scale", initial_weights(small_vit(), 3).at("logit_scale"));
  expect_taken(weights, "visual.");
}

TEST_F(InitialCheckpoint, StartsInFullPrecision) {
  TensorMap half;
  for (const auto& [name, tensor] : tower("visual.", "visual.")) half.set(name, cast(tensor, DType::f16));
  for (const auto& [name, tensor] : started(file("half.safetensors", half), {})) EXPECT_EQ(tensor.dtype, DType::f32);
}

TEST_F(InitialCheckpoint, TakesTheTextTowerOfBertUnderEveryName) {
  for (const std::string prefix : {"bert.", ""}) {
    TensorMap bert = tower("bert.", prefix), old;
    bert.set(prefix + "pooler.dense.weight", Tensor::allocate(DType::f32, {64, 64}));
    bert.set(prefix + "embeddings.position_ids", Tensor::allocate(DType::i64, {1, 16}));
    bert.set("cls.predictions.bias", Tensor::allocate(DType::f32, {30}));
    bert.set("cls.seq_relationship.weight", Tensor::allocate(DType::f32, {2, 64}));
    expect_taken(started({}, file("bert.safetensors", bert)), "bert.");
    for (const auto& [name, tensor] : bert) {
      std::string renamed = name;
      if (const auto at = name.find("LayerNorm.weight"); at != std::string::npos)
        renamed.replace(at, 16, "LayerNorm.gamma");
      if (const auto at = name.find("LayerNorm.bias"); at != std::string::npos)
        renamed.replace(at, 14, "LayerNorm.beta");
      old.set(renamed, tensor);
    }
    ASSERT_TRUE(old.contains(prefix + "encoder.layer.1.output.LayerNorm.gamma"));
    expect_taken(started({}, file("old.safetensors", old)), "bert.");
  }
}

TEST_F(InitialCheckpoint, TakesNoHalfTower) {
  TensorMap visual = tower("visual.", "visual."), less, more;
  for (const auto& [name, tensor] : visual) {
    if (name != "visual.transformer.resblocks.1.ln_2.bias") less.set(name, tensor);
  }
  const auto message = [&](const TensorMap& tensors) {
    return error_of([&] { started(file("v.safetensors", tensors), {}); });
  };
  EXPECT_TRUE(mentions(message(less), "tensor visual.transformer.resblocks.1.ln_2.bias is missing, small needs it"));
  more = visual;
  more.set("visual.transformer.resblocks.2.ln_1.weight", Tensor::allocate(DType::f32, {64}));
  EXPECT_TRUE(mentions(message(more), "visual.transformer.resblocks.2.ln_1.weight does not belong to small"));
  EXPECT_TRUE(
      mentions(message(tower("bert.", "")), "is a BERT checkpoint (text tower only), it has no visual.* tensors"));
  visual.set("visual.ln_pre.weight", Tensor::allocate(DType::f32, {65}));
  EXPECT_TRUE(mentions(message(visual), "tensor visual.ln_pre.weight has shape (65), small needs (64)"));
}

}  // namespace
}  // namespace cnclip
