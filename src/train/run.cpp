#include "train/run.h"

#include <ATen/Parallel.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "engine/torch/errors.h"
#include "loader/open_pairs.h"
#include "ranks/mpi_world.h"
#include "recipe/plan.h"
#include "train/device.h"
#include "train/memory.h"
#include "train/stage_run.h"
#include "train/starting_weights.h"

namespace cnclip {
namespace {

namespace fs = std::filesystem;

// Where a run begins or goes on.
struct Start {
  std::size_t stage = 0;
  Progress progress;
  fs::path weights;  // empty: those of the recipe
};

class Run {
 public:
  Run(const Recipe& recipe, World& world, at::Device device)
      : recipe_(recipe), world_(world), device_(device), folder_(fs::path(recipe.run.output) / recipe.run.name) {
    for (const Stage& stage : recipe.stages) {
      checkpoints_.emplace_back(folder_ / stage.name, recipe.run.name, stage.keep_last);
    }
  }

  int train(bool resume) {
    const Start start = resume ? newest() : beginning();
    const auto pairs = open_pairs(recipe_.data.train, recipe_.data.train_split);
    const auto valid_pairs =
        recipe_.data.valid.empty() ? nullptr : open_pairs(recipe_.data.valid, recipe_.data.valid_split);
    for (const Stage& stage : recipe_.stages) check_stage(stage, recipe_, *pairs, world_);
    Console console(world_.rank() == 0);
    warn_of_memory(*pairs, console);
    Trainee trainee(start.weights.empty() ? starting_weights(recipe_) : weights_for(recipe_.model.arch, start.weights),
                    device_);

    const StopSignal stop;
    std::optional<ValidationSet> valid;
    if (valid_pairs) valid.emplace(valid_pairs, recipe_.data);
    std::optional<RunLog> log;
    if (world_.rank() == 0) {
      fs::create_directories(folder_);
      tell_changes(folder_ / "recipe.json", console);
      write_file(folder_ / "recipe.json", recipe_.as_json + "\n");
      log.emplace(folder_, start.progress.total_step);
    }
    const RunParts parts{recipe_,
                         trainee,
                         world_,
                         pairs,
                         fs::path(recipe_.run.output) / "features",
                         valid ? &*valid : nullptr,
                         log ? &*log : nullptr,
                         stop,
                         console};
    Progress progress = start.progress;
    for (std::size_t i = start.stage; i < recipe_.stages.size(); ++i) {
      StageRun stage(parts, i, checkpoints_[i], progress);
      stage.run();
      if (stage.progress().step < stage.steps()) {
        console.line(fmt::format("stopped at step {} of stage \"{}\", which is saved; --resume auto goes on",
                                 stage.progress().step, recipe_.stages[i].name));
        return stop.received();
      }
      progress = {};
      progress.total_step = stage.progress().total_step;
    }
    const std::size_t last = recipe_.stages.size() - 1;
    console.line(fmt::format("trained: {}", (folder_ / recipe_.stages[last].name / "last.pt").string()));
    return 0;
  }

 private:
  // An estimate, so no reason to refuse; but a machine that swaps for hours tells nobody why.
  void warn_of_memory(const PairStore& pairs, Console& console) const {
    if (!device_.is_cpu()) return;
    Recipe counted = recipe_;
    counted.data.pairs = static_cast<std::int64_t>(pairs.size());
    for (const StagePlan& stage : plan_training(counted, this_machine(world_.local_size(), world_.size())).stages) {
      for (const std::string& warning : stage.warnings) console.line(fmt::format("{}: {}", stage.name, warning));
    }
  }

  // Of the recipe since the run began: allowed, but nobody should do it unawares.
  void tell_changes(const fs::path& file, Console& console) const {
    if (!fs::exists(file)) return;
    const auto written = nlohmann::json::parse(read_file(file), nullptr, false);
    if (!written.is_object()) return;
    const auto before = written.flatten();
    const auto now = nlohmann::json::parse(recipe_.as_json).flatten();
    for (const auto* all : {&before, &now}) {
      for (const auto& [key, value] : all->items()) {
        const std::string was = before.contains(key) ? before[key].dump() : "not set";
        const std::string is = now.contains(key) ? now[key].dump() : "not set";
        if (was != is && (all == &before || was == "not set")) {
          console.line(fmt::format("recipe: {} was {} when the run was begun, it is {} now", key.substr(1), was, is));
        }
      }
    }
  }

  Start beginning() const {
    for (const Checkpoints& stage : checkpoints_) {
      if (const auto step = stage.newest()) {
        throw_bad_input("{}: an earlier run is there; --resume auto continues it, another run.name leaves it alone",
                        stage.weights_file(*step).string());
      }
    }
    return {};
  }

  Start newest() const {
    for (std::size_t i = checkpoints_.size(); i-- > 0;) {
      if (const auto step = checkpoints_[i].newest()) {
        return {i, checkpoints_[i].load_progress(*step), checkpoints_[i].weights_file(*step)};
      }
    }
    return {};
  }

  const Recipe& recipe_;
  World& world_;
  at::Device device_;
  fs::path folder_;
  std::vector<Checkpoints> checkpoints_;  // of each stage
};

}  // namespace

int run_training(const Recipe& recipe, bool resume) {
  keep_freed_memory();
  const auto world = open_world();
  at::set_num_threads(recipe.run.threads > 0 ? recipe.run.threads : world->threads());
  int signal = 0;
  run_ranked(*world, [&] {
    const at::Device device = device_of(*world);
    const auto faster = world_of(*world, device);
    signal = on_device(device, [&] { return train(recipe, resume, faster ? *faster : *world, device); });
  });
  return signal;
}

int train(const Recipe& recipe, bool resume, World& world, c10::Device device) {
  return Run(recipe, world, device).train(resume);
}

}  // namespace cnclip
