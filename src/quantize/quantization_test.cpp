#include "quantize/quantization.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/test_errors.h"
#include "base/test_folder.h"
#include "checkpoint/content_digest.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/save.h"

namespace cnclip {
namespace {

constexpr const char* kLayer = "visual.transformer.resblocks.0.mlp.c_fc.weight";
constexpr const char* kNorm = "visual.transformer.resblocks.0.ln_2.weight";

ModelConfig small() {
  ModelConfig config{"small", 24, 32, VitConfig{2, 64, 8}, {}};
  config.text = {.vocab_size = 30, .layers = 1, .hidden_size = 64, .heads = 1, .intermediate_size = 96};
  return config;
}

class QuantizationFile : public testing::Test {
 protected:
  Quantization sample() const {
    Quantization made;
    made.image.steps[kLayer] = 0.125f;
    made.image.smoothing[kNorm] = Tensor::from_floats({64}, std::vector<float>(64, 2.0f));
    made.text.steps["bert.encoder.layer.0.output.dense.weight"] = 0.25f;
    made.notes["pictures"] = "16";
    return made;
  }
  Quantization read(const Checkpoint& model) const { return read_quantization(file_, model, model_fingerprint(model)); }
  // A file with these tensors and the right metadata is refused for that.
  void refuses(const TensorMap& tensors, const std::string& why) {
    write_safetensors(file_, tensors, {{"format", "cnclip int8 1"}, {"model", model_fingerprint(model_)}});
    expect_bad_input([&] { read(model_); }, why);
  }
  void refuses(const std::string& name, const std::vector<float>& values, const std::string& why) {
    TensorMap tensors;
    tensors.set(name, Tensor::from_floats({static_cast<std::int64_t>(values.size())}, values));
    refuses(tensors, why);
  }

  TestFolder folder_;
  std::filesystem::path file_ = folder_ / "m.int8.safetensors";
  Checkpoint model_ = initial_checkpoint(small(), 1, {}, {});
};

TEST_F(QuantizationFile, ComesBackAsItWas) {
  write_quantization(file_, sample(), model_fingerprint(model_));
  const Quantization back = read(model_);
  EXPECT_EQ(back.image.steps, sample().image.steps);
  EXPECT_EQ(back.text.steps, sample().text.steps);
  ASSERT_EQ(back.image.smoothing.size(), 1u);
  EXPECT_EQ(back.image.smoothing.at(kNorm).data<float>()[63], 2.0f);
  EXPECT_EQ(back.notes.at("pictures"), "16");
  EXPECT_EQ(back.digest.size(), 64u);
}

TEST_F(QuantizationFile, BelongsToTheWeightsAndNotToTheirFile) {
  write_quantization(file_, sample(), model_fingerprint(model_));
  save_checkpoint(model_, folder_ / "m.pt", Layout::official);
  save_checkpoint(model_, folder_ / "m", Layout::hugging_face);
  read(load_checkpoint(folder_ / "m.pt"));
  read(load_checkpoint(folder_ / "m"));
  Checkpoint other = model_;
  other.weights.set("logit_scale", Tensor::from_floats({}, std::vector<float>{2.5f}));
  expect_bad_input([&] { read(other); }, "was made for other weights");
  other = model_;  // one number of one matrix is enough
  Tensor matrix = other.weights.at(kLayer).load().to(DType::f32);
  matrix = Tensor::from_floats(matrix.shape(), matrix.data<float>());
  matrix.mutable_data<float>()[5] += 1;
  other.weights.set(kLayer, matrix);
  expect_bad_input([&] { read(other); }, "was made for other weights");
}

TEST_F(QuantizationFile, RefusesWhatIsNone) {
  save_checkpoint(model_, file_, Layout::safetensors);
  expect_bad_input([&] { read(model_); }, "is no quantisation");
  const std::string step = std::string("image/step/") + kLayer, smoothing = std::string("image/smoothing/") + kNorm;
  refuses("image/step/visual.conv1.weight", {1}, "no layer visual.conv1.weight");
  refuses("elsewhere", {1}, "nothing that a quantisation has");
  for (const float value : {0.0f, -1.0f, NAN, INFINITY, 1e-30f}) refuses(step, {value}, "is no step");
  refuses(step, {1, 2}, "2 steps");
  refuses(smoothing, {1, 2}, "has shape (2), not (64)");
  TensorMap integers;
  integers.set(step, Tensor::allocate(DType::i32, {1}));
  refuses(integers, "not a vector of f32");
}

TEST_F(QuantizationFile, StandsBesideTheModel) {
  EXPECT_EQ(quantization_beside("models/a.pt"), "models/a.int8.safetensors");
  EXPECT_EQ(quantization_beside("models/a.safetensors"), "models/a.int8.safetensors");
  std::filesystem::create_directory(folder_ / "hf");
  EXPECT_EQ(quantization_beside(folder_ / "hf"), folder_ / "hf" / "int8.safetensors");
  expect_bad_input([&] { quantization_of(folder_ / "hf", ""); }, "int8.safetensors: not there; `cnclip quantize");
  expect_bad_input([&] { quantization_of(folder_ / "hf", "q"); }, "q: not there");
  write_safetensors(file_, {}, {});
  EXPECT_EQ(quantization_of(folder_ / "m.pt", ""), file_);
  EXPECT_EQ(quantization_of(folder_ / "hf", file_), file_);
}

}  // namespace
}  // namespace cnclip
