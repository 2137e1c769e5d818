// What a training run is to do: a TOML file with [run], [model], [data] and one [[stage]] after another.
//
// Each field below is the key of its name. Defaults are those of the official cn_clip/training/main.py ("main.py");
// where all official scripts and the paper (Yang et al. 2022, arXiv 2211.01335) agree on another number, theirs. What
// costs money when it is forgotten has no default: where the weights come from, the length, the batch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"

namespace cnclip {

enum class TrainingPrecision { f32, bf16, f16 };  // of the towers' products; f16 with a loss scale is main.py's "amp"

// What a stage learns from a batch.
enum class Objective {
  contrastive,
  mlm,    // masked language modelling of the text tower, as BERT; of the data set, only captions are read
  words,  // the image tower tells the words of its captions
};

enum class Loss {
  global,    // over the global batch, exact gradients: main.py's --gather-with-grad
  local,     // each device's share by itself: --skip-aggregate
  official,  // over the global batch, own features carry the gradient: main.py's default. Averaged over W devices, the
             // towers' gradients are 1/W of those of `global`, which Adam does not see but for eps.
};

enum class DecayGroups {
  official,   // by name: "bn", "ln", "bias", "logit_scale" do not decay; so LayerNorms of BERT do
  corrected,  // no vector and no scalar decays
};

enum class BatchNorm { frozen, train, sync };

enum class Projection {
  interpolate,  // main.py: the student's features are stretched to the teacher's width
  learned,      // a linear map from the student's width to the teacher's, dropped after the training
};

struct RunRecipe {
  std::string name = "train_clip";  // main.py
  std::string output = "logs";      // main.py: files go to <output>/<name>
  std::uint64_t seed = 123;         // main.py
  int threads = 0;                  // for computing on a CPU; 0: as many as there are
};

// Exactly one of: init; vision_init with or without text_init, or text_init alone; scratch.
struct ModelRecipe {
  ModelConfig arch;         // a name of `cnclip models`, or a file of sizes
  std::string init;         // a Chinese CLIP checkpoint
  std::string vision_init;  // an OpenAI CLIP checkpoint; logit_scale comes from it too
  std::string text_init;    // a BERT or RoBERTa checkpoint
  bool scratch = false;
};

struct DataRecipe {
  std::string train, train_split = "train";
  std::string valid, valid_split = "valid";  // "": no validation
  std::int64_t pairs = 0;                    // of `train`, where known; --plan needs it for stages that count epochs
  int context_length = 52;                   // main.py
  bool augment = false;                      // main.py; the paper and most scripts switch it on
  int shards_at_once = 0;                    // shards whose pairs are mixed; 0: all
  std::int64_t max_damaged = 0;
  int threads = 4;  // that load; main.py: --num-workers
};

struct DistillRecipe {
  std::string teacher;  // a checkpoint, or a name in the model store
  double weight = 0.5;  // main.py
  Projection projection = Projection::interpolate;
  bool cache = false;  // the teacher sees each picture once; not with data.augment
};

struct Stage {
  std::string name;  // default: "stage1", "stage2", …
  Objective objective = Objective::contrastive;
  std::int64_t epochs = 0, steps = 0;  // one of them; steps are the optimizer's
  std::int64_t batch_size = 0;         // pairs of one optimizer step, on all devices together
  std::int64_t micro_batch = 0;        // pairs of one pass of one device; 0: the device's whole share, no accumulation
  double lr = 0;                       // main.py: 4e-4 for ViT-L-14, 5e-4 for all others
  double lr_vision = 1,
         lr_text = 1;             // factors on lr for visual.*, and for bert.* with text_projection; main.py has none
  std::int64_t warmup = 500;      // steps, main.py; then a cosine to 0
  double weight_decay = 0.001;    // all scripts and the paper; main.py's own default is 0.2
  double beta1 = 0.9, beta2 = 0;  // main.py: beta2 0.98 for ViT, 0.999 for ResNet
  double eps = 0;                 // main.py: 1e-6 for ViT, 1e-8 for ResNet
  double clip_grad_norm = 0;      // 0: not at all, as main.py
  TrainingPrecision precision = TrainingPrecision::f16;  // main.py: amp
  std::vector<std::string> freeze;                       // see recipe/freeze.h; objectives of one tower add the other
  int lora_rank = 0;      // of what is not frozen, low-rank adapters are trained (recipe/lora.h); 0: the parameters
  double patch_drop = 0;  // share of patches left out (FLIP); main.py: --mask-ratio; its scripts take 0.5
  Loss loss = Loss::global;
  bool multi_positive = false;  // pairs of the same picture or text count as matches; main.py: never
  DecayGroups decay_groups = DecayGroups::official;
  bool checkpoint_activations = false;      // main.py
  BatchNorm batch_norm = BatchNorm::train;  // main.py; `frozen` where the image tower is, or has adapters
  int cache_views = 0;  // of each picture, features of a locked image tower are kept; 0: computed anew
  std::optional<DistillRecipe> distill;
  std::int64_t save_every = 0;      // steps; 0: at the end of each epoch, as main.py
  int keep_last = 0;                // checkpoints; 0: all, as main.py
  std::int64_t validate_every = 0;  // steps; 0: at the end of each epoch, as main.py
};

struct Recipe {
  RunRecipe run;
  ModelRecipe model;
  DataRecipe data;
  std::vector<Stage> stages;  // each begins with the weights of the one before, and a new optimizer
  std::string as_json;        // what the file and the overrides set
};

// `overrides` are "key=value" ("stage.0.lr=1e-4", "data.train=pairs/"), the value being TOML or else a string; they are
// applied before anything is checked. Throws bad_input, naming file and line or the override, for what is not TOML, for
// keys nobody knows, wrong types, impossible values and combinations. Reads nothing but `file`, and the file of sizes
// that model.arch may name.
Recipe parse_recipe(std::string_view toml, const std::string& file, const std::vector<std::string>& overrides = {});
Recipe read_recipe(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

// Optimizer steps of a stage over `pairs` pairs; an epoch's last batch is filled up, as in main.py. Throws bad_input
// for a warmup that is no shorter.
std::int64_t steps_of(const Stage& stage, std::int64_t pairs);

std::string_view name_of(TrainingPrecision precision);

}  // namespace cnclip
