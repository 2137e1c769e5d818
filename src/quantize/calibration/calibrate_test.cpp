#include "quantize/calibration/calibrate.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/test_errors.h"
#include "engine/reference/reference.h"
#include "engine/test_features.h"
#include "quantize/calibration/samples.h"

namespace cnclip {
namespace {

SensitivitySettings settings(double target) {
  SensitivitySettings made;
  made.target = target;
  return made;
}

TEST(Calibrate, FindsAStepForEveryLayerTheSameEachTime) {
  const auto engine = make_reference_engine();
  for (const NodeCase& c : tower_cases()) {
    SCOPED_TRACE(c.name);
    const Batch batch = c.batches.back().view();
    const TowerQuantization made = calibrate(*engine, c.graph, c.weights, batch, 1);
    std::size_t layers = 0;
    for (const Node& node : c.graph.nodes) layers += int8_layer(c.graph, node).empty() ? 0 : 1;
    EXPECT_EQ(made.steps.size(), layers);
    EXPECT_EQ(made.smoothing.size(), c.name == "vit" ? 4u : 0u);
    EXPECT_EQ(made.steps, calibrate(*engine, c.graph, c.weights, batch, 2).steps);
    TowerQuantization all = made;
    const Sensitivity found = keep_worst(*engine, c.graph, c.weights, batch, all, settings(0.99));
    EXPECT_GE(found.before.mean, 0.99);
    EXPECT_TRUE(found.kept.empty());
    EXPECT_EQ(all.steps, made.steps);
  }
}

// An outlier channel costs a tensor with one step its precision; smoothing gives it back.
TEST(Calibrate, SmoothingSavesWhatOutliersCost) {
  const auto engine = make_reference_engine();
  NodeCase vit = tower_cases().at(0);
  for (const std::string& norm : smoothable_weights(vit.graph)) {
    Tensor weight = Tensor::from_floats({16}, vit.weights.at(norm).load().data<float>());
    weight.mutable_data<float>()[3] *= 300;
    vit.weights.set(norm, weight);
  }
  for (const Node& node : vit.graph.nodes) {  // whose readers make little of it, as they do in trained models
    const auto* linear = std::get_if<Linear>(&node.op);
    if (linear == nullptr || !std::holds_alternative<LayerNorm>(vit.graph.node(node.inputs[0]).op)) continue;
    for (const std::string& name : linear->weights) {
      const Tensor from = vit.weights.at(name).load();
      Tensor to = Tensor::from_floats(from.shape(), from.data<float>());
      for (std::size_t i = 3; i < to.mutable_data<float>().size(); i += 16) to.mutable_data<float>()[i] /= 300;
      vit.weights.set(name, to);
    }
  }
  const Batch batch = vit.batches.back().view();
  TowerQuantization smooth = calibrate(*engine, vit.graph, vit.weights, batch, 1);
  const double with = keep_worst(*engine, vit.graph, vit.weights, batch, smooth, settings(0)).before.mean;
  TowerQuantization rough = smooth;
  rough.smoothing.clear();
  for (const Node& node : vit.graph.nodes) {  // the steps that the unsmoothed range asks for
    if (node.inputs.empty() || !std::holds_alternative<LayerNorm>(vit.graph.node(node.inputs[0]).op)) continue;
    if (const std::string layer = int8_layer(vit.graph, node); !layer.empty()) rough.steps[layer] = 900.0f / 127;
  }
  const double without = keep_worst(*engine, vit.graph, vit.weights, batch, rough, settings(0)).before.mean;
  EXPECT_GT(with, 0.99);
  EXPECT_LT(without, with - 0.01);
}

TEST(KeepWorst, TakesTheLayersThatDoTheHarm) {
  const auto engine = make_reference_engine();
  const NodeCase vit = tower_cases().at(0);
  const Batch batch = vit.batches.back().view();
  TowerQuantization quantization = calibrate(*engine, vit.graph, vit.weights, batch, 1);
  const std::string spoilt = quantization.steps.rbegin()->first;
  quantization.steps[spoilt] *= 1e6f;  // rounds everything to zero
  const Sensitivity found = keep_worst(*engine, vit.graph, vit.weights, batch, quantization, settings(0.99));
  EXPECT_LT(found.before.mean, 0.99);
  EXPECT_GE(found.after.mean, 0.99);
  EXPECT_EQ(found.kept, std::vector<std::string>{spoilt});
  EXPECT_FALSE(quantization.steps.contains(spoilt));
}

TEST(Calibrate, RefusesWeightsThatGiveNoNumbers) {
  const auto engine = make_reference_engine();
  NodeCase bert = tower_cases().at(1);
  const auto* norm = std::get_if<LayerNorm>(&bert.graph.nodes[2].op);
  ASSERT_NE(norm, nullptr);
  bert.weights.set(norm->bias, Tensor::from_floats({16}, std::vector<float>(16, NAN)));
  expect_bad_input([&] { calibrate(*engine, bert.graph, bert.weights, bert.batches[0].view(), 1); }, "not finite");
  bert.weights.set(norm->bias, Tensor::allocate(DType::f32, {16}));
  bert.weights.set(norm->weight, Tensor::allocate(DType::f32, {16}));
  expect_bad_input([&] { calibrate(*engine, bert.graph, bert.weights, bert.batches[0].view(), 1); }, "but zeros");
}

template <class Item>
class Listed : public Source<Item> {
 public:
  explicit Listed(std::vector<Item> items) : items_(std::move(items)) {}
  std::optional<Item> next() override { return at_ < items_.size() ? std::optional(items_[at_++]) : std::nullopt; }

