#include "recipe/recipe.h"

#include <array>
#include <limits>

#include "base/error.h"
#include "base/file.h"
#include "recipe/freeze.h"
#include "recipe/lora.h"
#include "recipe/settings.h"

namespace cnclip {
namespace {

constexpr std::array<std::string_view, 3> kPrecisions = {"f32", "bf16", "f16"};
constexpr std::array<std::string_view, 3> kObjectives = {"contrastive", "mlm", "words"};
constexpr std::array<std::string_view, 3> kLosses = {"global", "local", "official"};
constexpr std::array<std::string_view, 2> kDecayGroups = {"official", "corrected"};
constexpr std::array<std::string_view, 3> kBatchNorms = {"frozen", "train", "sync"};
constexpr std::array<std::string_view, 2> kProjections = {"interpolate", "learned"};

constexpr std::int64_t kMostSteps = 1'000'000'000;
constexpr std::int64_t kMostBatch = 1 << 24;
constexpr std::int64_t kMostPairs = 1'000'000'000'000;

Section required_table(Section& root, const char* key) {
  auto section = root.table(key);
  if (!section) root.refuse(key, fmt::format("the table [{}] is missing", key));
  return *section;
}

// Checkpoints go to a folder of that name.
void check_folder_name(const Section& section, const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    section.refuse("name", fmt::format("name \"{}\" cannot be a folder's", name));
  }
}

RunRecipe read_run(Section section) {
  RunRecipe run;
  section.text("name", run.name);
  check_folder_name(section, run.name);
  section.text("output", run.output);
  section.integer("seed", run.seed, 0, std::numeric_limits<std::int64_t>::max());
  section.integer("threads", run.threads, 0, 1024);
  section.finish();
  return run;
}

ModelRecipe read_model(Section section) {
  ModelRecipe model;
  std::string arch;
  section.text("arch", arch);
  section.text("init", model.init);
  section.text("vision_init", model.vision_init);
  section.text("text_init", model.text_init);
  section.flag("scratch", model.scratch);
  section.finish();
  if (arch.empty()) section.refuse("arch", "model.arch is missing; `cnclip models` lists the names");
  try {
    model.arch = architecture_from(arch);
  } catch (const Error& error) {
    section.refuse("arch", fmt::format("model.arch: {}", error.what()));
  }
  const bool towers = !model.vision_init.empty() || !model.text_init.empty();
  if (static_cast<int>(!model.init.empty()) + static_cast<int>(towers) + static_cast<int>(model.scratch) != 1) {
    section.refuse("init", "the weights of [model] come from one of: init; vision_init and text_init; scratch = true");
  }
  return model;
}

DataRecipe read_data(Section section, const ModelConfig& arch) {
  DataRecipe data;
  section.text("train", data.train);
  section.text("train_split", data.train_split);
  section.text("valid", data.valid);
  section.text("valid_split", data.valid_split);
  section.integer("pairs", data.pairs, 1, kMostPairs);
  section.integer("context_length", data.context_length, 3, arch.text.max_positions);
  section.flag("augment", data.augment);
  section.integer("shards_at_once", data.shards_at_once, 0, 1 << 20);
  section.integer("max_damaged", data.max_damaged, 0, kMostPairs);
  section.integer("threads", data.threads, 1, 1024);
  section.finish();
  if (data.train.empty()) section.refuse("train", "data.train is missing: what to train on");
  return data;
}

DistillRecipe read_distill(Section section, const DataRecipe& data) {
  DistillRecipe distill;
  section.text("teacher", distill.teacher);
  section.number("weight", distill.weight, 0, 1e6);
  section.choice("projection", distill.projection, kProjections);
  section.flag("cache", distill.cache);
  section.finish();
  if (distill.teacher.empty()) section.refuse("teacher", "distill.teacher is missing: whose features to learn");
  if (distill.cache && data.augment) {
    section.refuse("cache", "distill.cache keeps one view of each picture, but data.augment makes a new one each time");
  }
  return distill;
}

// What main.py takes for the architecture.
Stage defaults_for(const ModelConfig& arch, std::size_t index) {
  const bool resnet = std::holds_alternative<ResNetConfig>(arch.vision);
  Stage stage;
  stage.name = fmt::format("stage{}", index + 1);
  stage.lr = arch.name.starts_with("ViT-L-14") ? 4e-4 : 5e-4;
  stage.beta2 = resnet ? 0.999 : 0.98;
  stage.eps = resnet ? 1e-8 : 1e-6;
  return stage;
}

// An objective of one tower: the other is frozen with what belongs to both, and no setting of it is taken.
void narrow_to_one_tower(Stage& stage, const Section& section) {
  const bool text = stage.objective == Objective::mlm;
  const auto refuse = [&](const char* key) {
    if (!section.has(key)) return;
    section.refuse(key,
                   fmt::format("stage \"{}\": objective \"{}\" trains the {} tower alone, {} is not for it", stage.name,
                               kObjectives[static_cast<std::size_t>(stage.objective)], text ? "text" : "image", key));
  };
  for (const char* key : {"loss", "multi_positive", "cache_views", "distill"}) refuse(key);
  if (text) {
    for (const char* key : {"lr_vision", "patch_drop", "batch_norm"}) refuse(key);
  } else {
    refuse("lr_text");
  }
  for (const char* other : {text ? "vision" : "text", "logit_scale", "text_projection"})
    stage.freeze.emplace_back(other);
}

// Whether nothing in the image tower moves that batch norm's statistics could follow.
bool keeps_statistics(const Stage& stage, const Freeze& freeze) {
  return freeze.vision_locked() || stage.lora_rank > 0;
}

// What no key shows by itself.
void check(const Stage& stage, const Section& section, const Recipe& recipe) {
  const bool resnet = std::holds_alternative<ResNetConfig>(recipe.model.arch.vision);
  const std::string at = fmt::format("stage \"{}\": ", stage.name);
  const auto refuse = [&](const char* key, const std::string& message) { section.refuse(key, at + message); };
  if ((stage.epochs > 0) == (stage.steps > 0)) refuse("steps", "either epochs or steps is needed");
  if (stage.batch_size == 0) refuse("batch_size", "batch_size is missing: pairs of a step, on all devices together");
  if (stage.micro_batch > 0 && stage.batch_size % stage.micro_batch != 0) {
    refuse("micro_batch",
           fmt::format("batch_size {} is not a multiple of micro_batch {}", stage.batch_size, stage.micro_batch));
  }
  if (stage.steps > 0 || recipe.data.pairs > 0) {
    try {
      steps_of(stage, recipe.data.pairs);
    } catch (const Error& error) {
      section.refuse("warmup", error.what());
    }
  }
  if (stage.patch_drop > 0 && resnet) {
    refuse("patch_drop",
           fmt::format("patch_drop {}: {} is a ResNet and has no patches", stage.patch_drop, recipe.model.arch.name));
  }
  if (section.has("batch_norm") && !resnet) {
    refuse("batch_norm", fmt::format("batch_norm is set, but {} has none", recipe.model.arch.name));
  }
  Freeze freeze({}, recipe.model.arch);
  try {
    freeze = Freeze(stage.freeze, recipe.model.arch);
  } catch (const Error& error) {
    refuse("freeze", fmt::format("freeze: {}", error.what()));
  }
  if (freeze.vision_locked() && freeze.text_locked() && freeze.frozen("logit_scale")) {
    refuse("freeze", "freeze leaves nothing to train");
  }
  if (keeps_statistics(stage, freeze) && section.has("batch_norm") && stage.batch_norm != BatchNorm::frozen) {
    refuse("batch_norm", "batch_norm must be \"frozen\" where the image tower is, or has adapters");
  }
  if (stage.lora_rank > 0 && adapted_matrices(recipe.model.arch, freeze).empty()) {
    refuse("lora_rank", "lora_rank: freeze leaves no matrix to adapt");
  }
  if (freeze.vision_locked() && stage.patch_drop > 0) {
    refuse("patch_drop", "patch_drop blinds a frozen image tower; it is for one that is trained");
  }
  if (freeze.vision_locked() && stage.distill) refuse("distill", "distill teaches the image tower, which is frozen");
  if (stage.cache_views > 0 && !freeze.vision_locked()) {
    refuse("cache_views", "cache_views keeps features of a locked image tower; freeze = [\"vision\"] is needed");
  }
  if (stage.cache_views > 1 && !recipe.data.augment) {
    refuse("cache_views",
           fmt::format("cache_views {}: without data.augment all views are the same; 1 is enough", stage.cache_views));
  }
}

Stage read_stage(Section section, std::size_t index, const Recipe& recipe) {
  Stage stage = defaults_for(recipe.model.arch, index);
  section.text("name", stage.name);
  check_folder_name(section, stage.name);
  for (const Stage& earlier : recipe.stages) {
    if (earlier.name == stage.name) section.refuse("name", fmt::format("two stages are named \"{}\"", stage.name));
  }
  section.choice("objective", stage.objective, kObjectives);
  section.integer("epochs", stage.epochs, 1, 1'000'000);
  section.integer("steps", stage.steps, 1, kMostSteps);
  section.integer("batch_size", stage.batch_size, 2, kMostBatch);
  section.integer("micro_batch", stage.micro_batch, 1, kMostBatch);
  section.number("lr", stage.lr, 1e-12, 10);
  section.number("lr_vision", stage.lr_vision, 0, 1000);
  section.number("lr_text", stage.lr_text, 0, 1000);
  section.integer("warmup", stage.warmup, 0, kMostSteps);
  section.number("weight_decay", stage.weight_decay, 0, 10);
  section.number("beta1", stage.beta1, 0, 0.999999);
  section.number("beta2", stage.beta2, 0, 0.999999);
  section.number("eps", stage.eps, 1e-15, 1);
  section.number("clip_grad_norm", stage.clip_grad_norm, 0, 1e6);
  section.choice("precision", stage.precision, kPrecisions);
  section.texts("freeze", stage.freeze);
  section.integer("lora_rank", stage.lora_rank, 0, 1024);
  section.number("patch_drop", stage.patch_drop, 0, 0.95);
  section.choice("loss", stage.loss, kLosses);
  section.flag("multi_positive", stage.multi_positive);
  section.choice("decay_groups", stage.decay_groups, kDecayGroups);
  section.flag("checkpoint_activations", stage.checkpoint_activations);
  section.choice("batch_norm", stage.batch_norm, kBatchNorms);
  section.integer("cache_views", stage.cache_views, 0, 1000);
  if (auto distill = section.table("distill")) stage.distill = read_distill(std::move(*distill), recipe.data);
  section.integer("save_every", stage.save_every, 0, kMostSteps);
  section.integer("keep_last", stage.keep_last, 0, 1'000'000);
  section.integer("validate_every", stage.validate_every, 0, kMostSteps);
  section.finish();
  if (stage.objective != Objective::contrastive) narrow_to_one_tower(stage, section);
  check(stage, section, recipe);
  if (keeps_statistics(stage, Freeze(stage.freeze, recipe.model.arch))) stage.batch_norm = BatchNorm::frozen;
  return stage;
}

}  // namespace

