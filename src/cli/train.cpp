#include "base/error.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "recipe/machine.h"
#include "recipe/plan.h"
#include "recipe/recipe.h"

namespace cnclip {

void add_train(CLI::App& app) {
  struct Options {
    std::string config, machine = "A100-80G";
    std::vector<std::string> overrides;
    int devices = 0;
    bool plan = false, json = false;
  };
  auto* command = app.add_subcommand("train", "Train in stages as a recipe says, or plan what that would take");
  auto options = std::make_shared<Options>();
  command->add_option("config", options->config, "Recipe, TOML; see configs/train");
  command->add_option("overrides", options->overrides, "key=value, such as stage.0.lr=1e-4");
  auto* plan = command->add_flag("--plan", options->plan, "Only tell time, memory and traffic beforehand");
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
    if (!options->plan) throw_unavailable("{}: training is not in this build", options->config);
    Machine machine = machine_from(options->machine);
    if (options->devices > 0) machine.devices = options->devices;
    const Plan made = plan_training(recipe, machine);
    fmt::print("{}", options->json ? to_json(made) + "\n" : to_text(made));
  });
}

}  // namespace cnclip