 private:
  std::vector<Item> items_;
  std::size_t at_ = 0;
};

// A picture in the simplest format there is; `seed` 0 gives one colour.
Sample picture(int seed) {
  Sample sample;
  sample.id = "p" + std::to_string(seed);
  sample.bytes = "P6 4 4 255\n";
  for (int i = 0; i < 48; ++i) sample.bytes += static_cast<char>(seed == 0 ? 9 : (i * 7 + seed * 31) % 251);
  return sample;
}

TEST(Samples, AreTheSameEachTimeAndAllDifferent) {
  std::vector<Sample> pictures;
  for (int i = 0; i < 300; ++i) pictures.push_back(picture(i % 100));
  SampleSettings settings;
  settings.count = 64;
  settings.image_size = 4;
  CalibrationSamples samples, again;
  for (CalibrationSamples* into : {&samples, &again}) {
    Listed<Sample> source(pictures);
    draw_images(source, "list", settings, *into);
  }
  EXPECT_GE(samples.images, kLeastSamples);
  EXPECT_LE(samples.images, 64);
  EXPECT_EQ(samples.pixels, again.pixels);
}

TEST(Samples, TooFewAreRefusedWithTheReasons) {
  std::vector<Sample> pictures(20, picture(0));
  for (int i = 1; i <= 15; ++i) pictures.push_back(picture(i));
  pictures.push_back(picture(15));
  pictures.emplace_back().bytes = "no picture";
  SampleSettings settings;
  settings.image_size = 4;
  CalibrationSamples samples;
  Listed<Sample> source(pictures);
  expect_bad_input([&] { draw_images(source, "list", settings, samples); },
                   "list: 15 different pictures to calibrate with, 16 are needed (20 of one colour, 1 there already, "
                   "1 unreadable: ");
  std::vector<Text> texts(3);
  texts[0].text = "一只狗";
  texts[1].text = "一只狗";
  Listed<Text> words(texts);
  expect_bad_input([&] { draw_texts(words, "words", settings, samples); },
                   "words: 1 different texts to calibrate with, 16 are needed (1 without words, 1 there already, 0");
}

}  // namespace
}  // namespace cnclip
