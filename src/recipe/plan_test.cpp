#include "recipe/plan.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cnclip/error.h"
#include "model/parameters.h"

namespace cnclip {
namespace {

Plan plan_of(const std::vector<std::string>& overrides, const std::string& machine = "V100-32G,devices=64") {
  std::vector<std::string> all = {"model.arch=ViT-B-16"};
  all.insert(all.end(), overrides.begin(), overrides.end());
  return plan_training(parse_recipe("[model]\nscratch = true\n[data]\ntrain = 'd'\npairs = 1_000_000\n[[stage]]\n"
                                    "epochs = 1\nwarmup = 5\nbatch_size = 16384\n",
                                    "r.toml", all),
                       machine_from(machine));
}
StagePlan stage_of(const std::vector<std::string>& overrides) {
  return plan_of(overrides).stages.at(0);
}

double macs() {
  const ModelConfig& arch = *find_architecture("ViT-B-16");
  return static_cast<double>(image_macs(arch) + text_macs(arch, 52));
}

TEST(Plan, OperationsFollowTheRecipe) {
  const double loss = 4.0 * 16384 * 512;
  EXPECT_DOUBLE_EQ(stage_of({}).forward, 2 * macs() + loss);
  EXPECT_DOUBLE_EQ(stage_of({}).backward, 2 * stage_of({}).forward);
  EXPECT_EQ(stage_of({}).again, 0);
  EXPECT_DOUBLE_EQ(stage_of({"stage.0.checkpoint_activations=true"}).again, 2 * macs());
  EXPECT_DOUBLE_EQ(stage_of({"stage.0.micro_batch=128"}).again, 2 * macs());

  const ModelConfig& arch = *find_architecture("ViT-B-16");
  const double text = 2 * static_cast<double>(text_macs(arch, 52));
  const StagePlan locked = stage_of({"stage.0.freeze=['vision']"});
  EXPECT_DOUBLE_EQ(locked.backward, 2 * (text + loss));
  EXPECT_DOUBLE_EQ(locked.forward, stage_of({}).forward);
  const StagePlan cached = stage_of({"stage.0.freeze=['vision']", "stage.0.cache_views=1"});
  EXPECT_DOUBLE_EQ(cached.forward, text + loss);
  EXPECT_EQ(cached.cache, 1e6 * 512 * 4);
  // 98 of 196 patches: half the products of the blocks, less than half of the attention.
  const double image = 2 * static_cast<double>(image_macs(arch));
  const double dropped = stage_of({"stage.0.patch_drop=0.5"}).forward - text - loss;
  EXPECT_LT(dropped, 0.52 * image);
  EXPECT_GT(dropped, 0.48 * image);
}

TEST(Plan, MemoryAndTrafficFollowTheRecipe) {
  const StagePlan whole = stage_of({});
  EXPECT_EQ(whole.trained, 188'262'913);
  EXPECT_EQ(whole.weights, 6.0 * 188'262'913);
  EXPECT_EQ(whole.optimizer, 8.0 * 188'262'913);
  EXPECT_DOUBLE_EQ(whole.gradients_sent, 2 * 63.0 / 64 * whole.gradients);
  EXPECT_DOUBLE_EQ(whole.features_sent, 2 * 63.0 / 64 * 16384 * 2 * 512 * 4);
  EXPECT_EQ(stage_of({"stage.0.loss=local"}).features_sent, 0);
  EXPECT_LT(stage_of({"stage.0.checkpoint_activations=true"}).activations, 0.2 * whole.activations);
  EXPECT_DOUBLE_EQ(stage_of({"stage.0.micro_batch=128"}).activations, whole.activations / 2);
  EXPECT_EQ(plan_of({}, "V100-32G").stages[0].gradients_sent, 0);
  EXPECT_EQ(stage_of({"stage.0.precision=f32"}).weights, 4.0 * 188'262'913);
}

TEST(Plan, OfAdaptersTheOptimizerKeepsLittle) {
  const StagePlan whole = stage_of({}), adapters = stage_of({"stage.0.lora_rank=8"});
  EXPECT_EQ(adapters.frozen, whole.trained - 1);  // all but the scale of the logits
  EXPECT_EQ(adapters.trained, 1 + 12 * 8 * ((768 + 2304) + (768 + 768) + 2 * (768 + 3072)) + 8 * (768 + 512) +
                                  12 * 8 * (4 * (768 + 768) + 2 * (768 + 3072)) + 8 * (768 + 512));
  EXPECT_EQ(adapters.optimizer, 8.0 * static_cast<double>(adapters.trained));
}

TEST(Plan, MaskedWordsCostTheTextTowerAndTheHead) {
  const StagePlan plan = stage_of({"stage.0.objective=mlm"});
  const std::int64_t head = 768 * 768 + 3 * 768 + 21128, bert = 101'677'056;
  EXPECT_EQ(plan.trained, bert + head);
  EXPECT_EQ(plan.frozen, 188'262'913 - bert);
  EXPECT_EQ(plan.features_sent, 0);
  EXPECT_EQ(plan.inputs, 0) << "no pictures";
  EXPECT_DOUBLE_EQ(plan.backward, 2 * plan.forward);
  const auto text = static_cast<double>(text_macs(*find_architecture("ViT-B-16"), 52));
  EXPECT_NEAR(plan.forward, 2 * (text + 7.8 * 768 * (768 + 21128)), 1e6);
}

TEST(Plan, WordsCostTheImageTowerAndTheMap) {
  const StagePlan plan = stage_of({"stage.0.objective=words"});
  const std::int64_t map = 512 * 21128 + 21128, vision = 86'192'640;
  EXPECT_EQ(plan.trained, vision + map);
  EXPECT_EQ(plan.frozen, 188'262'913 - vision);
  EXPECT_EQ(plan.optimizer, 8.0 * static_cast<double>(vision + map));
  EXPECT_EQ(plan.features_sent, 0);
  EXPECT_DOUBLE_EQ(plan.backward, 2 * plan.forward);
  const auto image = static_cast<double>(image_macs(*find_architecture("ViT-B-16")));
  EXPECT_DOUBLE_EQ(plan.forward, 2 * (image + 512 * 21128));
}

TEST(Plan, WarnsOfWhatDoesNotFit) {
  EXPECT_TRUE(plan_of({"stage.0.micro_batch=32"}).stages[0].warnings.empty());
  const auto warnings = plan_of({}, "V100-32G").stages[0].warnings;
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(warnings[0].starts_with("does not fit: ")) << warnings[0];
  EXPECT_EQ(plan_of({"stage.0.precision=bf16", "stage.0.micro_batch=32"}).stages[0].warnings.at(0),
            "V100-32G has no bf16; the rate of f32 is taken");
}

TEST(Plan, RefusesWhatItCannotTell) {
  EXPECT_THROW(plan_of({}, "V100-32G,devices=184"), Error);
  EXPECT_THROW(machine_from("V100"), Error);
  EXPECT_THROW(machine_from("devices=8"), Error);
  EXPECT_THROW(machine_from("V100-32G,flops=x"), Error);
  EXPECT_THROW(machine_from("V100-32G,devices=1.5"), Error);
  EXPECT_EQ(machine_from("devices=8,flops=1e12,memory=1e9,link=2e9").flops(TrainingPrecision::bf16), 1e12);
}

TEST(Plan, TextAndJsonSayTheSame) {
  const Plan plan = plan_of({});
  const auto json = nlohmann::json::parse(to_json(plan));
  EXPECT_EQ(json["stages"][0]["steps"], 62);
  EXPECT_EQ(json["stages"][0]["parameters"]["trained"], 188'262'913);
  EXPECT_NE(to_text(plan).find("62, 1015808"), std::string::npos);
}

}  // namespace
}  // namespace cnclip
