#include "recipe/recipe.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "cnclip/error.h"
#include "model/parameters.h"
#include "recipe/freeze.h"

namespace cnclip {
namespace {

const std::string kHead = "[model]\narch = 'tiny'\nscratch = true\n[data]\ntrain = 'd'\n[[stage]]\n";  // 6 lines
const std::string kStage = "steps = 1000\nbatch_size = 64\n";                                          // 7 and 8

std::string error_of(const std::string& toml, const std::vector<std::string>& overrides = {}) {
  try {
    parse_recipe(toml, "r.toml", overrides);
  } catch (const Error& error) {
    EXPECT_EQ(error.category(), ErrorCategory::bad_input);
    return error.what();
  }
  return "no error";
}
std::string stage_error(const std::string& lines, const std::vector<std::string>& overrides = {}) {
  return error_of(kHead + kStage + lines, overrides);
}

TEST(Recipe, DefaultsAreTheOfficialOnes) {
  const Recipe recipe = parse_recipe(kHead + kStage, "r.toml");
  EXPECT_EQ(recipe.run.seed, 123u);
  EXPECT_EQ(recipe.data.context_length, 52);
  const Stage& stage = recipe.stages.at(0);
  EXPECT_EQ(stage.name, "stage1");
  EXPECT_EQ(stage.lr, 5e-4);
  EXPECT_EQ(stage.warmup, 500);
  EXPECT_EQ(stage.beta2, 0.98);
  EXPECT_EQ(stage.eps, 1e-6);
  EXPECT_EQ(parse_recipe(kHead + kStage, "r", {"model.arch=RN50"}).stages[0].beta2, 0.999);
  EXPECT_EQ(parse_recipe(kHead + kStage, "r", {"model.arch=RN50"}).stages[0].eps, 1e-8);
  EXPECT_EQ(parse_recipe(kHead + kStage, "r", {"model.arch=ViT-L-14-336"}).stages[0].lr, 4e-4);
}

TEST(Recipe, OverridesAreAppliedFirst) {
  const Recipe recipe = parse_recipe(kHead + kStage, "r.toml",
                                     {"stage.0.lr=1e-4", "data.train=图片/a b=c", "stage.0.freeze=['vision']",
                                      "stage.0.steps=900", "run.name='007'", "stage.0.cache_views=1"});
  EXPECT_EQ(recipe.stages[0].lr, 1e-4);
  EXPECT_EQ(recipe.stages[0].steps, 900);
  EXPECT_EQ(recipe.stages[0].freeze, std::vector<std::string>{"vision"});
  EXPECT_EQ(recipe.stages[0].batch_norm, BatchNorm::frozen);
  EXPECT_EQ(recipe.data.train, "图片/a b=c");
  EXPECT_EQ(recipe.run.name, "007");
  EXPECT_EQ(parse_recipe(kHead + kStage, "r", {"stage.0.distill.teacher=t"}).stages[0].distill->weight, 0.5);
}

TEST(Recipe, PathsMayBeAnyBytes) {
  const Recipe recipe = parse_recipe(kHead + kStage, "r.toml", {"data.train=\xff", "run.output=/𠮷😀"});
  EXPECT_EQ(recipe.data.train, "\xff");
  EXPECT_EQ(recipe.run.output, "/𠮷😀");
  EXPECT_NE(recipe.as_json.find("\"output\": \"/𠮷😀\""), std::string::npos) << recipe.as_json;
}

TEST(Recipe, WrongOverridesAreNamed) {
  EXPECT_EQ(stage_error("", {"stage.0.lrr=1"}),
            "override stage.0.lrr=1: there is no setting stage.0.lrr; did you mean "
            "stage.0.lr?");
  EXPECT_EQ(stage_error("", {"stage.0.lr=fast"}),
            "override stage.0.lr=fast: stage.0.lr is 'fast', a number from 1e-12 to 10 is needed");
  EXPECT_EQ(stage_error("", {"stage.1.lr=1"}), "override stage.1.lr=1: of 1 entries, 1 is none");
  EXPECT_EQ(stage_error("", {"stage.x.lr=1"}), "override stage.x.lr=1: of 1 entries, x is none");
  EXPECT_EQ(stage_error("", {"lr"}), "override lr: key=value is needed, such as stage.0.lr=1e-4");
  EXPECT_EQ(stage_error("", {"a..b=1"}), "override a..b=1: key=value is needed, such as stage.0.lr=1e-4");
  EXPECT_EQ(stage_error("", {"model.arch.x=1"}), "override model.arch.x=1: model.arch is no table");
  EXPECT_EQ(stage_error("", {"run={name = 'x'}"}),
            "override run={name = 'x'}: one value or a list of values is needed");
  EXPECT_EQ(stage_error("", {"stage.0.warmup=1000"}),
            "override stage.0.warmup=1000: stage \"stage1\": warmup 1000 is no shorter than the stage, which has 1000 "
            "steps");
}

TEST(Recipe, MistakesAreNamedWithFileLineAndValue) {
  EXPECT_EQ(stage_error("batchsize = 3\n"),
            "r.toml: line 9: there is no setting stage.0.batchsize; did you mean stage.0.batch_size?");
  EXPECT_EQ(error_of("[modl]\narch = 'tiny'\n"), "r.toml: line 1: there is no setting modl; did you mean model?");
  EXPECT_EQ(stage_error("warmup = 1.5\n"),
            "r.toml: line 9: stage.0.warmup is 1.5, a whole number from 0 to 1000000000 is needed");
  EXPECT_EQ(stage_error("eps = [1e-3]\n"), "r.toml: line 9: stage.0.eps is a list, a number from 1e-15 to 1 is needed");
  EXPECT_LT(stage_error("eps = '" + std::string(9999, 'x') + "'\n").size(), 200u);
  EXPECT_EQ(stage_error("eps = nan\n"), "r.toml: line 9: stage.0.eps is nan, a number from 1e-15 to 1 is needed");
  EXPECT_EQ(stage_error("loss = 'all'\n"),
            "r.toml: line 9: stage.0.loss is 'all', one of global, local, official is needed");
  EXPECT_EQ(stage_error("freeze = 'vision'\n"),
            "r.toml: line 9: stage.0.freeze is 'vision', a list of strings is needed");
  EXPECT_EQ(stage_error("distill = 3\n"), "r.toml: line 9: stage.0.distill is 3, a table is needed");
  EXPECT_EQ(error_of("stage = 1\n"), "r.toml: line 1: stage is 1, a list of tables, each headed [[stage]], is needed");
  EXPECT_EQ(error_of("[model\n").substr(0, 26), "r.toml: line 1: not TOML: ");
  EXPECT_EQ(error_of("a = " + std::string(5000, '[')), "r.toml: too deeply nested");
  EXPECT_EQ(error_of("[model]\narch = 'tinny'\nscratch = true\n").substr(0, 57),
            "r.toml: line 2: model.arch: architecture tinny: not known");
}

TEST(Recipe, WhatCostsMoneyHasNoDefault) {
  EXPECT_EQ(error_of(kHead + "batch_size = 64\n"),
            "r.toml: line 6: stage \"stage1\": either epochs or steps is needed");
  EXPECT_EQ(error_of(kHead + "steps = 1000\n"),
            "r.toml: line 6: stage \"stage1\": batch_size is missing: pairs of a step, on all devices together");
  EXPECT_EQ(stage_error("epochs = 3\n"), "r.toml: line 7: stage \"stage1\": either epochs or steps is needed");
  EXPECT_EQ(stage_error("", {"model.scratch=false"}),
            "r.toml: line 1: the weights of [model] come from one of: init; vision_init and text_init; scratch = true");
  EXPECT_EQ(stage_error("", {"model.init=a.pt"}),
            "override model.init=a.pt: the weights of [model] come from one of: init; vision_init and text_init; "
            "scratch = true");
  EXPECT_EQ(error_of("[model]\narch = 'tiny'\nscratch = true\n[data]\ntrain = 'd'\n"),
            "r.toml: line 1: there is no [[stage]]");
}

TEST(Recipe, ImpossibleCombinationsAreRefused) {
  const std::string at = "r.toml: line 9: stage \"stage1\": ";
  EXPECT_EQ(stage_error("micro_batch = 24\n"), at + "batch_size 64 is not a multiple of micro_batch 24");
  EXPECT_EQ(stage_error("warmup = 1000\n"), at + "warmup 1000 is no shorter than the stage, which has 1000 steps");
  EXPECT_EQ(stage_error("patch_drop = 0.5\n", {"model.arch=RN50"}),
            at + "patch_drop 0.5: RN50 is a ResNet and has no patches");
  EXPECT_EQ(stage_error("patch_drop = 0.5\nfreeze = ['vision']\n"),
            at + "patch_drop blinds a frozen image tower; it is for one that is trained");
  EXPECT_EQ(stage_error("batch_norm = 'sync'\n"), at + "batch_norm is set, but tiny has none");
  EXPECT_EQ(stage_error("batch_norm = 'train'\nfreeze = ['vision']\n", {"model.arch=tiny-rn"}),
            at + "batch_norm must be \"frozen\" where the image tower is, or has adapters");
  EXPECT_EQ(stage_error("batch_norm = 'sync'\nlora_rank = 4\n", {"model.arch=tiny-rn"}),
            at + "batch_norm must be \"frozen\" where the image tower is, or has adapters");
  EXPECT_EQ(stage_error("lora_rank = 4\nfreeze = ['vision', 'text']\n"),
            "r.toml: line 9: stage \"stage1\": lora_rank: freeze leaves no matrix to adapt");
  EXPECT_EQ(stage_error("cache_views = 1\n"),
            at + "cache_views keeps features of a locked image tower; freeze = [\"vision\"] is needed");
  EXPECT_EQ(stage_error("cache_views = 2\nfreeze = ['vision']\n"),
            at + "cache_views 2: without data.augment all views are the same; 1 is enough");
  EXPECT_EQ(stage_error("cache_views = 2\nfreeze = ['vision']\n", {"data.augment=true"}), "no error");
  EXPECT_EQ(stage_error("freeze = ['vision', 'text', 'logit_scale']\n"), at + "freeze leaves nothing to train");
  EXPECT_EQ(stage_error("freeze = ['vision.blocks<3']\n"), at + "freeze: \"vision.blocks<3\": there are 2 blocks");
  EXPECT_EQ(stage_error("freeze = ['vision.blocks']\n"),
            at + "freeze: \"vision.blocks\" is none of vision, text, embeddings, logit_scale, text_projection, "
                 "vision.blocks<k, text.blocks<k");
  EXPECT_EQ(
      stage_error("[stage.distill]\nteacher = 't'\ncache = true\n", {"data.augment=true"}),
      "r.toml: line 11: distill.cache keeps one view of each picture, but data.augment makes a new one each time");
}

TEST(Recipe, MaskedLanguageModellingTrainsTheTextTowerAlone) {
  const std::string mlm = "objective = 'mlm'\n";
  const Recipe recipe = parse_recipe(kHead + kStage + mlm + "freeze = ['embeddings']\n", "r.toml");
  const Freeze freeze(recipe.stages[0].freeze, recipe.model.arch);
  for (const char* name :
       {"visual.conv1.weight", "logit_scale", "text_projection", "bert.embeddings.word_embeddings.weight"}) {
    EXPECT_TRUE(freeze.frozen(name)) << name;
  }
  EXPECT_FALSE(freeze.frozen("bert.encoder.layer.0.output.dense.weight"));
  EXPECT_FALSE(freeze.frozen("cls.predictions.bias"));
  EXPECT_EQ(
      stage_error(mlm + "patch_drop = 0.5\n"),
      "r.toml: line 10: stage \"stage1\": objective \"mlm\" trains the text tower alone, patch_drop is not for it");
  EXPECT_EQ(stage_error("objective = 'clm'\n"),
            "r.toml: line 9: stage.0.objective is 'clm', one of contrastive, mlm, words is needed");
}

TEST(Recipe, WordsTrainTheImageTowerAlone) {
  const std::string words = "objective = 'words'\n";
  const Recipe recipe = parse_recipe(kHead + kStage + words + "patch_drop = 0.5\n", "r.toml");
  const Freeze freeze(recipe.stages[0].freeze, recipe.model.arch);
  for (const char* name : {"logit_scale", "text_projection", "bert.embeddings.word_embeddings.weight"}) {
    EXPECT_TRUE(freeze.frozen(name)) << name;
  }
  EXPECT_FALSE(freeze.frozen("visual.proj"));
  EXPECT_EQ(
      stage_error(words + "lr_text = 0.5\n"),
      "r.toml: line 10: stage \"stage1\": objective \"words\" trains the image tower alone, lr_text is not for it");
}

TEST(Recipe, StepsFollowFromPairs) {
  Stage stage = parse_recipe(kHead + "epochs = 3\nbatch_size = 64\nwarmup = 5\n", "r").stages[0];
  EXPECT_EQ(steps_of(stage, 129), 9);
  EXPECT_THROW(steps_of(stage, 64), Error);
}

std::int64_t trained(const std::vector<std::string>& freeze, const char* arch) {
  const ModelConfig& config = *find_architecture(arch);
  const Freeze rule(freeze, config);
  std::int64_t count = 0;
  for (const Parameter& parameter : parameters(config)) {
    if (!parameter.buffer && !rule.frozen(parameter.name)) count += element_count(parameter.shape);
  }
  return count;
}

TEST(Freeze, LeavesWhatItDoesNotName) {
  // Counts of the official model.
  EXPECT_EQ(trained({}, "ViT-B-16"), 188'262'913);
  EXPECT_EQ(trained({"vision"}, "ViT-B-16"), 101'677'056 + 393'216 + 1);
  EXPECT_EQ(trained({"text"}, "ViT-B-16"), 86'192'640 + 1);
  EXPECT_EQ(trained({"vision", "text"}, "RN50"), 1);
  EXPECT_EQ(trained({}, "RN50"), 76'989'537);
  // Word, position and type embeddings, and their norm.
  EXPECT_EQ(trained({}, "ViT-B-16") - trained({"embeddings"}, "ViT-B-16"), (21128 + 512 + 2 + 2) * 768);
  EXPECT_EQ(trained({"text.blocks<0"}, "ViT-B-16"), trained({"embeddings"}, "ViT-B-16"));
  // All blocks and what comes before: ln_post and proj are left.
  EXPECT_EQ(trained({"vision.blocks<12", "text"}, "ViT-B-16"), 2 * 768 + 768 * 512 + 1);
  EXPECT_EQ(trained({"text.blocks<12", "vision"}, "ViT-B-16"), 768 * 512 + 1);
  EXPECT_LT(trained({"vision.blocks<1"}, "RN50"), trained({"vision.blocks<0"}, "RN50"));
  EXPECT_LT(trained({"vision.blocks<0"}, "RN50"), trained({}, "RN50"));
}

TEST(Recipe, ShippedFilesAreSound) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CNCLIP_SOURCE_DIR "/configs/train")) {
    const Recipe recipe = read_recipe(entry.path());
    EXPECT_GT(recipe.data.pairs, 0) << entry.path();  // or the warmup goes unchecked
    ++files;
  }
  EXPECT_GE(files, 9);
}

}  // namespace
}  // namespace cnclip