Recipe parse_recipe(std::string_view toml, const std::string& file, const std::vector<std::string>& overrides) {
  const Settings settings(toml, file, overrides);
  Section root = settings.root();
  Recipe recipe;
  const auto run = root.table("run");
  root.table("model");
  root.table("data");
  const auto stages = root.tables("stage");
  root.finish();  // a wrong name is a better answer than a missing table
  if (run) recipe.run = read_run(*run);
  recipe.model = read_model(required_table(root, "model"));
  recipe.data = read_data(required_table(root, "data"), recipe.model.arch);
  if (stages.empty()) root.refuse("stage", "there is no [[stage]]");
  for (const Section& stage : stages) recipe.stages.push_back(read_stage(stage, recipe.stages.size(), recipe));
  recipe.as_json = settings.to_json();
  return recipe;
}

Recipe read_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  return parse_recipe(read_file(file, 1 << 20), file.string(), overrides);
}

std::int64_t steps_of(const Stage& stage, std::int64_t pairs) {
  const std::int64_t per_epoch = (pairs + stage.batch_size - 1) / stage.batch_size;
  const std::int64_t steps = stage.steps > 0 ? stage.steps : stage.epochs * per_epoch;
  if (stage.warmup >= steps) {
    throw_bad_input("stage \"{}\": warmup {} is no shorter than the stage, which has {} steps", stage.name,
                    stage.warmup, steps);
  }
  return steps;
}

std::string_view name_of(TrainingPrecision precision) {
  return kPrecisions[static_cast<std::size_t>(precision)];
}

}  // namespace cnclip
