#include <csignal>

#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "encode/model_store.h"
#include "encode/torch_plugin.h"
#include "recipe/machine.h"
#include "recipe/plan.h"
#include "recipe/recipe.h"

namespace cnclip {
namespace {

void train(Recipe recipe, bool resume) {
  for (std::string* model : {&recipe.model.init, &recipe.model.vision_init, &recipe.model.text_init}) {
    if (!model->empty()) *model = resolve_model(*model).string();
  }
  for (Stage& stage : recipe.stages) {
    if (stage.distill) stage.distill->teacher = resolve_model(stage.distill->teacher).string();
  }
  const auto run = reinterpret_cast<int (*)(const Recipe*, bool)>(torch_plugin_function("cnclip_torch_train"));
  if (const int signal = run(&recipe, resume); signal != 0) {  // what was asked for is on the disk: now end as asked
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

}  // namespace

void add_train(CLI::App& app) {
  struct Options {
    std::string config, machine = "A100-80G", resume = "never";
    std::vector<std::string> overrides;
    int devices = 0;
    bool plan = false, json = false;
  };
  auto* command = app.add_subcommand("train", "Train in stages as a recipe says, or plan what that would take");
  auto options = std::make_shared<Options>();
  command->add_option("config", options->config, "Recipe, TOML; see configs/train");
  command->add_option("overrides", options->overrides, "key=value, such as stage.0.lr=1e-4");
  auto* plan = command->add_flag("--plan", options->plan, "Only tell time, memory and traffic beforehand");
  command->add_option("--resume", options->resume, "auto: go on where the run stopped, if it was begun")
      ->check(CLI::IsMember({"never", "auto"}))
      ->excludes(plan);
  command->add_option("--machine", options->machine, "To plan for: a name, or devices=…,flops=…,memory=…,link=…")
      ->needs(plan);
  command->add_option("--devices", options->devices, "To plan for; 0: the machine's")
      ->check(CLI::Range(0, 1'000'000))
      ->needs(plan);
  command->add_flag("--json", options->json, "Print the plan as JSON")->needs(plan);
  add_train_report(*command);
  command->callback([options, command] {
    if (!command->get_subcommands().empty()) return;
    if (options->config.empty()) throw_usage("train: a recipe is needed");
    const Recipe recipe = read_recipe(options->config, options->overrides);
    if (!options->plan) return train(recipe, options->resume == "auto");
    Machine machine = machine_from(options->machine);
    if (options->devices > 0) machine.devices = options->devices;
    const Plan made = plan_training(recipe, machine);
    fmt::print("{}", options->json ? to_json(made) + "\n" : to_text(made));
  });
}

}  // namespace cnclip
